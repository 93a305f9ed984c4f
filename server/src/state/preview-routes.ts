/** Previews: kept apart from the history, for they change nothing. */

import { STACK_PATH } from '@daypass/contract/stack-path.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Principal } from '../access/principal.ts'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { StackPath } from '../stacks/names.ts'
import { loadStackFor, type StackNames } from '../stacks/stack.ts'
import { fullInfoFrom } from './history.ts'
import { updateNotFound } from './open-update.ts'
import { countPreviews, selectPreview, selectPreviews } from './preview.sql.ts'

const VersionPath = Type.Object({
  ...StackPath.properties,
  version: Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 }),
})
type VersionPath = Static<typeof VersionPath>
const UpdatePath = Type.Object({ ...StackPath.properties, updateId: Type.String() })
type UpdatePath = Static<typeof UpdatePath>

const MOST = 100
const PreviewQuery = Type.Object({
  page: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  pageSize: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  /** Oldest first, as Pulumi's service does when nothing is said. */
  asc: Type.Optional(Type.Boolean()),
})
type PreviewQuery = Static<typeof PreviewQuery>

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function previewRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  const answer = async (
    principal: Principal,
    names: StackNames,
    version: number | undefined,
    query: PreviewQuery,
  ) => {
    const stack = await loadStackFor(db, principal, names, 'read')
    if (isRefusal(stack)) return stack
    const limit = Math.min(query.pageSize || MOST, MOST)
    const offset = limit * (Math.max(query.page ?? 1, 1) - 1)
    const page = { version, oldestFirst: query.asc !== false, limit, offset }
    const rows = await selectPreviews(db, stack.id, page)
    const total = await countPreviews(db, stack.id, version)
    return { updates: rows.map(fullInfoFrom), itemsPerPage: limit, total }
  }
  const config = { allowStackToken: true } as const

  // Of any version: who asks for the latest preview may just have updated the stack.
  app.get<{ Params: StackPath; Querystring: PreviewQuery }>(
    `${STACK_PATH}/updates/latest/previews`,
    { schema: { params: StackPath, querystring: PreviewQuery }, config },
    async ({ principal, params, query }, reply) => {
      const page = await answer(principal, params, undefined, query)
      return isRefusal(page) ? refuse(reply, page) : page
    },
  )

  app.get<{ Params: VersionPath; Querystring: PreviewQuery }>(
    `${STACK_PATH}/updates/:version/previews`,
    { schema: { params: VersionPath, querystring: PreviewQuery }, config },
    async ({ principal, params: { version, ...names }, query }, reply) => {
      const page = await answer(principal, names, version, query)
      return isRefusal(page) ? refuse(reply, page) : page
    },
  )

  app.get<{ Params: UpdatePath }>(
    `${STACK_PATH}/previews/:updateId`,
    { schema: { params: UpdatePath }, config },
    async ({ principal, params: { updateId, ...names } }, reply) => {
      const stack = await loadStackFor(db, principal, names, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      const row = UUID.test(updateId) ? await selectPreview(db, stack.id, updateId) : undefined
      return row ? fullInfoFrom(row) : refuse(reply, updateNotFound(updateId))
    },
  )
}
