/** Reading and cancelling. Asking for a deployment is `triggers/rest`, its log is `logs/routes`. */
import {
  DEPLOYMENT_CANCEL_PATH,
  DEPLOYMENT_PATH,
  DEPLOYMENT_UPDATES_PATH,
  DEPLOYMENT_VERSION_PATH,
  DEPLOYMENTS_METADATA_PATH,
  DEPLOYMENTS_PATH,
  type JobStatus,
  type ListDeploymentsResponse,
  ORGANIZATION_DEPLOYMENTS_METADATA_PATH,
  ORGANIZATION_DEPLOYMENTS_PATH,
  type OrganizationDeploymentsMetadata,
  type StackDeploymentsMetadata,
  type StackDriftStatus,
} from '@daypass/contract/deployments.ts'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Static, Type } from 'typebox'
import { userOf } from '../access/authenticate.ts'
import { membershipIn } from '../access/permission.ts'
import type { Database, Queryable } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { loadStackOf } from '../stacks/removed.ts'
import { loadStackFor, type StackNames } from '../stacks/stack.ts'
import { deploymentAnswer, listedAnswer } from './answer.ts'
import { cancelDeployment } from './cancel.ts'
import { type Ending, notFound, publicStatus, type Status } from './deployment.ts'
import { updatesOf } from './linked-updates.sql.ts'
import {
  countsOf,
  type DeploymentWithSettings,
  findById,
  findByVersion,
  isStackPaused,
  type Listed,
  listOf,
  type Page,
  pausesOf,
  SORTS,
  type Sort,
  statusOf,
  stepsOf,
} from './read.sql.ts'
import { waitingFor } from './waiting.ts'

const ListQuery = Type.Object({
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  sort: Type.Optional(
    Type.Union([
      Type.Literal(''),
      Type.Literal('created'),
      Type.Literal('version'),
      Type.Literal('modified'),
      Type.Literal('status'),
    ]),
  ),
  asc: Type.Optional(Type.Boolean()),
  status: Type.Optional(Type.String()),
})
type ListQuery = Static<typeof ListQuery>
const DEFAULT_PAGE_SIZE = 10

type OnePath = StackNames & { readonly deploymentId: string }

export interface DeploymentRouteServices {
  readonly db: Database
  readonly ending: Ending
  /** The full form of the updates that a deployment began, the one to follow first: the state's (`state/update`). */
  readonly updatesOfDeployment: (db: Queryable, deploymentId: string) => Promise<readonly object[]>
  readonly hasSchedules: (db: Queryable, stackId: string) => Promise<boolean>
  readonly driftStatusOf: (db: Queryable, stackId: string) => Promise<StackDriftStatus>
}

export function deploymentRoutes(app: FastifyInstance, services: DeploymentRouteServices): void {
  const { db } = services

  app.get<{ Params: StackNames; Querystring: ListQuery }>(
    DEPLOYMENTS_PATH,
    { schema: { querystring: ListQuery } },
    async (request, reply) => {
      const stack = await loadStackFor(db, request.principal, request.params, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      const page = pageOf(request.query)
      if (!page) return refuse(reply, unknownStatus)
      return listAnswer(db, page, await listOf(db, { stackId: stack.id }, page))
    },
  )

  app.get<{ Params: { organization: string }; Querystring: ListQuery }>(
    ORGANIZATION_DEPLOYMENTS_PATH,
    { schema: { querystring: ListQuery } },
    async (request, reply) => {
      const membership = membershipIn(request.principal, request.params.organization)
      if (!membership) return refuse(reply, notAMember)
      const page = pageOf(request.query)
      if (!page) return refuse(reply, unknownStatus)
      const { organizationId } = membership
      return listAnswer(db, page, await listOf(db, { organizationId }, page))
    },
  )

  app.get<{ Params: OnePath }>(DEPLOYMENT_PATH, async (request, reply) => {
    const stack = await loadStackOf(db, request.principal, request.params, request.params)
    if (isRefusal(stack)) return refuse(reply, stack)
    return oneAnswer(db, reply, await findById(db, stack.id, request.params.deploymentId))
  })

  app.get<{ Params: StackNames & { version: string } }>(DEPLOYMENT_VERSION_PATH, async (request, reply) => {
    const stack = await loadStackFor(db, request.principal, request.params, 'read')
    if (isRefusal(stack)) return refuse(reply, stack)
    return oneAnswer(db, reply, await findByVersion(db, stack.id, request.params.version))
  })

  app.get<{ Params: OnePath }>(DEPLOYMENT_UPDATES_PATH, async (request, reply) => {
    const stack = await loadStackOf(db, request.principal, request.params, request.params)
    if (isRefusal(stack)) return refuse(reply, stack)
    const { deploymentId } = request.params
    if ((await statusOf(db, stack.id, deploymentId)) === undefined) return refuse(reply, notFound())
    return services.updatesOfDeployment(db, deploymentId)
  })

  app.post<{ Params: OnePath }>(DEPLOYMENT_CANCEL_PATH, async (request, reply) => {
    const stack = await loadStackFor(db, request.principal, request.params, 'write')
    if (isRefusal(stack)) return refuse(reply, stack)
    const { deploymentId } = request.params
    const target = { stackId: stack.id, deploymentId, by: userOf(request).login }
    const cancelled = await cancelDeployment(services, target)
    return isRefusal(cancelled) ? refuse(reply, cancelled) : reply.code(200).send()
  })

  app.get<{ Params: StackNames }>(DEPLOYMENTS_METADATA_PATH, async (request, reply) => {
    const stack = await loadStackFor(db, request.principal, request.params, 'read')
    if (isRefusal(stack)) return refuse(reply, stack)
    const organizationPaused = (await pausesOf(db, stack.organizationId))?.organizationPaused === true
    const stackPaused = await isStackPaused(db, stack.id)
    const drift = await services.driftStatusOf(db, stack.id)
    const answer: StackDeploymentsMetadata = {
      paused: stackPaused || organizationPaused,
      stackPaused,
      organizationPaused,
      hasSchedules: await services.hasSchedules(db, stack.id),
      ...(drift.latestDriftRun !== '' && { drift }),
    }
    return answer
  })

  app.get<{ Params: { organization: string } }>(
    ORGANIZATION_DEPLOYMENTS_METADATA_PATH,
    async (request, reply) => {
      const membership = membershipIn(request.principal, request.params.organization)
      if (!membership) return refuse(reply, notAMember)
      const pauses = await pausesOf(db, membership.organizationId)
      const counts = new Map<JobStatus, number>()
      for (const { status, count } of await countsOf(db, membership.organizationId)) {
        counts.set(publicStatus(status), (counts.get(publicStatus(status)) ?? 0) + count)
      }
      const answer: OrganizationDeploymentsMetadata = {
        paused: pauses?.organizationPaused === true,
        concurrency: pauses?.concurrency ?? 0,
        deploymentCounts: {
          notStarted: counts.get('not-started') ?? 0,
          accepted: counts.get('accepted') ?? 0,
          running: counts.get('running') ?? 0,
          failed: counts.get('failed') ?? 0,
          succeeded: counts.get('succeeded') ?? 0,
          skipped: counts.get('skipped') ?? 0,
          total: counts.values().reduce((sum, count) => sum + count, 0),
        },
      }
      return answer
    },
  )
}

async function oneAnswer(db: Queryable, reply: FastifyReply, row: DeploymentWithSettings | undefined) {
  if (!row) return refuse(reply, notFound())
  const waiting = (await waitingFor(db, notStarted([row]))).get(row.id)
  const answer = deploymentAnswer(row, await stepsOf(db, [row.id]))
  return { ...answer, ...(waiting && { waitingFor: waiting }) }
}

async function listAnswer(db: Queryable, page: Page, listed: Listed): Promise<ListDeploymentsResponse> {
  const ids = listed.rows.map(({ id }) => id)
  const steps = Map.groupBy(await stepsOf(db, ids), ({ deploymentId }) => deploymentId)
  const updates = Map.groupBy(await updatesOf(db, ids), ({ deploymentId }) => deploymentId)
  const waiting = await waitingFor(db, notStarted(listed.rows))
  return {
    deployments: listed.rows.map((row) => {
      const answer = listedAnswer(row, steps.get(row.id) ?? [], updates.get(row.id) ?? [])
      const reason = waiting.get(row.id)
      return { ...answer, ...(reason && { waitingFor: reason }) }
    }),
    itemsPerPage: page.pageSize,
    total: listed.total,
  }
}

function notStarted(rows: readonly Pick<DeploymentWithSettings, 'id' | 'status'>[]): string[] {
  return rows.filter(({ status }) => publicStatus(status) === 'not-started').map(({ id }) => id)
}

const STATUSES: readonly Status[] = [
  'waiting',
  'ready',
  'accepted',
  'running',
  'succeeded',
  'failed',
  'skipped',
]

/** Undefined for a status that does not exist. */
function pageOf({
  page = 1,
  pageSize = DEFAULT_PAGE_SIZE,
  sort,
  asc = false,
  status,
}: ListQuery): Page | undefined {
  const statuses = status ? STATUSES.filter((one) => publicStatus(one) === status) : undefined
  if (statuses?.length === 0) return undefined
  const sortedBy: Sort = sort !== undefined && sort in SORTS ? (sort as Sort) : 'created'
  return { page, pageSize, sort: sortedBy, ascending: asc, statuses }
}

const unknownStatus = {
  status: 400,
  reason: 'invalid_request',
  message: 'status must be one of not-started, accepted, running, failed, succeeded and skipped.',
} as const

const notAMember = {
  status: 403,
  reason: 'not_a_member',
  message: 'You are not a member of such an organization.',
} as const
