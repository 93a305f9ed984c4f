/** Stacks over HTTP, in the shapes of the Pulumi service. */

import { STACK_PATH } from '@daypass/contract/stack-path.ts'
import { CreateStackRequest } from '@daypass/contract/state-requests.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { userOf } from '../access/authenticate.ts'
import { mayDeleteStack } from '../access/organization-rule.ts'
import { actorOf, personOf } from '../access/principal.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database, Queryable } from '../db/database.ts'
import { announce } from '../outbox/outbox.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { createStack } from './create.ts'
import { deleteStack } from './delete.ts'
import { type ListedStack, listStacks } from './list.ts'
import { StackPath } from './names.ts'
import { readCreateRequest } from './read-create-request.ts'
import { renameRoutes } from './rename-routes.ts'
import { retiredNameRoutes } from './retired-name-routes.ts'
import { loadStackFor, type Stack, type StateOfStacks } from './stack.ts'
import { tagRoutes } from './tag-routes.ts'

interface Services {
  readonly db: Database
  readonly randomUuid: () => string
  readonly state: StateOfStacks
  /** Which of some stacks have drifted. Drift knows of stacks, and not the other way round. */
  readonly driftedAmong: (db: Queryable, stackIds: readonly string[]) => Promise<ReadonlySet<string>>
}

const ProjectPath = Type.Object({ organization: Type.String(), project: Type.String() })
type ProjectPath = Static<typeof ProjectPath>

const ListQuery = Type.Object({
  organization: Type.Optional(Type.String()),
  project: Type.Optional(Type.String()),
  tagName: Type.Optional(Type.String()),
  tagValue: Type.Optional(Type.String()),
  continuationToken: Type.Optional(Type.String()),
  maxResults: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
})
type ListQuery = Static<typeof ListQuery>

const DeleteQuery = Type.Object({ force: Type.Optional(Type.Boolean()) })
type DeleteQuery = Static<typeof DeleteQuery>

export function stackRoutes(app: FastifyInstance, services: Services): void {
  projectRoutes(app, services)
  oneStackRoutes(app, services)
  tagRoutes(app, services)
  renameRoutes(app, services)
  retiredNameRoutes(app, services)
}

function projectRoutes(app: FastifyInstance, { db, randomUuid, state, driftedAmong }: Services): void {
  app.get<{ Querystring: ListQuery }>(
    '/api/user/stacks',
    { schema: { querystring: ListQuery }, config: { allowStackToken: true } },
    async ({ principal, query }) => {
      const { stacks, continuationToken } = await listStacks(db, principal, query)
      const drifted = await driftedAmong(
        db,
        stacks.map(({ id }) => id),
      )
      return {
        stacks: stacks.map((stack) => summaryOf(stack, drifted.has(stack.id))),
        continuationToken,
      }
    },
  )

  app.head<{ Params: ProjectPath }>(
    '/api/stacks/:organization/:project',
    { schema: { params: ProjectPath }, config: { allowStackToken: true } },
    async ({ principal, params: { organization, project } }, reply) => {
      const { stacks } = await listStacks(db, principal, { organization, project, maxResults: 1 })
      return reply.code(stacks.length > 0 ? 200 : 404).send()
    },
  )

  app.post<{ Params: ProjectPath; Body: Buffer }>(
    '/api/stacks/:organization/:project',
    {
      schema: { params: ProjectPath },
      config: { rawBody: true, stateBody: true, describedBody: CreateStackRequest },
    },
    async (request, reply) => {
      const asked = await readCreateRequest(request.params, request.body, state)
      if (isRefusal(asked)) return refuse(reply, asked)
      const refusal = await createStack(db, userOf(request), { id: randomUuid(), ...asked })
      return refusal ? refuse(reply, refusal) : { messages: [] }
    },
  )
}

function oneStackRoutes(app: FastifyInstance, { db, state }: Services): void {
  app.get<{ Params: StackPath }>(
    STACK_PATH,
    { schema: { params: StackPath }, config: { allowStackToken: true } },
    async ({ principal, params }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'read')
      return isRefusal(stack) ? refuse(reply, stack) : answerFor(stack)
    },
  )

  app.delete<{ Params: StackPath; Querystring: DeleteQuery }>(
    STACK_PATH,
    { schema: { params: StackPath, querystring: DeleteQuery } },
    async ({ principal, params, query }, reply) => {
      const refusal = await db.transaction(async (tx) => {
        const stack = await loadStackFor(tx, principal, params, 'admin')
        if (isRefusal(stack)) return stack
        const ruled = await mayDeleteStack(tx, principal, stack.organizationId)
        if (ruled) return ruled
        const refused = await deleteStack(tx, stack, { force: query.force === true, state })
        if (refused) return refused
        const target = nameOf(stack)
        const { organizationId } = stack
        await recordAudit(tx, { organizationId, actor: actorOf(principal), action: 'stack.deleted', target })
        await announce(tx, { event: 'stack_deleted', stack, by: personOf(principal) })
        return undefined
      })
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )
}

function nameOf({ organization, project, name }: Stack): string {
  return `${organization}/${project}/${name}`
}

/** No `config`: its presence would make the CLI ignore the file `Pulumi.<stack>.yaml`. */
function answerFor(stack: Stack): object {
  const { activeUpdate } = stack
  return {
    id: stack.id,
    orgName: stack.organization,
    projectName: stack.project,
    stackName: stack.name,
    activeUpdate: activeUpdate?.id ?? '',
    tags: stack.tags,
    version: stack.version,
    ...(activeUpdate?.running && {
      currentOperation: {
        kind: activeUpdate.kind,
        author: activeUpdate.author,
        started: unixSeconds(activeUpdate.startedAt),
      },
    }),
  }
}

function summaryOf(stack: ListedStack, driftDetected: boolean): object {
  const { activeUpdate } = stack
  return {
    id: stack.id,
    orgName: stack.organization,
    projectName: stack.project,
    stackName: stack.name,
    resourceCount: stack.resourceCount,
    links: { self: `/${nameOf(stack)}` },
    // Ours, for who shows many: how each stands, without a question for each.
    tags: stack.tags,
    deploymentsPaused: stack.deploymentsPaused,
    driftDetected,
    ...(stack.lastResult && { lastResult: stack.lastResult }),
    // 0 means that one is under way; a stack without updates has none.
    ...(activeUpdate && { lastUpdate: activeUpdate.endedAt ? unixSeconds(activeUpdate.endedAt) : 0 }),
  }
}

function unixSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000)
}
