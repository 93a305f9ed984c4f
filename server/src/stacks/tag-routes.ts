/** A stack's tags: the CLI replaces them all at once, Pulumi's provider changes one by one. */

import { STACK_PATH } from '@daypass/contract/stack-path.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { StackPath, TagMap, TagName, TagValue } from './names.ts'
import { removeTag, setTag, setTags } from './stack.sql.ts'
import { loadStackFor } from './stack.ts'

const TagPath = Type.Object({ ...StackPath.properties, tag: Type.String() })
type TagPath = Static<typeof TagPath>
const AllTags = Type.Union([TagMap, Type.Null()])
type AllTags = Static<typeof AllTags>
const OneTag = Type.Object({ name: TagName, value: TagValue }, { additionalProperties: false })
type OneTag = Static<typeof OneTag>

export function tagRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  const params = StackPath
  app.patch<{ Params: StackPath; Body: AllTags }>(
    `${STACK_PATH}/tags`,
    { schema: { params, body: AllTags } },
    async (request, reply) => {
      const stack = await loadStackFor(db, request.principal, request.params, 'write')
      if (isRefusal(stack)) return refuse(reply, stack)
      await setTags(db, stack.id, request.body ?? {})
      return reply.code(204).send()
    },
  )

  app.post<{ Params: StackPath; Body: OneTag }>(
    `${STACK_PATH}/tags`,
    { schema: { params, body: OneTag } },
    async (request, reply) => {
      const stack = await loadStackFor(db, request.principal, request.params, 'write')
      if (isRefusal(stack)) return refuse(reply, stack)
      const { name, value } = request.body
      if (Object.hasOwn(stack.tags, name)) {
        const message = `Conflict: the stack has a tag "${name}" already.`
        return refuse(reply, { status: 409, reason: 'tag_exists', message })
      }
      await setTag(db, stack.id, name, value)
      return reply.code(204).send()
    },
  )

  app.patch<{ Params: TagPath; Body: OneTag }>(
    `${STACK_PATH}/tags/:tag`,
    { schema: { params: TagPath, body: OneTag } },
    async ({ principal, params: { tag, ...names }, body }, reply) => {
      const stack = await loadStackFor(db, principal, names, 'write')
      if (isRefusal(stack)) return refuse(reply, stack)
      if (!Object.hasOwn(stack.tags, tag)) return refuse(reply, tagNotFound(tag))
      await db.transaction(async (tx) => {
        if (body.name !== tag) await removeTag(tx, stack.id, tag)
        await setTag(tx, stack.id, body.name, body.value)
      })
      return reply.code(204).send()
    },
  )

  app.delete<{ Params: TagPath }>(
    `${STACK_PATH}/tags/:tag`,
    { schema: { params: TagPath } },
    async ({ principal, params: { tag, ...names } }, reply) => {
      const stack = await loadStackFor(db, principal, names, 'write')
      if (isRefusal(stack)) return refuse(reply, stack)
      if (!Object.hasOwn(stack.tags, tag)) return refuse(reply, tagNotFound(tag))
      await removeTag(db, stack.id, tag)
      return reply.code(204).send()
    },
  )
}

function tagNotFound(tag: string) {
  return {
    status: 404,
    reason: 'tag_not_found',
    message: `Not Found: the stack has no tag "${tag}".`,
  } as const
}
