import type { Queryable } from '../db/database.ts'
import { isUuid } from '../db/uuid.ts'
import type { DeliveryHeaders } from '../git-hosts/adapter.ts'
import type { Outcome } from './delivery.ts'

export const DELIVERIES_CHANNEL = 'git_delivery'

export interface NewDelivery {
  readonly id: string
  readonly hostId: string
  readonly deliveryKey: string
  readonly event: string
  readonly origin: 'host' | 'daypass'
  readonly subject: string | undefined
  readonly headers: DeliveryHeaders
  readonly body: Buffer
  /** Undefined: it is to be handled. */
  readonly outcome: Outcome | undefined
}

/** One statement, so that the host's answer waits for one commit. Whoever handles it wakes at that commit. */
const ADD = {
  name: 'git-delivery-add',
  text: /* sql */ `
    with stored as (
      insert into git_deliveries (id, git_host_id, delivery_key, event, origin, subject, headers, body, due_at,
                                  handled_at, outcome)
      values ($1, $2, $3, $4, $5, $6, $7, $8, case when $9::jsonb is null then clock_timestamp() end,
              case when $9::jsonb is not null then clock_timestamp() end, $9)
      on conflict do nothing
      returning due_at
    ), seen as (
      update git_hosts set last_event_at = clock_timestamp()
       where id = $2 and $5 = 'host'
         and (last_event_at is null or last_event_at < clock_timestamp() - interval '10 seconds')
    )
    select case when due_at is not null then pg_notify('${DELIVERIES_CHANNEL}', '') end from stored`,
}

/** @returns False when the host, or somebody, has sent it before. */
export async function addDelivery(db: Queryable, delivery: NewDelivery): Promise<boolean> {
  const { id, hostId, deliveryKey, event, origin, subject, headers, body, outcome } = delivery
  const json = outcome && JSON.stringify(outcome)
  const kept = JSON.stringify(headers)
  const values = [id, hostId, deliveryKey, event, origin, subject ?? null, kept, body, json ?? null]
  return (await db.query(ADD, values)).rowCount === 1
}

export interface Delivery {
  readonly id: string
  readonly event: string
  readonly origin: 'host' | 'daypass'
  readonly subject: string | null
  readonly receivedAt: Date
  readonly attempts: number
  readonly dueAt: Date | null
  readonly handledAt: Date | null
  readonly outcome: Outcome | null
}

const COLUMNS = /* sql */ `
  id, event, origin, subject, received_at as "receivedAt", attempts, due_at as "dueAt", handled_at as "handledAt", outcome`

const LIST = {
  name: 'git-delivery-list',
  text: `select ${COLUMNS} from git_deliveries where git_host_id = $1 order by seq desc limit $2`,
}

/** The newest first. */
export async function listDeliveries(tx: Queryable, hostId: string, limit: number): Promise<Delivery[]> {
  return (await tx.query<Delivery>(LIST, [hostId, limit])).rows
}

export interface WholeDelivery extends Delivery {
  readonly headers: DeliveryHeaders
  readonly body: Buffer
}

const FIND = `select ${COLUMNS}, headers, body from git_deliveries where git_host_id = $1 and id = $2`

export async function findDelivery(
  tx: Queryable,
  hostId: string,
  id: string,
): Promise<WholeDelivery | undefined> {
  return isUuid(id) ? (await tx.query<WholeDelivery>(FIND, [hostId, id])).rows[0] : undefined
}

const AGAIN = /* sql */ `
  with again as (
    update git_deliveries set due_at = clock_timestamp(), attempts = 0
     where git_host_id = $1 and id = $2 and lease_id is null
    returning ${COLUMNS}
  )
  select again.*, pg_notify('${DELIVERIES_CHANNEL}', '') from again`

/** To be handled again, at once. @returns Undefined while it is being handled. */
export async function handleAgain(tx: Queryable, hostId: string, id: string): Promise<Delivery | undefined> {
  return (await tx.query<Delivery>(AGAIN, [hostId, id])).rows[0]
}
