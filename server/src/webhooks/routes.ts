/** The webhooks of an organization, for its admins, and those of a stack, for whoever may write it. */
import { WARNING_HEADER } from '@daypass/contract/deployments.ts'
import type { Refusal } from '@daypass/contract/errors.ts'
import { STACK_PATH } from '@daypass/contract/stack-path.ts'
import { WebhookDelivery, WebhookResponse } from '@daypass/contract/webhooks.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, type TObject, type TSchema, Type } from 'typebox'
import { userOf } from '../access/authenticate.ts'
import { adminOf } from '../access/organization.ts'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { StackPath } from '../stacks/names.ts'
import { loadStackFor } from '../stacks/stack.ts'
import { deliveryAnswer, webhookAnswer } from './answer.ts'
import { type Changed, type ChangeServices, changeWebhook, createWebhook, removeWebhook } from './change.ts'
import { findDelivery, listDeliveries } from './delivery.sql.ts'
import { pingBody } from './payload.ts'
import { WebhookBody } from './read-webhook.ts'
import { createSendNow, type SendNowServices } from './send-now.ts'
import { findWebhook, listWebhooks } from './webhook.sql.ts'
import { deliveryNotFound, type Webhook, type WebhookOwner, webhookNotFound } from './webhook.ts'

export interface WebhookServices extends ChangeServices, SendNowServices {
  readonly config: { readonly baseUrl: string }
}

const OrganizationPath = Type.Object({ organization: Type.String() })
const Names = Type.Object({ hook: Type.String() })
const Deliveries = Type.Object({ hook: Type.String(), event: Type.String() })
type Deliveries = Static<typeof Deliveries>

const MOST_LISTED = 100
const NOTHING = Type.Null({ description: 'Nothing.' })

type OwnerOf = (request: FastifyRequest) => Promise<WebhookOwner | Refusal>

export function webhookRoutes(app: FastifyInstance, services: WebhookServices): void {
  const { db } = services
  const sendNow = createSendNow(services)
  const both = [
    ['/api/orgs/:organization/hooks', OrganizationPath, (request) => organizationOf(request)],
    [`${STACK_PATH}/hooks`, StackPath, (request) => stackOf(db, request)],
  ] satisfies readonly [string, TObject, OwnerOf][]
  for (const [path, params, ownerOf] of both) {
    const place = { path, params, ownerOf, name: params === StackPath ? 'Stack' : 'Organization' }
    webhooksOf(app, services, place)
    deliveriesOf(app, services, place, sendNow)
  }
}

interface Place {
  readonly path: string
  /** Whose, in the names of operations. */
  readonly name: string
  readonly params: TObject
  readonly ownerOf: OwnerOf
}

/** What the description of the API says of a route. */
function about(operationId: string, summary: string, response: Readonly<Record<number, TSchema>>) {
  return { operationId, summary, tags: ['Webhooks'], response }
}

function webhooksOf(app: FastifyInstance, services: WebhookServices, place: Place): void {
  const { path, params, ownerOf, name } = place
  const { db } = services
  const one = { params: Type.Object({ ...params.properties, ...Names.properties }) }
  const answer = { 200: WebhookResponse }

  const list = about(`list${name}Webhooks`, 'List webhooks', { 200: Type.Array(WebhookResponse) })
  app.get(path, { schema: { ...list, params } }, async (request, reply) => {
    const owner = await ownerOf(request)
    if (isRefusal(owner)) return refuse(reply, owner)
    return (await listWebhooks(db, owner)).map((webhook) => webhookAnswer(owner, webhook))
  })

  const create = about(`create${name}Webhook`, 'Make a webhook', { 201: WebhookResponse })
  const made = { ...create, params, body: WebhookBody }
  app.post<{ Body: WebhookBody }>(path, { schema: made }, async (request, reply) => {
    const owner = await ownerOf(request)
    if (isRefusal(owner)) return refuse(reply, owner)
    return changed(reply, owner, 201, await createWebhook(services, userOf(request), owner, request.body))
  })

  const read = { ...about(`get${name}Webhook`, 'Read a webhook', answer), ...one }
  app.get<{ Params: Static<typeof Names> }>(`${path}/:hook`, { schema: read }, async (request, reply) => {
    const found = await webhookOf(db, await ownerOf(request), request.params.hook)
    return isRefusal(found) ? refuse(reply, found) : webhookAnswer(found.owner, found.webhook)
  })

  app.patch<{ Params: Static<typeof Names>; Body: WebhookBody }>(
    `${path}/:hook`,
    { schema: { ...about(`update${name}Webhook`, 'Change a webhook', answer), ...one, body: WebhookBody } },
    async (request, reply) => {
      const owner = await ownerOf(request)
      if (isRefusal(owner)) return refuse(reply, owner)
      const { hook } = request.params
      return changed(
        reply,
        owner,
        200,
        await changeWebhook(services, userOf(request), owner, hook, request.body),
      )
    },
  )

  const remove = { ...about(`delete${name}Webhook`, 'Remove a webhook', { 204: NOTHING }), ...one }
  app.delete<{ Params: Static<typeof Names> }>(
    `${path}/:hook`,
    { schema: remove },
    async (request, reply) => {
      const owner = await ownerOf(request)
      if (isRefusal(owner)) return refuse(reply, owner)
      const refusal = await removeWebhook(services, userOf(request), owner, request.params.hook)
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )
}

function deliveriesOf(
  app: FastifyInstance,
  { db, now, config }: WebhookServices,
  { path, params, ownerOf, name }: Place,
  sendNow: ReturnType<typeof createSendNow>,
): void {
  const delivered = { 200: WebhookDelivery }
  const one = { params: Type.Object({ ...params.properties, ...Names.properties }) }

  app.post<{ Params: Static<typeof Names> }>(
    `${path}/:hook/ping`,
    { schema: { ...about(`ping${name}Webhook`, 'Send a ping now', delivered), ...one } },
    async (request, reply) => {
      const found = await webhookOf(db, await ownerOf(request), request.params.hook)
      if (isRefusal(found)) return refuse(reply, found)
      const { owner, webhook } = found
      const payload = pingBody(webhook.format, now(), config.baseUrl)
      const sent = await sendNow(owner, webhook, { kind: 'ping', payload })
      return isRefusal(sent) ? refuse(reply, sent) : deliveryAnswer(sent, webhook.payloadUrl)
    },
  )

  app.get<{ Params: Static<typeof Names> }>(
    `${path}/:hook/deliveries`,
    {
      schema: {
        ...about(`get${name}WebhookDeliveries`, 'List what was sent', { 200: Type.Array(WebhookDelivery) }),
        ...one,
      },
    },
    async (request, reply) => {
      const found = await webhookOf(db, await ownerOf(request), request.params.hook)
      if (isRefusal(found)) return refuse(reply, found)
      const { id, payloadUrl } = found.webhook
      return (await listDeliveries(db, id, MOST_LISTED)).map((delivery) =>
        deliveryAnswer(delivery, payloadUrl),
      )
    },
  )

  app.post<{ Params: Deliveries }>(
    `${path}/:hook/deliveries/:event/redeliver`,
    {
      schema: {
        ...about(`redeliver${name}WebhookEvent`, 'Send a delivery again now', delivered),
        params: Type.Object({ ...params.properties, ...Deliveries.properties }),
      },
    },
    async (request, reply) => {
      const found = await webhookOf(db, await ownerOf(request), request.params.hook)
      if (isRefusal(found)) return refuse(reply, found)
      const { owner, webhook } = found
      const delivery = await findDelivery(db, webhook.id, request.params.event)
      if (!delivery) return refuse(reply, deliveryNotFound())
      const sent = await sendNow(owner, webhook, delivery)
      return isRefusal(sent) ? refuse(reply, sent) : deliveryAnswer(sent, webhook.payloadUrl)
    },
  )
}

async function webhookOf(
  db: Database,
  owner: WebhookOwner | Refusal,
  name: string,
): Promise<{ owner: WebhookOwner; webhook: Webhook } | Refusal> {
  if (isRefusal(owner)) return owner
  const webhook = await findWebhook(db, owner, name)
  return webhook ? { owner, webhook } : webhookNotFound(name)
}

function changed(reply: FastifyReply, owner: WebhookOwner, status: number, made: Changed | Refusal) {
  if (isRefusal(made)) return refuse(reply, made)
  if (made.notes.length > 0) reply.header(WARNING_HEADER, made.notes.join(' '))
  return reply.code(status).send(webhookAnswer(owner, made.webhook))
}

/** A webhook of an organization hears of all its stacks. */
async function organizationOf(request: FastifyRequest): Promise<WebhookOwner | Refusal> {
  const { organization } = request.params as Static<typeof OrganizationPath>
  const membership = adminOf(request.principal, organization)
  if (isRefusal(membership)) return membership
  return { organizationId: membership.organizationId, organization, stack: undefined }
}

async function stackOf(db: Database, request: FastifyRequest): Promise<WebhookOwner | Refusal> {
  const stack = await loadStackFor(db, request.principal, request.params as StackPath, 'write')
  if (isRefusal(stack)) return stack
  const { id, organizationId, organization, project, name } = stack
  return { organizationId, organization, stack: { id, project, name } }
}
