/** `{S}/drift/…`: whether a stack has drifted, and the runs that looked. */

import { StackDriftStatus } from '@daypass/contract/deployments.ts'
import {
  DRIFT_RUN_PATH,
  DRIFT_RUNS_PATH,
  DRIFT_STATUS_PATH,
  DriftRun,
  ListDriftRunsResponse,
} from '@daypass/contract/drift.ts'
import type { Refusal } from '@daypass/contract/errors.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, type TSchema, Type } from 'typebox'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { StackPath } from '../stacks/names.ts'
import { loadStackFor } from '../stacks/stack.ts'
import { driftRunOf, driftRunsOf, driftStatusOf } from './drift.ts'

const RunPath = Type.Object({ ...StackPath.properties, runId: Type.String() })
type RunPath = Static<typeof RunPath>

const PageQuery = Type.Object({
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
})
const DEFAULT_PAGE_SIZE = 10

const about = (operationId: string, summary: string, params: TSchema) => ({
  operationId,
  summary,
  tags: ['Drift'],
  params,
})

export function driftRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  app.get<{ Params: StackPath }>(
    DRIFT_STATUS_PATH,
    {
      schema: {
        ...about('getStackDriftStatus', 'Read whether a stack has drifted', StackPath),
        response: { 200: StackDriftStatus },
      },
    },
    async ({ principal, params }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'read')
      return isRefusal(stack) ? refuse(reply, stack) : driftStatusOf(db, stack.id)
    },
  )

  app.get<{ Params: StackPath; Querystring: Static<typeof PageQuery> }>(
    DRIFT_RUNS_PATH,
    {
      schema: {
        ...about('listDriftRuns', 'List the drift runs of a stack', StackPath),
        querystring: PageQuery,
        response: { 200: ListDriftRunsResponse },
      },
    },
    async ({ principal, params, query: { page = 1, pageSize = DEFAULT_PAGE_SIZE } }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      const { runs, total } = await driftRunsOf(db, stack.id, { page, pageSize })
      const answer: ListDriftRunsResponse = { driftRuns: [...runs], itemsPerPage: pageSize, total }
      return answer
    },
  )

  app.get<{ Params: RunPath }>(
    DRIFT_RUN_PATH,
    {
      schema: { ...about('getDriftRun', 'Read a drift run', RunPath), response: { 200: DriftRun } },
    },
    async ({ principal, params: { runId, ...names } }, reply) => {
      const stack = await loadStackFor(db, principal, names, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      return (await driftRunOf(db, stack.id, runId)) ?? refuse(reply, noRun)
    },
  )
}

const noRun: Refusal = {
  status: 404,
  reason: 'not_found',
  message: 'Not Found: there is no such drift run on this stack.',
}
