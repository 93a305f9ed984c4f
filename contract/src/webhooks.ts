/** Webhooks as Pulumi's API answers them. Owns: shapes. Does not own: what is told to whom, and how (server/webhooks). */
import { type Static, Type } from 'typebox'

export const WebhookResponse = Type.Object(
  {
    organizationName: Type.String(),
    projectName: Type.Optional(Type.String()),
    stackName: Type.Optional(Type.String()),
    name: Type.String(),
    displayName: Type.String(),
    payloadUrl: Type.String(),
    active: Type.Boolean(),
    format: Type.String(),
    filters: Type.Array(Type.String()),
    groups: Type.Array(Type.String()),
    hasSecret: Type.Boolean(),
    secretCiphertext: Type.Literal('', { description: 'A secret never comes out again, in no form.' }),
  },
  { title: 'WebhookResponse' },
)
export type WebhookResponse = Static<typeof WebhookResponse>

export const WebhookDelivery = Type.Object(
  {
    id: Type.String(),
    kind: Type.String(),
    payload: Type.String(),
    timestamp: Type.Integer({ description: 'Seconds since 1970.' }),
    duration: Type.Integer({ description: 'Milliseconds.' }),
    requestUrl: Type.String(),
    requestHeaders: Type.String(),
    responseCode: Type.Integer({ description: '0: there was no answer.' }),
    responseHeaders: Type.String(),
    responseBody: Type.String(),
    attempts: Type.Integer({ description: 'Ours.' }),
    nextAttempt: Type.Optional(
      Type.String({ description: 'Ours: RFC 3339, while it is going to be tried again.' }),
    ),
  },
  { title: 'WebhookDelivery' },
)
export type WebhookDelivery = Static<typeof WebhookDelivery>
