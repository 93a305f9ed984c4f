/** What a stack is made of, without reading all of its state. */

import type { Refusal } from '@daypass/contract/errors.ts'
import { STACK_PATH } from '@daypass/contract/stack-path.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Database } from '../db/database.ts'
import { sendPieces } from '../http/streamed-answer.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { StackPath } from '../stacks/names.ts'
import { loadStackFor, type Stack } from '../stacks/stack.ts'
import { currentState } from './current-state.ts'
import { versionNotFound } from './history.ts'
import { oneResource, resourceListPieces } from './resource-list.ts'
import { refuseIfPruned } from './retention.ts'
import { NO_STATE } from './state-text.ts'
import type { PassingState } from './stored-state.ts'

const version = Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 })
const VersionPath = Type.Object({ ...StackPath.properties, version })
const ResourcePath = Type.Object({ ...StackPath.properties, urn: Type.String() })
const ResourceVersionPath = Type.Object({ ...VersionPath.properties, urn: Type.String() })

/** Undefined: the latest. */
type Path = StackPath & { readonly version?: number }
type OnePath = Path & { readonly urn: string }

interface Services {
  readonly db: Database
  readonly now: () => Date
}

export function resourceRoutes(app: FastifyInstance, { db, now }: Services): void {
  const config = { allowStackToken: true } as const

  const open = async (request: FastifyRequest<{ Params: Path }>): Promise<Opened | Refusal> => {
    const { version: asked, organization, project, stack: name } = request.params
    const stack = await loadStackFor(db, request.principal, { organization, project, stack: name }, 'read')
    if (isRefusal(stack)) return stack
    const refusal = await refuseVersion(db, stack, asked)
    if (refusal) return refusal
    const state = (await currentState(db, stack.id, { version: asked, now: now() })) ?? NO_STATE
    return { text: state.text, version: asked ?? stack.version }
  }

  const list = async (request: FastifyRequest<{ Params: Path }>, reply: FastifyReply) => {
    const opened = await open(request)
    if (isRefusal(opened)) return refuse(reply, opened)
    const pieces = resourceListPieces(opened.text, opened.version)
    return sendPieces(request, reply, { type: 'application/json', pieces })
  }

  const one = async (request: FastifyRequest<{ Params: OnePath }>, reply: FastifyReply) => {
    const opened = await open(request)
    if (isRefusal(opened)) return refuse(reply, opened)
    const resource = await oneResource(opened.text, request.params.urn)
    if (resource === undefined) return refuse(reply, resourceNotFound)
    const text = `{"resource":{"resource":${resource}},"region":"","version":${opened.version}}`
    return reply.type('application/json').send(text)
  }

  const base = `${STACK_PATH}/resources`
  app.get<{ Params: Path }>(`${base}/latest`, { schema: { params: StackPath }, config }, list)
  app.get<{ Params: Path }>(`${base}/:version`, { schema: { params: VersionPath }, config }, list)
  app.get<{ Params: OnePath }>(`${base}/latest/:urn`, { schema: { params: ResourcePath }, config }, one)
  app.get<{ Params: OnePath }>(
    `${base}/:version/:urn`,
    { schema: { params: ResourceVersionPath }, config },
    one,
  )
}

interface Opened extends Pick<PassingState, 'text'> {
  readonly version: number
}

async function refuseVersion(
  db: Database,
  stack: Stack,
  asked: number | undefined,
): Promise<Refusal | undefined> {
  if (asked === undefined) return undefined
  return asked > stack.version ? versionNotFound(asked) : refuseIfPruned(db, stack.id, asked)
}

const resourceNotFound: Refusal = {
  status: 404,
  reason: 'resource_not_found',
  message: 'Not Found: the stack has no resource with this URN.',
}
