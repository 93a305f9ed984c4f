/**
 * The life of an update over HTTP, as a person or a job opens and watches it. All later calls of a client use the
 * segment `update` whatever the kind; the other words are accepted too.
 */

import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { StackPath, TagMap } from '../stacks/names.ts'
import { loadStackFor } from '../stacks/stack.ts'
import type { IsOurKid } from './blot.ts'
import { cancelUpdate } from './end-update.ts'
import { readEventPage } from './events.ts'
import { createUpdate, startUpdate, updateNotFound } from './open-update.ts'
import { readCreateUpdate } from './read-update-request.ts'
import { findUpdate } from './update.sql.ts'
import { UPDATE_KINDS } from './update.ts'

interface Services {
  readonly db: Database
  readonly randomBytes: (count: number) => Buffer
  readonly randomUuid: () => string
  readonly isOurKid: IsOurKid
}

const STACK = '/api/stacks/:organization/:project/:stack'

export const UpdatePath = Type.Object({ ...StackPath.properties, updateId: Type.String() })
export type UpdatePath = Static<typeof UpdatePath>

const StartBody = Type.Union([
  Type.Null(),
  Type.Object(
    {
      tags: Type.Optional(Type.Union([TagMap, Type.Null()])),
      journalVersion: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
    },
    { additionalProperties: true }, // a newer CLI may say more
  ),
])
type StartBody = Static<typeof StartBody>

const PageQuery = Type.Object({ continuationToken: Type.Optional(Type.String()) })
type PageQuery = Static<typeof PageQuery>

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function updateRoutes(app: FastifyInstance, services: Services): void {
  for (const kind of UPDATE_KINDS) openRoutes(app, services, kind)
  for (const kind of UPDATE_KINDS) watchRoutes(app, services, kind)
}

function openRoutes(app: FastifyInstance, services: Services, kind: (typeof UPDATE_KINDS)[number]): void {
  const { db, randomUuid, isOurKid } = services

  app.post<{ Params: StackPath; Body: Buffer }>(
    `${STACK}/${kind}`,
    { schema: { params: StackPath }, config: { allowStackToken: true, rawBody: true, largeBody: true } },
    async ({ principal, params, body }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'preview')
      if (isRefusal(stack)) return refuse(reply, stack)
      const request = readCreateUpdate(body, isOurKid)
      if (isRefusal(request)) return refuse(reply, request)
      const id = randomUuid()
      const refusal = await createUpdate(db, principal, stack, { id, kind, request })
      if (refusal) return refuse(reply, refusal)
      return { updateID: id, requiredPolicies: [], messages: [], aiSettings: { copilotIsEnabled: false } }
    },
  )

  app.post<{ Params: UpdatePath; Body: StartBody }>(
    `${STACK}/${kind}/:updateId`,
    { schema: { params: UpdatePath, body: StartBody }, config: { allowStackToken: true } },
    async ({ principal, params: { updateId, ...names }, body }, reply) => {
      const stack = await loadStackFor(db, principal, names, 'preview')
      if (isRefusal(stack)) return refuse(reply, stack)
      if (!UUID.test(updateId)) return refuse(reply, updateNotFound(updateId))
      const started = await startUpdate(services, principal, stack, {
        updateId,
        tags: body?.tags ?? undefined,
      })
      // Whole states only for now: the client journals when it reads 1 here.
      return isRefusal(started) ? refuse(reply, started) : { ...started, journalVersion: 0 }
    },
  )

  app.post<{ Params: UpdatePath }>(
    `${STACK}/${kind}/:updateId/cancel`,
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

function watchRoutes(app: FastifyInstance, { db }: Services, kind: (typeof UPDATE_KINDS)[number]): void {
  app.get<{ Params: UpdatePath; Querystring: PageQuery }>(
    `${STACK}/${kind}/:updateId`,
    { schema: { params: UpdatePath, querystring: PageQuery }, config: { allowStackToken: true } },
    async ({ principal, params: { updateId, ...names } }, reply) => {
      const stack = await loadStackFor(db, principal, names, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      const update = UUID.test(updateId) ? await findUpdate(db, stack.id, updateId) : undefined
      if (!update) return refuse(reply, updateNotFound(updateId))
      const { status } = update
      const ended = status !== 'not started' && status !== 'running'
      return { status, events: [], continuationToken: ended ? null : '0' }
    },
  )

  app.get<{ Params: UpdatePath; Querystring: PageQuery }>(
    `${STACK}/${kind}/:updateId/events`,
    { schema: { params: UpdatePath, querystring: PageQuery }, config: { allowStackToken: true } },
    async ({ principal, params: { updateId, ...names }, query }, reply) => {
      const stack = await loadStackFor(db, principal, names, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      const update = UUID.test(updateId) ? await findUpdate(db, stack.id, updateId) : undefined
      if (!update) return refuse(reply, updateNotFound(updateId))
      const ended = update.status !== 'not started' && update.status !== 'running'
      const page = await readEventPage(db, update.id, ended, query.continuationToken)
      const token = JSON.stringify(page.continuationToken)
      return reply
        .type('application/json')
        .send(`{"events":[${page.events.join(',')}],"continuationToken":${token}}`)
    },
  )
}
