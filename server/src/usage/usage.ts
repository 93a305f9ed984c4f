/**
 * Usage: how long runners worked, for which stack, in which time.
 *
 * Owns: a record for each deployment that a runner began, from its start to its end, whatever the end was. Does not
 * own: the deployments, which may be deleted, nor limits. Time in the queue does not count; after a lost runner, time
 * counts until it was last heard of. What runs across midnight counts on both days, each with its part.
 */
import type { Queryable } from '../db/database.ts'
import { recordUsage } from './record.sql.ts'

/**
 * Call it in the transaction that ends a deployment which was running.
 *
 * @param heardUntil When its lease would have ended: what comes later is not its work.
 */
export async function meterDeployment(
  tx: Queryable,
  deploymentId: string,
  heardUntil: Date | null,
): Promise<void> {
  await recordUsage(tx, deploymentId, heardUntil)
}

export const GRANULARITIES = ['yearly', 'monthly', 'weekly', 'daily', 'hourly'] as const
export type Granularity = (typeof GRANULARITIES)[number]

/** The beginnings of the periods from the one that holds `from` to the one that holds `to`, and where the last ends. */
export function periodBounds(granularity: Granularity, from: Date, to: Date): Date[] {
  const bounds = [beginning(granularity, from)]
  for (;;) {
    const last = bounds.at(-1)
    if (last === undefined || (last > to && bounds.length > 1)) return bounds
    bounds.push(next(granularity, last))
  }
}

/** UTC throughout; a week begins on Monday. */
function beginning(granularity: Granularity, at: Date): Date {
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()]
  switch (granularity) {
    case 'yearly':
      return new Date(Date.UTC(year, 0))
    case 'monthly':
      return new Date(Date.UTC(year, month))
    case 'weekly':
      return new Date(Date.UTC(year, month, day - mondayBased(at)))
    case 'daily':
      return new Date(Date.UTC(year, month, day))
    case 'hourly':
      return new Date(Date.UTC(year, month, day, at.getUTCHours()))
  }
}

function next(granularity: Granularity, begin: Date): Date {
  const [year, month, day] = [begin.getUTCFullYear(), begin.getUTCMonth(), begin.getUTCDate()]
  switch (granularity) {
    case 'yearly':
      return new Date(Date.UTC(year + 1, 0))
    case 'monthly':
      return new Date(Date.UTC(year, month + 1))
    case 'weekly':
      return new Date(Date.UTC(year, month, day + 7))
    case 'daily':
      return new Date(Date.UTC(year, month, day + 1))
    case 'hourly':
      return new Date(begin.getTime() + 3_600_000)
  }
}

export interface IsoWeek {
  readonly year: number
  readonly week: number
}

/** ISO 8601: a week belongs to the year that its Thursday is in. */
export function isoWeekOf(at: Date): IsoWeek {
  const thursday = new Date(
    Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() - mondayBased(at) + 3),
  )
  const year = thursday.getUTCFullYear()
  const days = (thursday.getTime() - Date.UTC(year, 0)) / 86_400_000
  return { year, week: Math.floor(days / 7) + 1 }
}

function mondayBased(at: Date): number {
  return (at.getUTCDay() + 6) % 7
}
