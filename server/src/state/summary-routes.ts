/** Small answers about a stack's latest state and history, for programs that would otherwise read all of it. */

import { STACK_PATH } from '@daypass/contract/stack-path.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { StackPath } from '../stacks/names.ts'
import { loadStackFor } from '../stacks/stack.ts'
import { currentState } from './current-state.ts'
import { countHistory, selectHistory, selectHistoryEntry } from './history.sql.ts'
import { fullInfoFrom, infoFrom, versionNotFound } from './history.ts'
import { rootOutputs } from './root-outputs.ts'
import { NO_STATE } from './state-text.ts'
import { latestResourceCount } from './stored-state.sql.ts'

const VersionPath = Type.Object({
  ...StackPath.properties,
  version: Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 }),
})
type VersionPath = Static<typeof VersionPath>

const ACTIVITY_PAGE = 25
const MOST_ACTIVITY = 100
const ActivityQuery = Type.Object({
  page: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  pageSize: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
})
type ActivityQuery = Static<typeof ActivityQuery>

interface Services {
  readonly db: Database
  readonly now: () => Date
}

export function summaryRoutes(app: FastifyInstance, { db, now }: Services): void {
  const config = { allowStackToken: true } as const

  app.get<{ Params: VersionPath }>(
    `${STACK_PATH}/updates/:version/summary`,
    { schema: { params: VersionPath }, config },
    async ({ principal, params: { version, ...names } }, reply) => {
      const stack = await loadStackFor(db, principal, names, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      const row = await selectHistoryEntry(db, stack.id, version)
      if (!row) return refuse(reply, versionNotFound(version))
      const { result, startTime, endTime, resourceCount = 0 } = infoFrom(row)
      return { result, startTime, endTime, resourceCount }
    },
  )

  app.get<{ Params: StackPath }>(
    `${STACK_PATH}/resources/count`,
    { schema: { params: StackPath }, config },
    async ({ principal, params }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      return { resourceCount: await latestResourceCount(db, stack.id), version: stack.version }
    },
  )

  // Secrets stay ciphertexts, as they do in an export.
  app.get<{ Params: StackPath }>(
    `${STACK_PATH}/outputs`,
    { schema: { params: StackPath }, config },
    async ({ principal, params }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      const state = await currentState(db, stack.id, { version: undefined, now: now() })
      const outputs = await rootOutputs((state ?? NO_STATE).text)
      const answer = Buffer.concat([Buffer.from('{"outputs":'), outputs, Buffer.from('}')])
      return reply.type('application/json').send(answer)
    },
  )

  // Updates only: the deployments of a stack have a list of their own.
  app.get<{ Params: StackPath; Querystring: ActivityQuery }>(
    `${STACK_PATH}/activity`,
    { schema: { params: StackPath, querystring: ActivityQuery }, config },
    async ({ principal, params, query }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      const limit = Math.min(query.pageSize || ACTIVITY_PAGE, MOST_ACTIVITY)
      const offset = limit * (Math.max(query.page ?? 1, 1) - 1)
      const rows = await selectHistory(db, stack.id, { limit, offset })
      const total = await countHistory(db, stack.id)
      return { activity: rows.map((row) => ({ update: fullInfoFrom(row) })), itemsPerPage: limit, total }
    },
  )
}
