/** Notes which runners ask for work. A runner with many slots asks often; it is noted now and then. */
import type { Queryable } from '../db/database.ts'
import { type SeenRunner, saveRunner } from './runner.sql.ts'

const NOTE_EVERY_MS = 15_000
/** More runners than this are noted more often than they need be. */
const MOST_REMEMBERED = 10_000

export interface Sightings {
  readonly note: (runner: SeenRunner) => Promise<void>
}

export function runnerSightings(db: Queryable, now: () => Date): Sightings {
  const notedAt = new Map<string, number>()
  return {
    async note(runner) {
      const key = JSON.stringify(runner)
      const at = now().getTime()
      if (at - (notedAt.get(key) ?? Number.NEGATIVE_INFINITY) < NOTE_EVERY_MS) return
      if (notedAt.size >= MOST_REMEMBERED) notedAt.clear()
      notedAt.set(key, at)
      try {
        await saveRunner(db, runner)
      } catch (error) {
        notedAt.delete(key)
        throw error
      }
    },
  }
}
