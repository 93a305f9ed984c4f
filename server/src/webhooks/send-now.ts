/** What a person sends by hand, a ping or a delivery once more: at once, past the queue, and only once. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { RequestServices } from '../deployments/request.ts'
import { type HookSecrets, secretOf, UNREADABLE } from './deliver.ts'
import { addSentDelivery, type Delivery } from './delivery.sql.ts'
import { type SendServices, send } from './send.ts'
import { deployTarget } from './target.ts'
import { type Webhook, type WebhookOwner, webhookNotFound } from './webhook.ts'

export interface SendNowServices extends SendServices, HookSecrets, RequestServices {}

export type SendNow = (
  owner: WebhookOwner,
  webhook: Webhook,
  message: { readonly kind: string; readonly payload: string },
) => Promise<Delivery | Refusal>

/** A request waits for as long as the receiver takes. */
const MOST_AT_ONCE = 8

export function createSendNow(services: SendNowServices): SendNow {
  let underWay = 0
  return async (owner, webhook, { kind, payload }) => {
    if (underWay >= MOST_AT_ONCE) return BUSY
    underWay += 1
    try {
      if (webhook.format === 'pulumi_deployments') return deployNow(services, owner, webhook, kind, payload)
      const place = { organizationId: owner.organizationId, stackId: owner.stack?.id ?? null }
      const secret = await secretOf(services, { ...webhook, ...place })
      if (secret === 'unreadable') return { status: 409, reason: 'secret_unreadable', message: UNREADABLE }
      const sentAt = services.now()
      const id = services.randomUuid()
      const sent = await send(services, { ...webhook, id, kind, payload, secret })
      const message = { id, webhookId: webhook.id, kind, payload }
      return (await addSentDelivery(services.db, message, sentAt, sent)) ?? webhookNotFound(webhook.name)
    } finally {
      underWay -= 1
    }
  }
}

/** An update of another stack, with its record. */
async function deployNow(
  services: SendNowServices,
  { organizationId }: WebhookOwner,
  { id: webhookId, name, payloadUrl, actsFor }: Webhook,
  kind: string,
  payload: string,
): Promise<Delivery | Refusal> {
  const message = { id: services.randomUuid(), webhookId, kind, payload }
  return services.db.transaction(async (tx) => {
    const sent = await deployTarget(tx, services, { kind, payloadUrl, organizationId, actsFor })
    return (await addSentDelivery(tx, message, services.now(), sent)) ?? webhookNotFound(name)
  })
}

const BUSY: Refusal = {
  status: 429,
  reason: 'busy',
  message: 'Too many webhooks are being sent by hand at this moment: try again in some seconds.',
}
