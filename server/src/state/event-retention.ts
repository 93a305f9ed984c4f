/**
 * Old engine events go, by age and by how much an organization has; the history keeps the update and its counts.
 *
 * Of each stack those of the last update, the last preview and the last deployment stay. What is gone is remembered: who
 * asks for it is told so.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Queryable } from '../db/database.ts'
import { daysBefore, type Step, type Walk } from '../retention/retention.ts'
import {
  deleteEventsOf,
  type MarkedUpdate,
  markOldEvents,
  organizationsBeyond,
  settleEvents,
} from './event-retention.sql.ts'

export interface EventRetention {
  /** Undefined: for ever. */
  readonly keepDays: number | undefined
  /** Of the events of an organization together, as text. Undefined: no limit. */
  readonly mostBytes: number | undefined
}

/** In one step. */
const BYTES_AT_ONCE = 64 * 1024 * 1024

export function oldEvents({ keepDays, mostBytes }: EventRetention, now: Date): Walk[] {
  return [
    ...(keepDays === undefined ? [] : [eventsBefore(daysBefore(now, keepDays))]),
    ...(mostBytes === undefined ? [] : [eventsBeyond(mostBytes, now)]),
  ]
}

function eventsBefore(endedBefore: Date): Walk {
  const removal = startRemoval(endedBefore, undefined)
  return {
    what: 'events',
    async step(tx) {
      const { deleted, isDone } = await removal(tx, BYTES_AT_ONCE)
      return { deleted, isDone }
    },
  }
}

/** Organization by organization, so that none can drive out the events of another. */
function eventsBeyond(mostBytes: number, now: Date): Walk {
  let left: { readonly removal: Removal; readonly excess: number }[] | undefined
  return {
    what: 'events',
    async step(tx) {
      left ??= (await organizationsBeyond(tx, mostBytes)).map(({ organizationId, excess }) => ({
        removal: startRemoval(now, organizationId),
        excess,
      }))
      const [first, ...others] = left
      if (first === undefined) return { deleted: 0, isDone: true }
      const { deleted, bytes, isDone } = await first.removal(tx, Math.min(first.excess, BYTES_AT_ONCE))
      const excess = first.excess - bytes
      left = isDone || excess <= 0 ? others : [{ ...first, excess }, ...others]
      return { deleted, isDone: left.length === 0 }
    },
  }
}

interface Removed extends Step {
  readonly bytes: number
}

/** A bounded piece of work on the oldest events. `deleted` counts updates. */
type Removal = (tx: Queryable, mostBytes: number) => Promise<Removed>

/** Some updates are marked in one step, their events go in the next ones, and at last they are settled. */
function startRemoval(endedBefore: Date, organizationId: string | undefined): Removal {
  let marked: readonly MarkedUpdate[] = []
  let after: string | undefined
  return async (tx, mostBytes) => {
    if (marked.length === 0) {
      marked = await markOldEvents(tx, { after, endedBefore, mostBytes, organizationId })
      return { deleted: 0, bytes: 0, isDone: marked.length === 0 }
    }
    const ids = marked.map(({ id }) => id)
    if ((await deleteEventsOf(tx, ids, BYTES_AT_ONCE)) > 0) return { deleted: 0, bytes: 0, isDone: false }
    await settleEvents(tx, ids)
    const bytes = marked.reduce((sum, update) => sum + update.bytes, 0)
    after = ids.at(-1)
    marked = []
    return { deleted: ids.length, bytes, isDone: false }
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
