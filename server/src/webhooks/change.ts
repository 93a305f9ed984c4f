/** Webhooks made, changed and taken away, each with its record. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { actorOf, type UserPrincipal } from '../access/principal.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database, Queryable } from '../db/database.ts'
import { isRefusal } from '../refuse.ts'
import type { HookSecrets } from './deliver.ts'
import { giveUpDeliveries } from './delivery.sql.ts'
import { readWebhook, type WebhookBody, type WebhookRequest } from './read-webhook.ts'
import { whyNotTarget } from './target.ts'
import { countWebhooks, deleteWebhook, holdWebhook, insertWebhook, updateWebhook } from './webhook.sql.ts'
import { type Webhook, type WebhookOwner, webhookNotFound } from './webhook.ts'

export interface ChangeServices extends HookSecrets {
  readonly db: Database
  readonly randomBytes: (count: number) => Buffer
  readonly randomUuid: () => string
  readonly allowPrivateWebhooks: boolean
}

export interface Changed {
  readonly webhook: Webhook
  readonly notes: readonly string[]
}

/** Each event is written once for each of them. */
const MOST_WEBHOOKS = 100

export async function createWebhook(
  services: ChangeServices,
  caller: UserPrincipal,
  owner: WebhookOwner,
  body: WebhookBody,
): Promise<Changed | Refusal> {
  const { db, randomBytes, randomUuid, allowPrivateWebhooks } = services
  const newName = () => randomBytes(4).toString('hex')
  const request = readWebhook(body, {
    owner,
    allowPrivate: allowPrivateWebhooks,
    newName,
    existing: undefined,
  })
  if (isRefusal(request)) return request
  return db.transaction(async (tx) => {
    if ((await countWebhooks(tx, owner)) >= MOST_WEBHOOKS) return tooMany
    const refusal = await whyNotDeployed(tx, caller, owner, request)
    if (refusal) return refusal
    const made = { id: randomUuid(), sealedSecret: null, actsFor: caller.userId }
    const webhook = await withSecret(tx, services, owner, made, request)
    if (!(await insertWebhook(tx, owner, webhook))) {
      const message = `Conflict: there is a webhook "${webhook.name}" already.`
      return { status: 409, reason: 'webhook_exists', message }
    }
    await record(tx, caller, owner, 'webhook.created', webhook)
    return { webhook, notes: request.notes }
  })
}

export async function changeWebhook(
  services: ChangeServices,
  caller: UserPrincipal,
  owner: WebhookOwner,
  name: string,
  body: WebhookBody,
): Promise<Changed | Refusal> {
  const { db, allowPrivateWebhooks } = services
  return db.transaction(async (tx) => {
    const existing = await holdWebhook(tx, owner, name)
    if (!existing) return webhookNotFound(name)
    const request = readWebhook(body, {
      owner,
      allowPrivate: allowPrivateWebhooks,
      newName: () => name,
      existing,
    })
    if (isRefusal(request)) return request
    const refusal = await whyNotDeployed(tx, caller, owner, request)
    if (refusal) return refusal
    const before = { ...existing, actsFor: caller.userId }
    const webhook = await withSecret(tx, services, owner, before, request)
    await updateWebhook(tx, webhook)
    if (!webhook.active) await giveUpDeliveries(tx, webhook.id, 'The webhook was switched off.')
    await record(tx, caller, owner, 'webhook.changed', webhook)
    return { webhook, notes: request.notes }
  })
}

export async function removeWebhook(
  { db }: Pick<ChangeServices, 'db'>,
  caller: UserPrincipal,
  owner: WebhookOwner,
  name: string,
): Promise<Refusal | undefined> {
  return db.transaction(async (tx) => {
    const existing = await holdWebhook(tx, owner, name)
    if (!existing) return webhookNotFound(name)
    await deleteWebhook(tx, owner, name)
    await record(tx, caller, owner, 'webhook.deleted', existing)
    return undefined
  })
}

async function whyNotDeployed(
  tx: Queryable,
  caller: UserPrincipal,
  owner: WebhookOwner,
  { format, payloadUrl }: Pick<Webhook, 'format' | 'payloadUrl'>,
): Promise<Refusal | undefined> {
  return format === 'pulumi_deployments' ? whyNotTarget(tx, caller, owner, payloadUrl) : undefined
}

async function withSecret(
  tx: Queryable,
  { secrets, organizationSecrets }: HookSecrets,
  { organizationId, stack }: WebhookOwner,
  existing: Pick<Webhook, 'id' | 'sealedSecret' | 'actsFor'>,
  { secret, notes: _notes, ...request }: WebhookRequest,
): Promise<Webhook> {
  const seal = (plain: string): Promise<Buffer> =>
    stack
      ? secrets.seal(tx, stack.id, 'webhook', Buffer.from(plain))
      : organizationSecrets.seal(tx, organizationId, 'webhook', Buffer.from(plain))
  const sealedSecret =
    typeof secret === 'string' ? await seal(secret) : secret === null ? null : existing.sealedSecret
  return { ...request, id: existing.id, sealedSecret, actsFor: existing.actsFor }
}

/** The host alone: the rest of the URL may be a credential. */
async function record(
  tx: Queryable,
  caller: UserPrincipal,
  { organizationId, organization, stack }: WebhookOwner,
  action: string,
  { name, payloadUrl, format, active, sealedSecret }: Webhook,
): Promise<void> {
  const place = stack ? `${organization}/${stack.project}/${stack.name}` : organization
  const whither =
    format === 'pulumi_deployments' ? { deploys: payloadUrl } : { host: new URL(payloadUrl).host }
  await recordAudit(tx, {
    organizationId,
    actor: actorOf(caller),
    action,
    target: `${place} ${name}`,
    details: { ...whither, format, active, hasSecret: sealedSecret !== null },
  })
}

const tooMany: Refusal = {
  status: 400,
  reason: 'too_many_webhooks',
  message: `Bad Request: there are ${MOST_WEBHOOKS} webhooks here already; remove one first.`,
}
