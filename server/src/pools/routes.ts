/** `/api/orgs/{org}/agent-pools`, as Pulumi has it. Members see which pools there are, admins do the rest. */
import {
  AGENT_POOL_PATH,
  AGENT_POOLS_PATH,
  AgentPoolDetail,
  CreateAgentPoolRequest,
  CreateAgentPoolResponse,
  ListAgentPoolsResponse,
  PatchAgentPoolRequest,
  PatchAgentPoolResponse,
} from '@daypass/contract/agent-pools.ts'
import type { Refusal } from '@daypass/contract/errors.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { userOf } from '../access/authenticate.ts'
import { adminOf, memberOf } from '../access/organization.ts'
import { makePool, poolExists } from '../access/pool.ts'
import { actorOf, type Membership } from '../access/principal.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import { isUniqueViolation } from '../db/errors.ts'
import { isUuid } from '../db/uuid.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { stacksThatName } from './delete.sql.ts'
import { deletePool, noSuchPool } from './delete.ts'
import { findPool, listPools, listRunners, type PoolRow, patchPool } from './pool.sql.ts'
import { poolAnswer, poolDetailAnswer } from './pool.ts'

const Organization = Type.Object({ organization: Type.String() })
const OnePool = Type.Object({ organization: Type.String(), poolId: Type.String() })
type OnePool = Static<typeof OnePool>
const DeleteQuery = Type.Object({
  force: Type.Optional(Type.Boolean({ description: 'Also when stacks or deployments use it.' })),
})
const NOTHING = Type.Null({ description: 'Nothing.' })

export interface PoolServices {
  readonly db: Database
  readonly now: () => Date
  readonly randomBytes: (count: number) => Buffer
  readonly randomUuid: () => string
}

export function agentPoolRoutes(app: FastifyInstance, services: PoolServices): void {
  const { db, now } = services
  const tags = ['Pools']

  app.get<{ Params: Static<typeof Organization> }>(
    AGENT_POOLS_PATH,
    {
      schema: {
        operationId: 'listAgentPools',
        summary: 'List the pools of an organization',
        tags,
        params: Organization,
        response: { 200: ListAgentPoolsResponse },
      },
    },
    async (request, reply) => {
      const membership = memberOf(request.principal, request.params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const pools = await listPools(db, membership.organizationId)
      const isDefault = pools.find((pool) => pool.isDefault)
      const answer: ListAgentPoolsResponse = {
        agentPools: pools.map((pool) => poolAnswer(pool, now())),
        ...(isDefault && { defaultAgentPoolID: isDefault.id }),
      }
      return answer
    },
  )

  app.post<{ Params: Static<typeof Organization>; Body: CreateAgentPoolRequest }>(
    AGENT_POOLS_PATH,
    {
      schema: {
        operationId: 'createAgentPool',
        summary: 'Make a pool and the first token of its runners',
        tags,
        params: Organization,
        body: CreateAgentPoolRequest,
        response: { 200: CreateAgentPoolResponse },
      },
    },
    async (request, reply) => {
      const membership = adminIn(request)
      if (isRefusal(membership)) return refuse(reply, membership)
      const { organizationId } = membership
      const { name, description } = request.body
      const made = await makePool(services, {
        organizationId,
        name,
        description: description ?? '',
        actor: actorOf(request.principal),
      })
      return isRefusal(made) ? refuse(reply, made) : reply.code(200).send(made)
    },
  )

  app.get<{ Params: OnePool }>(
    AGENT_POOL_PATH,
    {
      schema: {
        operationId: 'getAgentPool',
        summary: 'Read a pool with its runners',
        tags,
        params: OnePool,
        response: { 200: AgentPoolDetail },
      },
    },
    async (request, reply) => {
      const found = await poolIn(request)
      if (isRefusal(found)) return refuse(reply, found)
      return poolDetailAnswer(found.pool, await listRunners(db, found.pool.id), now())
    },
  )

  app.patch<{ Params: OnePool; Body: PatchAgentPoolRequest }>(
    AGENT_POOL_PATH,
    {
      schema: {
        operationId: 'patchAgentPool',
        summary: 'Rename or describe a pool',
        tags,
        params: OnePool,
        body: PatchAgentPoolRequest,
        response: { 200: PatchAgentPoolResponse },
      },
    },
    async (request, reply) => {
      const found = await poolIn(request)
      if (isRefusal(found)) return refuse(reply, found)
      const { pool, membership } = found
      const wanted = {
        name: request.body.name ?? pool.name,
        description: request.body.description ?? pool.description,
      }
      const patched = db.transaction(async (tx) => {
        const byName = (await stacksThatName(tx, pool.id)).filter(({ namedAs }) => namedAs === pool.name)
        if (wanted.name !== pool.name && byName.length > 0) return namedByStacks(byName.length)
        if (!(await patchPool(tx, pool.id, wanted))) return poolExists(wanted.name)
        await recordAudit(tx, {
          organizationId: membership.organizationId,
          actor: actorOf(request.principal),
          action: 'pool.changed',
          target: wanted.name,
          details: { id: pool.id, nameBefore: pool.name },
        })
        return undefined
      })
      const refusal = await patched.catch((error: unknown) => {
        if (isUniqueViolation(error, 'one_pool_per_name')) return poolExists(wanted.name)
        throw error
      })
      return refusal ? refuse(reply, refusal) : wanted
    },
  )

  app.delete<{ Params: OnePool; Querystring: Static<typeof DeleteQuery> }>(
    AGENT_POOL_PATH,
    {
      schema: {
        operationId: 'deleteAgentPool',
        summary: 'Delete a pool',
        tags,
        params: OnePool,
        querystring: DeleteQuery,
        response: { 204: NOTHING },
      },
    },
    async (request, reply) => {
      const found = await poolIn(request)
      if (isRefusal(found)) return refuse(reply, found)
      const { pool, membership } = found
      const refusal = await deletePool(db, {
        organizationId: membership.organizationId,
        poolId: pool.id,
        poolName: pool.name,
        force: request.query.force === true,
        actor: actorOf(request.principal),
        userId: userOf(request).userId,
      })
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )

  async function poolIn(
    request: FastifyRequest<{ Params: OnePool }>,
  ): Promise<{ pool: PoolRow; membership: Membership } | Refusal> {
    const membership = adminIn(request)
    if (isRefusal(membership)) return membership
    const { poolId } = request.params
    const pool = isUuid(poolId) ? await findPool(db, membership.organizationId, poolId) : undefined
    return pool ? { pool, membership } : noSuchPool
  }
}

function adminIn(request: FastifyRequest<{ Params: { organization: string } }>): Membership | Refusal {
  return adminOf(request.principal, request.params.organization)
}

function namedByStacks(count: number): Refusal {
  return {
    status: 409,
    reason: 'pool_named_by_stacks',
    message: `The settings of ${count} stacks name this pool by its name (agentPoolID): let them name its id before you rename it.`,
  }
}
