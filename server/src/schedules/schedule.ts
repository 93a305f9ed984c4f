/**
 * Schedules: deployments that are asked for when it is time, again and again (cron) or once.
 *
 * Owns: the three kinds (raw: any operation; drift: detect-drift, perhaps with remediation; ttl: a destroy), when each is
 * next, firing, and the history of what became of every time that was planned. Does not own: the deployment that comes of
 * it (deployments: the same one act as every other trigger), nor drift runs (drift).
 *
 * In prose: `next_at` is the next planned time. A sweep of any server fires what is due, under the locks of the stack
 * and of the schedule, with the rights that the person behind it has at that moment. One row for each schedule and planned
 * time, held by a unique index, says what became of it. Times that passed while no server ran are noted as missed, and
 * only the last of them is started.
 */
import type { Operation } from '@daypass/contract/job-protocol.ts'
import type { Queryable } from '../db/database.ts'
import type { StoredSettings } from '../settings/settings.ts'
import { nextTime, timesWithin } from './cron.ts'
import { existsForStack } from './schedule.sql.ts'

export type ScheduleKind = 'raw' | 'drift' | 'ttl'

export type Timing =
  | { readonly cron: string; readonly timeZone: string }
  | { readonly once: Date; readonly timeZone: string }

/** What is asked for when it is time. Secrets are sealed. */
export interface ScheduledRequest {
  readonly operation: Operation
  readonly inheritSettings: boolean
  readonly settings: StoredSettings
}

/** Each time that was missed has a row of its own, but for so many at most. */
export const MOST_MISSED = 100
/** So much of a schedule's history is kept. */
export const KEPT_RUNS = 1000
export const MOST_SCHEDULES = 100

/** The first time after `after`; undefined when there is none. */
export function nextOf(timing: Timing, after: Date): Date | undefined {
  if ('cron' in timing) return nextTime(timing.cron, timing.timeZone, after)
  return timing.once > after ? timing.once : undefined
}

export interface DuePlan {
  /** The one that is started. */
  readonly planned: Date
  /** Before it, the oldest first. */
  readonly missed: readonly Date[]
  /** There were others, before those in `missed`. */
  readonly hasMore: boolean
  readonly next: Date | undefined
}

/** What is to be done about a schedule whose `nextAt` has come. */
export function planOf(timing: Timing, nextAt: Date, now: Date): DuePlan {
  const next = nextOf(timing, now)
  const past =
    'cron' in timing
      ? timesWithin(timing.cron, timing.timeZone, { from: nextAt, to: now }, MOST_MISSED + 1)
      : { times: [], hasMore: false }
  const planned = past.times.at(-1) ?? nextAt
  const missed = past.times.slice(0, -1)
  // What was promised is kept, even if the rules of its time zone have changed since.
  if (!past.hasMore && nextAt < planned && missed[0]?.getTime() !== nextAt.getTime()) missed.unshift(nextAt)
  return { planned, missed, hasMore: past.hasMore, next }
}

export async function hasSchedules(db: Queryable, stackId: string): Promise<boolean> {
  return existsForStack(db, stackId)
}
