/**
 * The outbox: what happened, for whoever wants to hear of it.
 *
 * Owns: the events, from the transaction of the act until they are taken. Does not own: who hears of them and how
 * (webhooks). An event is written in the transaction of its act, so that there is neither without the other, and
 * with the names of that moment, because a stack may be renamed or gone when somebody hears of it. Where nobody
 * listens, nothing is written.
 */
import type { Queryable } from '../db/database.ts'
import { announceDeployment, announceDrift, announceStack, announceUpdate } from './announce.sql.ts'
import type { Announcement, HappenedEvent } from './event.ts'
import { takeRows } from './take.sql.ts'

/** Call it in the transaction of the act. The row that it names must be there as the act leaves it. */
export async function announce(tx: Queryable, announcement: Announcement): Promise<void> {
  if ('stack' in announcement) return announceStack(tx, announcement)
  if ('driftRunId' in announcement) return announceDrift(tx, announcement)
  if ('updateId' in announcement) return announceUpdate(tx, announcement.updateId)
  return announceDeployment(tx, announcement)
}

/** The oldest that nobody else is taking; gone from the outbox when the transaction commits. */
export async function takeEvents(tx: Queryable, limit: number): Promise<HappenedEvent[]> {
  return takeRows(tx, limit)
}
