import type { Queryable } from '../db/database.ts'
import type { Webhook, WebhookOwner } from './webhook.ts'

const COLUMNS = /* sql */ `
  id, name, display_name as "displayName", payload_url as "payloadUrl", format, active, filters, groups,
  sealed_secret as "sealedSecret", created_by as "actsFor"`

/** An organization's own, or a stack's. */
const OF_OWNER = /* sql */ `organization_id is not distinct from $1::uuid and stack_id is not distinct from $2::uuid`

function ownerValues({ organizationId, stack }: WebhookOwner): [string | null, string | null] {
  return stack ? [null, stack.id] : [organizationId, null]
}

const LIST = {
  name: 'webhook-list',
  text: `select ${COLUMNS} from webhooks where ${OF_OWNER} order by created_at, name`,
}

export async function listWebhooks(tx: Queryable, owner: WebhookOwner): Promise<Webhook[]> {
  return (await tx.query<Webhook>(LIST, ownerValues(owner))).rows
}

const FIND = { name: 'webhook-find', text: `select ${COLUMNS} from webhooks where ${OF_OWNER} and name = $3` }
const HOLD = { name: 'webhook-hold', text: `${FIND.text} for no key update` }

export async function findWebhook(
  tx: Queryable,
  owner: WebhookOwner,
  name: string,
): Promise<Webhook | undefined> {
  return (await tx.query<Webhook>(FIND, [...ownerValues(owner), name])).rows[0]
}

/** The same, held for the rest of the transaction. */
export async function holdWebhook(
  tx: Queryable,
  owner: WebhookOwner,
  name: string,
): Promise<Webhook | undefined> {
  return (await tx.query<Webhook>(HOLD, [...ownerValues(owner), name])).rows[0]
}

const COUNT = `select count(*) as count from webhooks where ${OF_OWNER}`

export async function countWebhooks(tx: Queryable, owner: WebhookOwner): Promise<number> {
  return (await tx.query<{ count: number }>(COUNT, ownerValues(owner))).rows[0]?.count ?? 0
}

const INSERT = /* sql */ `
  insert into webhooks (organization_id, stack_id, id, name, display_name, payload_url, format, active, filters, groups,
                        sealed_secret, created_by)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
  on conflict on constraint webhooks_name_key do nothing`

/** @returns False when the owner has one of this name. */
export async function insertWebhook(tx: Queryable, owner: WebhookOwner, webhook: Webhook): Promise<boolean> {
  const { id, name, displayName, payloadUrl, format, active, filters, groups, sealedSecret, actsFor } =
    webhook
  const rest = [id, name, displayName, payloadUrl, format, active, filters, groups, sealedSecret, actsFor]
  return (await tx.query(INSERT, [...ownerValues(owner), ...rest])).rowCount === 1
}

const UPDATE = /* sql */ `
  update webhooks set display_name = $2, payload_url = $3, format = $4, active = $5, filters = $6, groups = $7,
                      sealed_secret = $8, created_by = $9
   where id = $1`

export async function updateWebhook(tx: Queryable, webhook: Webhook): Promise<void> {
  const { id, displayName, payloadUrl, format, active, filters, groups, sealedSecret, actsFor } = webhook
  await tx.query(UPDATE, [
    id,
    displayName,
    payloadUrl,
    format,
    active,
    filters,
    groups,
    sealedSecret,
    actsFor,
  ])
}

const DELETE = `delete from webhooks where ${OF_OWNER} and name = $3`

/** With its deliveries. @returns Whether there was one. */
export async function deleteWebhook(tx: Queryable, owner: WebhookOwner, name: string): Promise<boolean> {
  return (await tx.query(DELETE, [...ownerValues(owner), name])).rowCount === 1
}

export interface Listening {
  readonly id: string
  readonly format: Webhook['format']
}

/** Held against being deleted, so that a delivery can be written for each of them. */
const LISTENING = {
  name: 'webhooks-listening',
  text: /* sql */ `
    select id, format from webhooks
     where active and (organization_id = $1 or stack_id = $2)
       and (filters = '{}' and groups = '{}' or $3 = any (filters) or $4 = any (groups))
     order by id for key share`,
}

export async function webhooksListening(
  tx: Queryable,
  event: {
    readonly organizationId: string
    readonly stackId: string
    readonly event: string
    readonly group: string
  },
): Promise<Listening[]> {
  const values = [event.organizationId, event.stackId, event.event, event.group]
  return (await tx.query<Listening>(LISTENING, values)).rows
}
