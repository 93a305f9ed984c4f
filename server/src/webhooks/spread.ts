/** From the outbox to deliveries: an event leaves it in the transaction that writes what becomes of it. */
import type { Database } from '../db/database.ts'
import { takeEvents } from '../outbox/outbox.ts'
import { addDeliveries } from './delivery.sql.ts'
import { groupOf, kindOf } from './filters.ts'
import { bodyFor } from './payload.ts'
import { webhooksListening } from './webhook.sql.ts'

const EVENTS_AT_ONCE = 50

export interface SpreadServices {
  readonly db: Database
  readonly randomUuid: () => string
  readonly baseUrl: string
}

/** @returns False when the outbox was empty, or others are at work on all that is in it. */
export async function spreadEvents({ db, randomUuid, baseUrl }: SpreadServices): Promise<boolean> {
  return db.transaction(async (tx) => {
    const events = await takeEvents(tx, EVENTS_AT_ONCE)
    for (const happened of events) {
      const group = groupOf(happened.event)
      const listening = await webhooksListening(tx, { ...happened, group })
      const deliveries = listening.map(({ id, format }) => ({
        id: randomUuid(),
        webhookId: id,
        kind: kindOf(happened.event),
        payload: bodyFor(format, happened, baseUrl),
      }))
      if (deliveries.length > 0) await addDeliveries(tx, deliveries, happened.happenedAt)
    }
    return events.length > 0
  })
}
