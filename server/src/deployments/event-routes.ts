/** `GET …/orgs/{org}/events`: that deployments of an organization are new or moved, by server-sent events. */

import type { Refusal } from '@daypass/contract/errors.ts'
import {
  EventStream,
  ORGANIZATION_EVENTS_PATH,
  type OrganizationChange,
} from '@daypass/contract/log-stream.ts'
import type { FastifyInstance } from 'fastify'
import { memberOf } from '../access/organization.ts'
import { readableStacks } from '../access/permission.ts'
import type { Principal } from '../access/principal.ts'
import { type OpenStream, RECHECK_MS, type Streams } from '../access/streams.ts'
import type { Database } from '../db/database.ts'
import type { Listener } from '../db/listen.ts'
import { ALIVE, ALIVE_EVERY_MS, type StreamedEvent, sendEvents } from '../http/event-stream.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { changedDeployments } from './changes.sql.ts'
import { watchChanges } from './changes.ts'
import { publicStatus } from './deployment.ts'

/** Of everything that changes meanwhile, the last is told. */
const GATHER_MS = 250

export interface EventServices {
  readonly db: Database
  readonly listener: Listener
  readonly streams: Streams
}

export function organizationEventRoutes(
  app: FastifyInstance,
  { db, listener, streams }: EventServices,
): void {
  const changes = watchChanges(listener)
  app.addHook('preClose', async () => changes.close())

  app.get<{ Params: { organization: string } }>(
    ORGANIZATION_EVENTS_PATH,
    {
      schema: {
        operationId: 'streamOrganizationEvents',
        summary: 'Learn of changes to the deployments of an organization by server-sent events',
        description:
          'Events: `changed` with `{what: "deployment", stack, deploymentId, version, status}` for stacks that you may read, or `{what: "everything"}` when it begins and when something may have been missed; `refused` when you belong to it no more. Several changes within a moment are told as the last of them: read again what you show.',
        tags: ['Deployments'],
        response: { 200: EventStream },
      },
    },
    async (request, reply) => {
      const membership = memberOf(request.principal, request.params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const stream = streams.open(request, reply)
      if (isRefusal(stream)) return refuse(reply, stream)
      return sendEvents(reply, watch(request.params.organization, stream), stream.ended)
    },
  )

  async function* watch(
    organization: string,
    { ended, principal }: OpenStream,
  ): AsyncGenerator<StreamedEvent | typeof ALIVE> {
    let who = await principal()
    let checkedAt = performance.now()
    const first = membershipOf(who, organization)
    if (isRefusal(first)) return yield { event: 'refused', data: first }
    const inbox = changes.open(first.organizationId)
    try {
      while (!ended.aborted) {
        if (performance.now() - checkedAt > RECHECK_MS) {
          who = await principal()
          checkedAt = performance.now()
        }
        const membership = membershipOf(who, organization)
        if (isRefusal(membership)) return yield { event: 'refused', data: membership }
        const { ids, isMissed } = inbox.take()
        if (isMissed) yield changed({ what: 'everything' })
        const readable = readableStacks(who as Principal, organization)
        if (ids.length > 0) {
          for (const one of await changedDeployments(db, membership.organizationId, ids, readable))
            yield changed({
              what: 'deployment',
              stack: one.stack,
              deploymentId: one.id,
              version: one.version,
              status: publicStatus(one.status),
            })
        }
        if (!(await inbox.wait(ALIVE_EVERY_MS, ended))) yield ALIVE
        else await inbox.rest(GATHER_MS, ended)
      }
    } finally {
      inbox.close()
    }
  }
}

function changed(data: OrganizationChange): StreamedEvent {
  return { event: 'changed', data }
}

function membershipOf(who: Principal | undefined, organization: string) {
  return who === undefined ? signedOut : memberOf(who, organization)
}

const signedOut: Refusal = {
  status: 401,
  reason: 'unauthorized',
  message: 'Unauthorized: the token or session that opened this stream counts no more.',
}
