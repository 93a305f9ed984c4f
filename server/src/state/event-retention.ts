/**
 * Old engine events go, by age and by how much there is of all; the history keeps the update and its counts.
 *
 * Of each stack those of the last update, the last preview and the last deployment stay. What is gone is remembered: who
 * asks for it is told so.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import { daysBefore, type Walk } from '../retention/retention.ts'
import {
  allEventBytes,
  deleteEventsOf,
  type MarkedUpdate,
  markOldEvents,
  settleEvents,
} from './event-retention.sql.ts'

export interface EventRetention {
  /** Undefined: for ever. */
  readonly keepDays: number | undefined
  /** Of all events together, as text. Undefined: no limit. */
  readonly mostBytes: number | undefined
}

/** In one step. */
const BYTES_AT_ONCE = 64 * 1024 * 1024

export function oldEvents({ keepDays, mostBytes }: EventRetention, now: Date): Walk[] {
  return [
    ...(keepDays === undefined ? [] : [eventsWalk(daysBefore(now, keepDays), undefined)]),
    ...(mostBytes === undefined ? [] : [eventsWalk(now, mostBytes)]),
  ]
}

/** `deleted` counts updates. */
function eventsWalk(endedBefore: Date, mostBytes: number | undefined): Walk {
  let marked: readonly MarkedUpdate[] = []
  let after: string | undefined
  let excess = mostBytes === undefined ? Number.POSITIVE_INFINITY : undefined
  return {
    what: 'events',
    async step(tx) {
      excess ??= (await allEventBytes(tx)) - (mostBytes ?? 0)
      if (marked.length === 0) {
        if (excess <= 0) return { deleted: 0, isDone: true }
        marked = await markOldEvents(tx, { after, endedBefore, mostBytes: Math.min(excess, BYTES_AT_ONCE) })
        return { deleted: 0, isDone: marked.length === 0 }
      }
      const ids = marked.map(({ id }) => id)
      if ((await deleteEventsOf(tx, ids, BYTES_AT_ONCE)) > 0) return { deleted: 0, isDone: false }
      await settleEvents(tx, ids)
      excess -= marked.reduce((sum, { bytes }) => sum + bytes, 0)
      after = ids.at(-1)
      marked = []
      return { deleted: ids.length, isDone: false }
    },
  }
}

export function eventsDeleted(at: Date): Refusal {
  const day = at.toISOString().slice(0, 'YYYY-MM-DD'.length)
  return {
    status: 404,
    reason: 'events_deleted',
    message: `Not Found: the events of this update were deleted on ${day}, as this server does with old ones.`,
  }
}
