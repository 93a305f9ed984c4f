/** A stack's state at this moment: what its latest update left, or what the one that runs has made so far. */
import type { Database } from '../db/database.ts'
import { selectRunningJournal } from './journal/journal.sql.ts'
import { journaledState } from './journal/journal.ts'
import { openState, type PassingState, passingPieces } from './stored-state.ts'

/**
 * @param version The newest state when undefined; otherwise as it was after that version.
 * @returns Undefined when the stack had no state.
 */
export async function currentState(
  db: Database,
  stackId: string,
  { version, now }: { readonly version: number | undefined; readonly now: Date },
): Promise<PassingState | undefined> {
  const running = await selectRunningJournal(db, stackId)
  const isEarlier = running && version !== undefined && version < running.version
  // Without a journal when we looked, whatever one has made since is stored by now, or was not there yet.
  if (!running || isEarlier) return openState(db, stackId, version)
  const state = await db.transaction(async (tx) => {
    // Of one moment: the update may end while we read, and its journal with it. Nobody waits for us.
    await tx.query('set transaction isolation level repeatable read, read only')
    const still = await selectRunningJournal(tx, stackId)
    return still && (await journaledState(tx, still.id, now))
  })
  return state ? passingPieces(state) : openState(db, stackId, version)
}
