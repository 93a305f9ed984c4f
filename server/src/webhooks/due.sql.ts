/** What is to be sent now: each by one server, and no receiver or organization with more than its share. */
import type { Queryable } from '../db/database.ts'
import type { Attempt } from './delivery.sql.ts'
import { type Format, SENDING_LEASE_SECONDS } from './webhook.ts'

export interface DueDelivery {
  readonly id: string
  readonly kind: string
  readonly payload: string
  /** With this one. A later one of another server has a higher number. */
  readonly attempts: number
  readonly webhookId: string
  readonly organizationId: string
  /** Null: the webhook is the organization's. */
  readonly stackId: string | null
  readonly payloadUrl: string
  /** Host and port. */
  readonly receiver: string
  readonly sealedSecret: Buffer | null
  readonly format: Format
  readonly actsFor: string | null
}

/** Where the URL has none, which does not happen, the URL stands for it. */
const RECEIVER = /* sql */ `coalesce(substring(lower(w.payload_url) from '^https?://([^/?]+)'), w.payload_url)`

/**
 * Looks at webhooks that have something due, not at what is due: one that has ten thousand waiting costs as much as
 * one that has one. `attempts` grows before it is sent, and the time at which it is due again stands for a server
 * that dies with it.
 */
const TAKE = {
  name: 'deliveries-take-due',
  text: /* sql */ `
    with recursive waiting as (
      (select webhook_id from webhook_deliveries where due_at is not null order by webhook_id limit 1)
      union all
      (select next.webhook_id
         from waiting cross join lateral (
              select webhook_id from webhook_deliveries
               where due_at is not null and webhook_id > waiting.webhook_id
               order by webhook_id limit 1) next)
    ), hooks as (
      select w.id, coalesce(w.organization_id, s.organization_id) as organization_id, w.stack_id, w.payload_url,
             w.sealed_secret, w.format, w.created_by, ${RECEIVER} as receiver
        from waiting
        join webhooks w on w.id = waiting.webhook_id
        left join stacks s on s.id = w.stack_id
       where ${RECEIVER} <> all ($2::text[])
         and coalesce(w.organization_id, s.organization_id) <> all ($3::uuid[])
    ), candidates as (
      select d.id
        from hooks cross join lateral (
             select id, due_at from webhook_deliveries
              where webhook_id = hooks.id and due_at <= clock_timestamp()
              order by due_at limit $4) d
       order by d.due_at limit $1
    ), taken as (
      select id from webhook_deliveries
       where id in (select id from candidates) and due_at <= clock_timestamp()
         for no key update skip locked
    )
    update webhook_deliveries d
       set attempts = d.attempts + 1, due_at = clock_timestamp() + make_interval(secs => ${SENDING_LEASE_SECONDS})
      from taken, hooks h
     where d.id = taken.id and h.id = d.webhook_id
    returning d.id, d.kind, d.payload, d.attempts, h.id as "webhookId", h.organization_id as "organizationId",
              h.stack_id as "stackId", h.payload_url as "payloadUrl", h.receiver, h.sealed_secret as "sealedSecret",
              h.format, h.created_by as "actsFor"`,
}

export interface Room {
  readonly limit: number
  readonly perWebhook: number
  /** They have their share under way. */
  readonly busyReceivers: readonly string[]
  readonly busyOrganizations: readonly string[]
}

export async function takeDue(db: Queryable, room: Room): Promise<DueDelivery[]> {
  const values = [room.limit, room.busyReceivers, room.busyOrganizations, room.perWebhook]
  return (await db.query<DueDelivery>(TAKE, values)).rows
}

const RECORD = {
  name: 'delivery-record',
  text: /* sql */ `
    update webhook_deliveries
       set due_at = clock_timestamp() + make_interval(secs => $3), sent_at = $4, duration_ms = $5, request_url = $6,
           request_headers = $7, response_code = $8, response_headers = $9, response_body = $10
     where id = $1 and attempts = $2 and due_at is not null`,
}

/** @param retrySeconds Undefined: it is over. @returns False when another server has taken it since. */
export async function recordAttempt(
  db: Queryable,
  { id, attempts }: Pick<DueDelivery, 'id' | 'attempts'>,
  sentAt: Date,
  attempt: Attempt,
  retrySeconds: number | undefined,
): Promise<boolean> {
  const { durationMs, requestUrl, requestHeaders, responseCode, responseHeaders, responseBody } = attempt
  const rest = [durationMs, requestUrl, requestHeaders, responseCode, responseHeaders, responseBody]
  const values = [id, attempts, retrySeconds ?? null, sentAt, ...rest]
  return (await db.query(RECORD, values)).rowCount === 1
}

const PUT_BACK = /* sql */ `
  update webhook_deliveries set attempts = attempts - 1, due_at = clock_timestamp()
   where id = $1 and attempts = $2 and due_at is not null`

/** It was not sent after all: another server may do it at once. */
export async function putBack(
  db: Queryable,
  { id, attempts }: Pick<DueDelivery, 'id' | 'attempts'>,
): Promise<void> {
  await db.query(PUT_BACK, [id, attempts])
}
