/**
 * The life of an update over HTTP, as a person or a job opens and watches it. All later calls of a client use the
 * segment `update` whatever the kind; the other words are accepted too.
 */

import { STACK_PATH } from '@daypass/contract/stack-path.ts'
import { UpdateProgramRequest } from '@daypass/contract/state-requests.ts'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { StackPath, TagMap } from '../stacks/names.ts'
import { loadStackOf } from '../stacks/removed.ts'
import { loadStackFor } from '../stacks/stack.ts'
import type { IsOurKid } from './blot.ts'
import { cancelUpdate } from './end-update.ts'
import { eventTypes } from './event-kind.ts'
import { eventsDeleted } from './event-retention.ts'
import { readEventPage } from './events.ts'
import { createUpdate, startUpdate, updateNotFound } from './open-update.ts'
import { readCreateUpdate } from './read-update-request.ts'
import { MOST_REDIRECTS, type StackWaits } from './stack-wait.ts'
import { findUpdate } from './update.sql.ts'
import { UPDATE_KINDS } from './update.ts'

interface Services {
  readonly db: Database
  readonly randomBytes: (count: number) => Buffer
  readonly randomUuid: () => string
  readonly isOurKid: IsOurKid
  readonly waits: StackWaits
}

export const UpdatePath = Type.Object({ ...StackPath.properties, updateId: Type.String() })
export type UpdatePath = Static<typeof UpdatePath>

const StartBody = Type.Union([
  Type.Null(),
  Type.Object(
    {
      tags: Type.Optional(Type.Union([TagMap, Type.Null()])),
      journalVersion: Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Type.Null()])),
    },
    { additionalProperties: true }, // a newer CLI may say more
  ),
])
type StartBody = Static<typeof StartBody>

/** Its configuration and its environment: no state. */
const CREATE_BODY_BYTES = 10 * 1024 * 1024

/** Added by our own redirect while a deployment waits for its stack. */
const StartQuery = Type.Object({
  redirects: Type.Optional(Type.Integer({ minimum: 0, maximum: MOST_REDIRECTS })),
})
type StartQuery = Static<typeof StartQuery>

const PageQuery = Type.Object({ continuationToken: Type.Optional(Type.String()) })
type PageQuery = Static<typeof PageQuery>

const EventQuery = Type.Object({
  ...PageQuery.properties,
  type: Type.Optional(Type.Union([Type.Array(Type.String()), Type.String()])),
  urn: Type.Optional(Type.String()),
  /** Every event counts from when it comes. */
  include_non_activated: Type.Optional(Type.String()),
})
type EventQuery = Static<typeof EventQuery>

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function updateRoutes(app: FastifyInstance, services: Services): void {
  for (const kind of UPDATE_KINDS) openRoutes(app, services, kind)
  for (const kind of UPDATE_KINDS) watchRoutes(app, services, kind)
}

function openRoutes(app: FastifyInstance, services: Services, kind: (typeof UPDATE_KINDS)[number]): void {
  const { db, randomUuid, isOurKid, waits } = services

  app.post<{ Params: StackPath; Body: Buffer }>(
    `${STACK_PATH}/${kind}`,
    {
      schema: { params: StackPath },
      config: {
        allowStackToken: true,
        rawBody: true,
        bodyBytes: CREATE_BODY_BYTES,
        describedBody: UpdateProgramRequest,
      },
    },
    async ({ principal, params, body }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'preview')
      if (isRefusal(stack)) return refuse(reply, stack)
      const request = readCreateUpdate(body, isOurKid)
      if (isRefusal(request)) return refuse(reply, request)
      const id = randomUuid()
      const refusal = await createUpdate(db, principal, stack, { id, kind, request })
      if (refusal) return refuse(reply, refusal)
      const waitsForStack = principal.kind === 'deployment' && kind !== 'preview' && !request.dryRun
      const warning = waitsForStack ? await waits.warningFor(stack.id) : undefined
      if (warning) reply.header('x-pulumi-warning', warning)
      return { updateID: id, requiredPolicies: [], messages: [], aiSettings: { copilotIsEnabled: false } }
    },
  )

  app.post<{ Params: UpdatePath; Body: StartBody; Querystring: StartQuery }>(
    `${STACK_PATH}/${kind}/:updateId`,
    {
      schema: { params: UpdatePath, body: StartBody, querystring: StartQuery },
      config: { allowStackToken: true },
    },
    async ({ principal, params: { updateId, ...names }, body, query }, reply) => {
      const stack = await loadStackFor(db, principal, names, 'preview')
      if (isRefusal(stack)) return refuse(reply, stack)
      if (!UUID.test(updateId)) return refuse(reply, updateNotFound(updateId))
      const journalVersion = body?.journalVersion ?? 0
      const request = { updateId, tags: body?.tags ?? undefined, journalVersion }
      const start = () => startUpdate(services, principal, stack, request)
      const redirects = query.redirects ?? 0
      const started =
        principal.kind === 'user'
          ? await start()
          : await waits.startWhenFree({ stackId: stack.id, updateId, redirects, gone: goneOf(reply), start })
      if (started === 'ask again') return reply.redirect(`?redirects=${redirects + 1}`, 307)
      return isRefusal(started) ? refuse(reply, started) : started
    },
  )

  app.post<{ Params: UpdatePath }>(
    `${STACK_PATH}/${kind}/:updateId/cancel`,
    { schema: { params: UpdatePath }, config: { allowStackToken: true } },
    async ({ principal, params: { updateId, ...names } }, reply) => {
      const stack = await loadStackFor(db, principal, names, 'preview')
      if (isRefusal(stack)) return refuse(reply, stack)
      if (!UUID.test(updateId)) return refuse(reply, updateNotFound(updateId))
      const refusal = await cancelUpdate(db, principal, stack, updateId)
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )
}

function goneOf(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  if (reply.raw.destroyed || reply.raw.socket?.destroyed !== false) gone.abort()
  return gone.signal
}

function watchRoutes(app: FastifyInstance, { db }: Services, kind: (typeof UPDATE_KINDS)[number]): void {
  app.get<{ Params: UpdatePath; Querystring: PageQuery }>(
    `${STACK_PATH}/${kind}/:updateId`,
    { schema: { params: UpdatePath, querystring: PageQuery }, config: { allowStackToken: true } },
    async ({ principal, params: { updateId, ...names } }, reply) => {
      const stack = await loadStackOf(db, principal, names, { updateId })
      if (isRefusal(stack)) return refuse(reply, stack)
      const update = UUID.test(updateId) ? await findUpdate(db, stack.id, updateId) : undefined
      if (!update) return refuse(reply, updateNotFound(updateId))
      const { status } = update
      const ended = status !== 'not started' && status !== 'running'
      return { status, events: [], continuationToken: ended ? null : '0' }
    },
  )

  app.get<{ Params: UpdatePath; Querystring: EventQuery }>(
    `${STACK_PATH}/${kind}/:updateId/events`,
    { schema: { params: UpdatePath, querystring: EventQuery }, config: { allowStackToken: true } },
    async ({ principal, params: { updateId, ...names }, query }, reply) => {
      const stack = await loadStackOf(db, principal, names, { updateId })
      if (isRefusal(stack)) return refuse(reply, stack)
      const update = UUID.test(updateId) ? await findUpdate(db, stack.id, updateId) : undefined
      if (!update) return refuse(reply, updateNotFound(updateId))
      if (update.eventsDeletedAt) return refuse(reply, eventsDeleted(update.eventsDeletedAt))
      const types = eventTypes([query.type ?? []].flat())
      if (!types) return refuse(reply, unknownEventType)
      const { continuationToken } = query
      const ended = update.status !== 'not started' && update.status !== 'running'
      const filter = { types: types.length > 0 ? types : undefined, urn: query.urn || undefined }
      const page = await readEventPage(db, { updateId: update.id, ended, continuationToken, filter })
      const token = JSON.stringify(page.continuationToken)
      return reply
        .type('application/json')
        .send(`{"events":[${page.events.join(',')}],"continuationToken":${token}}`)
    },
  )
}

const unknownEventType = {
  status: 400,
  reason: 'invalid_request',
  message: 'Bad Request: "type" must be the name or the number of an engine event.',
} as const
