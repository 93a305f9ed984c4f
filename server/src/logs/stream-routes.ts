/** `GET …/deployments/{id}/log-stream`: the log as it is written, by server-sent events. */

import type { Refusal } from '@daypass/contract/errors.ts'
import { EventStream, LOG_STREAM_PATH } from '@daypass/contract/log-stream.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Principal } from '../access/principal.ts'
import { type OpenStream, RECHECK_MS, type Streams } from '../access/streams.ts'
import type { Database, Queryable } from '../db/database.ts'
import type { Listener } from '../db/listen.ts'
import { waitsFor } from '../db/waits.ts'
import { ALIVE, ALIVE_EVERY_MS, type StreamedEvent, sendEvents } from '../http/event-stream.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { loadStackOf } from '../stacks/removed.ts'
import type { StackNames } from '../stacks/stack.ts'
import { LOG_CHANNEL } from './log.ts'
import { logDeleted } from './retention.ts'
import { findStreamed, type StreamedDeployment } from './stream.sql.ts'
import { newsOf, OVER, type Place, placeOf, type Told } from './stream.ts'

/** What was not notified, because the connection for that was lost. */
const LOOK_MS = 5_000
const Query = Type.Object({
  after: Type.Optional(Type.String({ description: 'As the header Last-Event-ID, which goes before it.' })),
})
type Path = StackNames & { readonly deploymentId: string }

export interface LogStreamServices {
  readonly db: Database
  readonly listener: Listener
  readonly streams: Streams
  readonly whyWaiting: (db: Queryable, deploymentId: string) => Promise<string | undefined>
}

export function logStreamRoutes(app: FastifyInstance, services: LogStreamServices): void {
  const { db, streams, whyWaiting } = services
  const waits = waitsFor(services.listener, LOG_CHANNEL)
  app.addHook('preClose', async () => waits.close())

  app.get<{ Params: Path; Querystring: Static<typeof Query> }>(
    LOG_STREAM_PATH,
    {
      schema: {
        operationId: 'streamDeploymentLog',
        summary: 'Follow the log of a deployment by server-sent events',
        description:
          'Events: `steps` (those that are new or changed), `lines` (in order, each once), `waiting` (why it has not begun), `end` (its status, when everything was sent), `refused` (you may not read it any more). The id of an event is a place in the log: send it as Last-Event-ID to go on from there; 204 says that it was the end.',
        tags: ['Deployments'],
        querystring: Query,
        response: { 200: EventStream, 204: Type.Null({ description: 'Everything was sent before.' }) },
      },
    },
    async (request, reply) => {
      const found = await find(request.principal, request.params)
      if (isRefusal(found)) return refuse(reply, found)
      const after = String(request.headers['last-event-id'] ?? request.query.after ?? '')
      if (after === OVER) return reply.code(204).send()
      const place = placeOf(after)
      if (!place) return refuse(reply, badPlace)
      const stream = streams.open(request, reply)
      if (isRefusal(stream)) return refuse(reply, stream)
      return sendEvents(reply, follow(request.params, place, stream), stream.ended)
    },
  )

  async function find(principal: Principal, names: Path): Promise<StreamedDeployment | Refusal> {
    const stack = await loadStackOf(db, principal, names, names)
    if (isRefusal(stack)) return stack
    const deployment = await findStreamed(db, stack.id, names.deploymentId)
    if (!deployment) return noDeployment
    return deployment.logDeletedAt ? logDeleted(deployment.logDeletedAt) : deployment
  }

  async function* follow(
    names: Path,
    place: Place,
    { ended, principal }: OpenStream,
  ): AsyncGenerator<StreamedEvent | typeof ALIVE> {
    const told: Told = { place, statuses: new Map(), firstOpen: 0 }
    let who: Principal | undefined
    let checkedAt = Number.NEGATIVE_INFINITY
    let sentAt = performance.now()
    let why: string | undefined
    while (!ended.aborted) {
      const wait = waits.await(names.deploymentId, LOOK_MS, ended)
      try {
        if (performance.now() - checkedAt > RECHECK_MS) {
          who = await principal()
          checkedAt = performance.now()
        }
        const found = who === undefined ? signedOut : await find(who, names)
        if (isRefusal(found)) return yield { event: 'refused', data: found }
        let isTired = false
        const news = newsOf(db, found, told)
        for (let next = await news.next(); next.done !== true; next = await news.next()) {
          yield next.value
          sentAt = performance.now()
          if (ended.aborted) return
          // Whoever reads slowly reads for long: the place is known, and who reads is looked at again.
          isTired = sentAt - checkedAt > RECHECK_MS
          if (isTired) break
        }
        if (isTired) continue
        if (found.ended) return
        const reason =
          told.statuses.size === 0 && told.firstOpen === 0 ? await whyWaiting(db, found.id) : undefined
        if (reason !== undefined && reason !== why) yield { event: 'waiting', data: { message: reason } }
        why = reason
        if (performance.now() - sentAt > ALIVE_EVERY_MS - LOOK_MS) {
          yield ALIVE
          sentAt = performance.now()
        }
        await wait.woken
      } finally {
        wait.stop()
      }
    }
  }
}

const noDeployment: Refusal = {
  status: 404,
  reason: 'not_found',
  message: 'There is no such deployment on this stack.',
}
const badPlace: Refusal = {
  status: 400,
  reason: 'bad_event_id',
  message:
    'Last-Event-ID (or "after") is not one that this server made; leave it out to read from the beginning.',
}
const signedOut: Refusal = {
  status: 401,
  reason: 'unauthorized',
  message: 'Unauthorized: the token or session that opened this stream counts no more.',
}
