/** `rename` is the CLI's, `transfer` Pulumi's console's. A job's token may do neither: its own deployment is running. */

import { STACK_PATH } from '@daypass/contract/stack-path.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { userOf } from '../access/authenticate.ts'
import { refuse } from '../refuse.ts'
import { ProjectName, StackName, StackPath } from './names.ts'
import { type RenameServices, renameStack, transferStack } from './rename.ts'

/** Empty or absent: as it is. */
const maybe = (name: typeof StackName) => Type.Optional(Type.Union([name, Type.Literal('')]))

const RenameBody = Type.Object(
  { newName: maybe(StackName), newProject: maybe(ProjectName) },
  { additionalProperties: false },
)
type RenameBody = Static<typeof RenameBody>

/** Who the stack belongs to now may be said twice; then both must agree. */
const TransferBody = Type.Object(
  {
    toOrg: Type.String({ minLength: 1 }),
    fromOrg: Type.Optional(Type.String()),
    projectName: Type.Optional(Type.String()),
    stackName: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)
type TransferBody = Static<typeof TransferBody>

export function renameRoutes(app: FastifyInstance, services: RenameServices): void {
  app.post<{ Params: StackPath; Body: RenameBody }>(
    `${STACK_PATH}/rename`,
    { schema: { params: StackPath, body: RenameBody } },
    async (request, reply) => {
      const { params, body } = request
      const to = { project: body.newProject || params.project, name: body.newName || params.stack }
      const refusal = await renameStack(services, userOf(request), params, to)
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )

  app.post<{ Params: StackPath; Body: TransferBody }>(
    `${STACK_PATH}/transfer`,
    { schema: { params: StackPath, body: TransferBody } },
    async (request, reply) => {
      const { params, body } = request
      if (!isSame(params, body)) return refuse(reply, otherStack)
      const refusal = await transferStack(services, userOf(request), params, body.toOrg)
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )
}

function isSame(path: StackPath, { fromOrg, projectName, stackName }: TransferBody): boolean {
  return (
    (fromOrg || path.organization) === path.organization &&
    (projectName || path.project) === path.project &&
    (stackName || path.stack) === path.stack
  )
}

const otherStack = {
  status: 400,
  reason: 'invalid_request',
  message: 'Bad Request: "fromOrg", "projectName" and "stackName" must be those of the path, or absent.',
} as const
