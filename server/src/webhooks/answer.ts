/** Webhooks and deliveries in the shapes of Pulumi's API. A secret never comes out again, in no form. */
import type { WebhookDelivery, WebhookResponse } from '@daypass/contract/webhooks.ts'
import type { Delivery } from './delivery.sql.ts'
import type { Webhook, WebhookOwner } from './webhook.ts'

export function webhookAnswer(owner: WebhookOwner, webhook: Webhook): WebhookResponse {
  const { name, displayName, payloadUrl, active, format, filters, groups, sealedSecret } = webhook
  return {
    organizationName: owner.organization,
    ...(owner.stack && { projectName: owner.stack.project, stackName: owner.stack.name }),
    name,
    displayName,
    payloadUrl,
    active,
    format,
    filters: [...filters],
    groups: [...groups],
    hasSecret: sealedSecret !== null,
    secretCiphertext: '',
  }
}

/** `attempts` and `nextAttempt` are ours. */
export function deliveryAnswer(delivery: Delivery, payloadUrl: string): WebhookDelivery {
  const { id, kind, payload, sentAt, createdAt, attempts, dueAt } = delivery
  return {
    id,
    kind,
    payload,
    timestamp: Math.floor((sentAt ?? createdAt).getTime() / 1000),
    duration: delivery.durationMs ?? 0,
    requestUrl: delivery.requestUrl || payloadUrl,
    requestHeaders: delivery.requestHeaders,
    responseCode: delivery.responseCode,
    responseHeaders: delivery.responseHeaders,
    responseBody: delivery.responseBody,
    attempts,
    ...(dueAt && { nextAttempt: dueAt.toISOString() }),
  }
}
