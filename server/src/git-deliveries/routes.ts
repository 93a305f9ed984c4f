/** What a git host has sent, for admins of its organization: the newest, one in whole, and one once more. */
import type { Refusal } from '@daypass/contract/errors.ts'
import {
  GIT_HOST_PATH,
  GitDelivery,
  GitDeliveryDetails,
  ListGitDeliveriesResponse,
} from '@daypass/contract/git-hosts.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { adminOf } from '../access/organization.ts'
import type { Database } from '../db/database.ts'
import { findHostByName } from '../git-hosts/find.ts'
import { type GitHost, gitHostNotFound } from '../git-hosts/git-host.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { deliveryAnswer, deliveryDetails } from './answer.ts'
import { findDelivery, handleAgain, listDeliveries } from './delivery.sql.ts'
import { deliveryNotFound } from './delivery.ts'

const HostPath = Type.Object({ organization: Type.String(), host: Type.String() })
type HostPath = Static<typeof HostPath>
const DeliveryPath = Type.Object({ ...HostPath.properties, delivery: Type.String() })
type DeliveryPath = Static<typeof DeliveryPath>
const MOST_LISTED = 100
const tags = ['Git hosts']

export function gitDeliveryRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  const path = `${GIT_HOST_PATH}/deliveries`

  app.get<{ Params: HostPath }>(
    path,
    {
      schema: {
        operationId: 'listGitDeliveries',
        summary: 'List what a git host has sent, the newest first',
        tags,
        params: HostPath,
        response: { 200: ListGitDeliveriesResponse },
      },
    },
    async (request, reply) => {
      const host = await hostOf(db, request)
      if (isRefusal(host)) return refuse(reply, host)
      return { deliveries: (await listDeliveries(db, host.id, MOST_LISTED)).map(deliveryAnswer) }
    },
  )

  app.get<{ Params: DeliveryPath }>(
    `${path}/:delivery`,
    {
      schema: {
        operationId: 'getGitDelivery',
        summary: 'Read what a git host has sent',
        tags,
        params: DeliveryPath,
        response: { 200: GitDeliveryDetails },
      },
    },
    async (request, reply) => {
      const host = await hostOf(db, request)
      if (isRefusal(host)) return refuse(reply, host)
      const delivery = await findDelivery(db, host.id, request.params.delivery)
      return delivery ? deliveryDetails(delivery) : refuse(reply, deliveryNotFound())
    },
  )

  app.post<{ Params: DeliveryPath }>(
    `${path}/:delivery/redeliver`,
    {
      schema: {
        operationId: 'redeliverGitDelivery',
        summary: 'Handle once more what a git host has sent; what was deployed for it is not deployed again',
        tags,
        params: DeliveryPath,
        response: { 202: GitDelivery },
      },
    },
    async (request, reply) => {
      const host = await hostOf(db, request)
      if (isRefusal(host)) return refuse(reply, host)
      const { delivery: id } = request.params
      if (!(await findDelivery(db, host.id, id))) return refuse(reply, deliveryNotFound())
      const again = await handleAgain(db, host.id, id)
      return again ? reply.code(202).send(deliveryAnswer(again)) : refuse(reply, beingHandled)
    },
  )
}

async function hostOf(
  db: Database,
  { principal, params }: FastifyRequest<{ Params: HostPath }>,
): Promise<GitHost | Refusal> {
  const membership = adminOf(principal, params.organization)
  if (isRefusal(membership)) return membership
  return (await findHostByName(db, membership.organizationId, params.host)) ?? gitHostNotFound(params.host)
}

const beingHandled: Refusal = {
  status: 409,
  reason: 'delivery_being_handled',
  message: 'Conflict: the delivery is being handled at this moment; look at it again in a while.',
}
