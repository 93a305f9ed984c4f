/** Reading and cancelling. Asking for a deployment is `triggers/rest`, its log is `logs/routes`. */
import {
  DEPLOYMENT_CANCEL_PATH,
  DEPLOYMENT_PATH,
  DEPLOYMENT_UPDATES_PATH,
  DEPLOYMENT_VERSION_PATH,
  DEPLOYMENTS_METADATA_PATH,
  DEPLOYMENTS_PATH,
  GetDeploymentResponse,
  JobStatus,
  ListDeploymentsResponse,
  ORGANIZATION_DEPLOYMENTS_METADATA_PATH,
  ORGANIZATION_DEPLOYMENTS_PATH,
  OrganizationDeploymentsMetadata,
  StackDeploymentsMetadata,
  type StackDriftStatus,
  UpdateInfo,
} from '@daypass/contract/deployments.ts'
import { Operation } from '@daypass/contract/job-protocol.ts'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Static, Type } from 'typebox'
import { userOf } from '../access/authenticate.ts'
import { memberOf } from '../access/organization.ts'
import { readableStacks } from '../access/permission.ts'
import type { Database, Queryable } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { loadStackOf } from '../stacks/removed.ts'
import { loadStackFor, type StackNames } from '../stacks/stack.ts'
import { deploymentAnswer, listedAnswer } from './answer.ts'
import { cancelDeployment } from './cancel.ts'
import { type Ending, notFound, publicStatus, type Status } from './deployment.ts'
import { updatesOf } from './linked-updates.sql.ts'
import {
  type DeploymentWithSettings,
  findById,
  findByVersion,
  hasHadVersion,
  isStackPaused,
  type Listed,
  listOf,
  type Page,
  pausesOf,
  type Sort,
  statusOf,
  stepsOf,
} from './read.sql.ts'
import { deploymentDeleted } from './retention.ts'
import { countsOf } from './tally.sql.ts'
import { waitingFor } from './waiting.ts'

const NoFilter = Type.Literal('')
const ListQuery = Type.Object({
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'From 1, the default.' })),
  pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: '10 when absent.' })),
  sort: Type.Optional(
    Type.Union(
      [
        NoFilter,
        Type.Literal('created'),
        Type.Literal('version'),
        Type.Literal('modified'),
        Type.Literal('status'),
        Type.Literal('operation'),
      ],
      { description: 'By creation when absent.' },
    ),
  ),
  asc: Type.Optional(Type.Boolean({ description: 'The oldest first; otherwise the newest.' })),
  status: Type.Optional(
    Type.Union([NoFilter, JobStatus, Type.Array(JobStatus)], { description: 'Only these; may be repeated.' }),
  ),
  operation: Type.Optional(
    Type.Union([NoFilter, Operation, Type.Array(Operation)], { description: 'Only these; may be repeated.' }),
  ),
})
type ListQuery = Static<typeof ListQuery>
const DEFAULT_PAGE_SIZE = 10
const TAGS = ['Deployments']
const NOTHING = Type.Null({ description: 'Nothing.' })

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
    {
      schema: {
        operationId: 'listStackDeployments',
        summary: 'List the deployments of a stack',
        tags: TAGS,
        querystring: ListQuery,
        response: { 200: ListDeploymentsResponse },
      },
    },
    async (request, reply) => {
      const stack = await loadStackFor(db, request.principal, request.params, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      const page = pageOf(request.query)
      return listAnswer(db, page, await listOf(db, { stackId: stack.id }, page))
    },
  )

  app.get<{ Params: { organization: string }; Querystring: ListQuery }>(
    ORGANIZATION_DEPLOYMENTS_PATH,
    {
      schema: {
        operationId: 'listOrganizationDeployments',
        summary: 'List the deployments of an organization',
        tags: TAGS,
        querystring: ListQuery,
        response: { 200: ListDeploymentsResponse },
      },
    },
    async (request, reply) => {
      const { organization } = request.params
      const membership = memberOf(request.principal, organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const page = pageOf(request.query)
      const { organizationId } = membership
      const readable = readableStacks(request.principal, organization)
      return listAnswer(db, page, await listOf(db, { organizationId, readable }, page))
    },
  )

  const one = { tags: TAGS, response: { 200: GetDeploymentResponse } }
  const byId = { ...one, operationId: 'getDeployment', summary: 'Read a deployment by its id' }
  app.get<{ Params: OnePath }>(DEPLOYMENT_PATH, { schema: byId }, async (request, reply) => {
    const stack = await loadStackOf(db, request.principal, request.params, request.params)
    if (isRefusal(stack)) return refuse(reply, stack)
    return oneAnswer(db, reply, await findById(db, stack.id, request.params.deploymentId))
  })

  const byVersion = {
    ...one,
    operationId: 'getDeploymentByVersion',
    summary: 'Read a deployment by its number in its stack',
  }
  const versionRoute = { schema: byVersion }
  app.get<{ Params: StackNames & { version: string } }>(
    DEPLOYMENT_VERSION_PATH,
    versionRoute,
    async (request, reply) => {
      const stack = await loadStackFor(db, request.principal, request.params, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      const { version } = request.params
      const found = await findByVersion(db, stack.id, version)
      if (!found && (await hasHadVersion(db, stack.id, version)))
        return refuse(reply, deploymentDeleted(version))
      return oneAnswer(db, reply, found)
    },
  )

  const updates = {
    operationId: 'listDeploymentUpdates',
    summary: 'List the updates that a deployment began, the one to follow first',
    tags: TAGS,
    response: { 200: Type.Array(UpdateInfo) },
  }
  app.get<{ Params: OnePath }>(DEPLOYMENT_UPDATES_PATH, { schema: updates }, async (request, reply) => {
    const stack = await loadStackOf(db, request.principal, request.params, request.params)
    if (isRefusal(stack)) return refuse(reply, stack)
    const { deploymentId } = request.params
    if ((await statusOf(db, stack.id, deploymentId)) === undefined) return refuse(reply, notFound())
    return services.updatesOfDeployment(db, deploymentId)
  })

  const cancel = {
    operationId: 'cancelDeployment',
    summary: 'Cancel a deployment',
    tags: TAGS,
    response: { 200: NOTHING },
  }
  app.post<{ Params: OnePath }>(DEPLOYMENT_CANCEL_PATH, { schema: cancel }, async (request, reply) => {
    const stack = await loadStackFor(db, request.principal, request.params, 'write')
    if (isRefusal(stack)) return refuse(reply, stack)
    const { deploymentId } = request.params
    const target = { stackId: stack.id, deploymentId, by: userOf(request).login }
    const cancelled = await cancelDeployment(services, target)
    return isRefusal(cancelled) ? refuse(reply, cancelled) : reply.code(200).send()
  })

  const metadata = {
    summary: 'Whether deployments of a stack are paused',
    tags: TAGS,
    response: { 200: StackDeploymentsMetadata },
  }
  app.get<{ Params: StackNames }>(DEPLOYMENTS_METADATA_PATH, { schema: metadata }, async (request, reply) => {
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
    {
      schema: {
        summary: 'Count the deployments of an organization, and say whether they are paused',
        tags: TAGS,
        response: { 200: OrganizationDeploymentsMetadata },
      },
    },
    async (request, reply) => {
      const membership = memberOf(request.principal, request.params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
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
  const answer = deploymentAnswer(row, await stepsOf(db, [row.id]), await updatesOf(db, [row.id]))
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

function pageOf(query: ListQuery): Page {
  const { page = 1, pageSize = DEFAULT_PAGE_SIZE, sort = '', asc = false } = query
  const wanted = manyOf(query.status)
  const sortedBy: Sort = sort === '' ? 'created' : sort
  return {
    page,
    pageSize,
    sort: sortedBy,
    ascending: asc,
    statuses: wanted && STATUSES.filter((one) => wanted.includes(publicStatus(one))),
    operations: manyOf(query.operation),
  }
}

/** Undefined: all of them. */
function manyOf<Word extends string>(
  given: '' | Word | readonly Word[] | undefined,
): readonly Word[] | undefined {
  if (given === undefined || given === '') return undefined
  return typeof given === 'string' ? [given] : given
}
