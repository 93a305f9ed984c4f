/** Deliveries as people see them, and how they come to be. */
import type { Queryable } from '../db/database.ts'
import { isUuid } from '../db/uuid.ts'

export interface Delivery {
  readonly id: string
  readonly kind: string
  readonly payload: string
  readonly createdAt: Date
  readonly attempts: number
  /** When it is sent (again); null when it is over. */
  readonly dueAt: Date | null
  readonly sentAt: Date | null
  readonly durationMs: number | null
  readonly requestUrl: string
  readonly requestHeaders: string
  /** 0: there was no answer, and the body says why. */
  readonly responseCode: number
  readonly responseHeaders: string
  readonly responseBody: string
}

/** What became of one attempt. */
export interface Attempt {
  readonly durationMs: number
  readonly requestUrl: string
  readonly requestHeaders: string
  readonly responseCode: number
  readonly responseHeaders: string
  readonly responseBody: string
}

const COLUMNS = /* sql */ `
  id, kind, payload, created_at as "createdAt", attempts, due_at as "dueAt", sent_at as "sentAt",
  duration_ms as "durationMs", request_url as "requestUrl", request_headers as "requestHeaders",
  response_code as "responseCode", response_headers as "responseHeaders", response_body as "responseBody"`

const LIST = {
  name: 'delivery-list',
  text: `select ${COLUMNS} from webhook_deliveries where webhook_id = $1 order by seq desc limit $2`,
}

/** The newest first. */
export async function listDeliveries(tx: Queryable, webhookId: string, limit: number): Promise<Delivery[]> {
  return (await tx.query<Delivery>(LIST, [webhookId, limit])).rows
}

const FIND = `select ${COLUMNS} from webhook_deliveries where webhook_id = $1 and id = $2`

export async function findDelivery(
  tx: Queryable,
  webhookId: string,
  id: string,
): Promise<Delivery | undefined> {
  return isUuid(id) ? (await tx.query<Delivery>(FIND, [webhookId, id])).rows[0] : undefined
}

export interface NewDelivery {
  readonly id: string
  readonly webhookId: string
  readonly kind: string
  readonly payload: string
}

const ADD = {
  name: 'delivery-add',
  text: /* sql */ `
    insert into webhook_deliveries (id, webhook_id, kind, payload, created_at, due_at)
    select d.id, d.webhook_id, d.kind, d.payload, $5, clock_timestamp()
      from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) as d (id, webhook_id, kind, payload)`,
}

/** Due at once. The transaction holds their webhooks. */
export async function addDeliveries(
  tx: Queryable,
  deliveries: readonly NewDelivery[],
  happenedAt: Date,
): Promise<void> {
  await tx.query(ADD, [
    deliveries.map(({ id }) => id),
    deliveries.map(({ webhookId }) => webhookId),
    deliveries.map(({ kind }) => kind),
    deliveries.map(({ payload }) => payload),
    happenedAt,
  ])
}

const ADD_SENT = /* sql */ `
  insert into webhook_deliveries (id, webhook_id, kind, payload, attempts, sent_at, duration_ms, request_url,
                                  request_headers, response_code, response_headers, response_body)
  select $1::uuid, w.id, $3::text, $4::text, 1, $5::timestamptz, $6::integer, $7::text, $8::text, $9::integer,
         $10::text, $11::text
    from webhooks w where w.id = $2 for key share
  returning ${COLUMNS}`

/** One that was sent already, by a person's wish. @returns Undefined when the webhook is gone. */
export async function addSentDelivery(
  tx: Queryable,
  { id, webhookId, kind, payload }: NewDelivery,
  sentAt: Date,
  attempt: Attempt,
): Promise<Delivery | undefined> {
  const { durationMs, requestUrl, requestHeaders, responseCode, responseHeaders, responseBody } = attempt
  const sent = [sentAt, durationMs, requestUrl, requestHeaders, responseCode, responseHeaders, responseBody]
  return (await tx.query<Delivery>(ADD_SENT, [id, webhookId, kind, payload, ...sent])).rows[0]
}

const GIVE_UP = /* sql */ `
  update webhook_deliveries
     set due_at = null, response_body = case when sent_at is null then $2 else response_body end
   where webhook_id = $1 and due_at is not null`

/** Nothing more is sent of what waits. @param sentence Stands where the answer of the receiver would. */
export async function giveUpDeliveries(tx: Queryable, webhookId: string, sentence: string): Promise<void> {
  await tx.query(GIVE_UP, [webhookId, sentence])
}
