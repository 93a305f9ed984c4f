/** A stack's state out and in, and its history. */

import { STACK_PATH } from '@daypass/contract/stack-path.ts'
import { UntypedDeployment } from '@daypass/contract/state-requests.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Database } from '../db/database.ts'
import { sendPieces } from '../http/streamed-answer.ts'
import { piecesOf, streamedBodies } from '../http/streamed-body.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { StackPath } from '../stacks/names.ts'
import { loadStackFor, type Stack } from '../stacks/stack.ts'
import { currentState } from './current-state.ts'
import { exportPieces } from './export-text.ts'
import { countHistory, selectHistory, selectHistoryEntry } from './history.sql.ts'
import { fullInfoFrom, infoFrom, versionNotFound } from './history.ts'
import { importState } from './import-state.ts'
import { refuseIfPruned } from './retention.ts'
import { receiveState } from './sent-state.ts'
import { NO_STATE } from './state-text.ts'

interface Services {
  readonly db: Database
  readonly randomUuid: () => string
  /** The canonical URL, without a slash at its end: what the CLI is logged in to. */
  readonly baseUrl: string
  readonly now: () => Date
}

const VersionPath = Type.Object({
  ...StackPath.properties,
  version: Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 }),
})
type VersionPath = Static<typeof VersionPath>

/** A smaller state is quicker made as a whole. */
const STREAMED_FROM_BYTES = 1024 * 1024

/** The CLI leaves both out when it wants everything. */
const HistoryQuery = Type.Object({
  page: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  pageSize: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  'output-type': Type.Optional(Type.String()),
})
type HistoryQuery = Static<typeof HistoryQuery>

export function stateTransferRoutes(app: FastifyInstance, services: Services): void {
  exportRoutes(app, services)
  importRoute(app, services)
  historyRoutes(app, services)
}

function exportRoutes(app: FastifyInstance, { db, baseUrl, now }: Services): void {
  const answer = async (
    request: FastifyRequest,
    reply: FastifyReply,
    stack: Stack,
    version: number | undefined,
  ): Promise<FastifyReply> => {
    const state = (await currentState(db, stack.id, { version, now: now() })) ?? NO_STATE
    const { organization: owner, project, name } = stack
    const pieces = exportPieces(state, { url: baseUrl, owner, project, stack: name })
    if (state.byteCount > STREAMED_FROM_BYTES)
      return sendPieces(request, reply, { type: 'application/json', pieces })
    return reply.type('application/json').send(Buffer.concat(await Array.fromAsync(pieces)))
  }

  app.get<{ Params: StackPath }>(
    `${STACK_PATH}/export`,
    { schema: { params: StackPath }, config: { allowStackToken: true } },
    async (request, reply) => {
      const stack = await loadStackFor(db, request.principal, request.params, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      return answer(request, reply, stack, undefined)
    },
  )

  app.get<{ Params: VersionPath }>(
    `${STACK_PATH}/export/:version`,
    { schema: { params: VersionPath }, config: { allowStackToken: true } },
    async (request, reply) => {
      const { version, ...names } = request.params
      const stack = await loadStackFor(db, request.principal, names, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      if (version > stack.version) return refuse(reply, versionNotFound(version))
      const pruned = await refuseIfPruned(db, stack.id, version)
      if (pruned) return refuse(reply, pruned)
      return answer(request, reply, stack, version)
    },
  )
}

function importRoute(app: FastifyInstance, { db, randomUuid }: Services): void {
  app.register(async (scope) => {
    streamedBodies(scope)

    scope.post<{ Params: StackPath }>(
      `${STACK_PATH}/import`,
      {
        schema: { params: StackPath },
        config: { allowStackToken: true, stateBody: true, describedBody: UntypedDeployment },
      },
      async (request, reply) => {
        const { principal, params } = request
        const stack = await loadStackFor(db, principal, params, 'write')
        if (isRefusal(stack)) return refuse(reply, stack)
        const state = await receiveState(piecesOf(request))
        if (isRefusal(state)) return refuse(reply, state)
        const updateId = randomUuid()
        const refusal = await importState(db, principal, stack, { updateId, state })
        return refusal ? refuse(reply, refusal) : { updateId }
      },
    )
  })
}

function historyRoutes(app: FastifyInstance, { db }: Services): void {
  app.get<{ Params: StackPath; Querystring: HistoryQuery }>(
    `${STACK_PATH}/updates`,
    { schema: { params: StackPath, querystring: HistoryQuery }, config: { allowStackToken: true } },
    async ({ principal, params, query }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      const limit = query.pageSize || undefined
      const rows = await selectHistory(db, stack.id, {
        limit,
        offset: limit ? limit * (Math.max(query.page ?? 1, 1) - 1) : 0,
      })
      if (query['output-type'] !== 'service') return { updates: rows.map(infoFrom) }
      const total = await countHistory(db, stack.id)
      return { updates: rows.map(fullInfoFrom), itemsPerPage: limit ?? rows.length, total }
    },
  )

  app.get<{ Params: StackPath }>(
    `${STACK_PATH}/updates/latest`,
    { schema: { params: StackPath }, config: { allowStackToken: true } },
    async ({ principal, params }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      const row = await selectHistoryEntry(db, stack.id, undefined)
      return row ? fullInfoFrom(row) : refuse(reply, neverUpdated)
    },
  )

  app.get<{ Params: VersionPath }>(
    `${STACK_PATH}/updates/:version`,
    { schema: { params: VersionPath }, config: { allowStackToken: true } },
    async ({ principal, params: { version, ...names } }, reply) => {
      const stack = await loadStackFor(db, principal, names, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      const row = await selectHistoryEntry(db, stack.id, version)
      return row ? fullInfoFrom(row) : refuse(reply, versionNotFound(version))
    },
  )
}

const neverUpdated = {
  status: 404,
  reason: 'never_updated',
  message: 'Not Found: this stack has never been updated.',
} as const
