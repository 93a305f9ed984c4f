/** The doors for git hosts: ours, one address a connection, and Pulumi's for its Custom VCS. */

import type { Refusal } from '@daypass/contract/errors.ts'
import { GIT_EVENTS_PATH, ReceivedDelivery } from '@daypass/contract/git-hosts.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { failedTooOften, type TooOften } from '../access/failed-authentication.ts'
import type { FailureLimit } from '../access/failure-limit.ts'
import type { DeliveryHeaders } from '../git-hosts/adapter.ts'
import { MB } from '../http/body-limit.ts'
import { refuse } from '../refuse.ts'
import { type Received, type ReceiveServices, receive, type Sent } from './receive.ts'

export interface ReceiveRouteServices extends Omit<ReceiveServices, 'log'> {
  /** Wrong signatures of one address; counted apart from wrong tokens. */
  readonly failures: FailureLimit
  readonly metrics: { gitDeliveryReceived(result: Received): void }
}

/** GitHub sends no more. @see https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap */
const LARGEST_DELIVERY_BYTES = 25 * MB
const INTEGRATION_HEADER = 'x-generic-vcs-integration-id'

export function receiveRoutes(app: FastifyInstance, services: ReceiveRouteServices): void {
  const config = { public: true, rawBody: true, bodyBytes: LARGEST_DELIVERY_BYTES } as const
  const response = { 202: ReceivedDelivery }
  const tags = ['Git hosts']

  app.post<{ Params: { hostId: string } }>(
    GIT_EVENTS_PATH,
    {
      config,
      schema: {
        operationId: 'receiveGitEvent',
        summary: 'For git hosts: what happened, signed',
        tags,
        params: Type.Object({ hostId: Type.String() }),
        response,
      },
    },
    (request, reply) => take(services, request, reply, { hostId: request.params.hostId }),
  )

  app.post(
    '/workflow/generic-vcs',
    {
      config,
      schema: {
        operationId: 'receiveCustomVcsEvent',
        summary: "For Pulumi's Custom VCS: what was pushed, signed",
        tags,
        response,
      },
    },
    (request, reply) => {
      const given = request.headers[INTEGRATION_HEADER]
      const hostId = typeof given === 'string' ? given : ''
      return take(services, request, reply, { hostId, onlyKind: 'custom' })
    },
  )
}

async function take(
  services: ReceiveRouteServices,
  request: FastifyRequest,
  reply: FastifyReply,
  place: Pick<Sent, 'hostId' | 'onlyKind'>,
): Promise<FastifyReply> {
  const raw = request.body as Buffer
  const received = await receive(
    { ...services, log: request.log },
    { ...place, raw, headers: headersOf(request) },
  )
  services.metrics.gitDeliveryReceived(received)
  if (received !== 'refused') return reply.code(202).send({ status: received })
  return refuse(reply, failedTooOften(services.failures, request, reply, DELIVERIES) ?? REFUSED)
}

function headersOf({ headers }: FastifyRequest): DeliveryHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  )
}

const REFUSED: Refusal = {
  status: 404,
  reason: 'delivery_refused',
  message:
    'Not Found: no git host is connected at this address, or the delivery is not signed with its secret.',
}

const DELIVERIES: TooOften = {
  log: 'Too many deliveries with a wrong signature come from an address.',
  reason: 'too_many_refused_deliveries',
  message: (wait) =>
    `Too many deliveries from this address were refused: wait ${wait}, and check the address and the secret of the webhook.`,
}
