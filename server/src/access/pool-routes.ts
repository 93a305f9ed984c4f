/** Pools and the tokens of their runners: the installation's for its admins, an organization's for the organization's. */

import type { Refusal } from '@daypass/contract/errors.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { recordAudit } from '../audit/audit.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { userOf } from './authenticate.ts'
import { adminOf } from './organization.ts'
import {
  findPool,
  insertPool,
  insertPoolToken,
  listPools,
  listPoolTokens,
  type Pool,
  revokePoolToken,
} from './pool.sql.ts'
import { poolExists } from './pool.ts'
import { actorOf } from './principal.ts'
import { SITE_ADMIN_ONLY } from './site-admin.ts'
import { hashToken, makeToken } from './token.ts'
import type { AccessServices } from './user-routes.ts'

const Name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$' })
const Uuid = Type.String({ pattern: '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })
/** Without an organization: the installation's own pools, which serve every organization. */
const Owner = Type.Object({ organization: Type.Optional(Type.String()) }, { additionalProperties: false })
const NewPool = Type.Object(
  { name: Name, description: Type.Optional(Type.Union([Type.String({ maxLength: 500 }), Type.Null()])) },
  { additionalProperties: false },
)
const OnePool = Type.Object({ pool: Name })
const OneToken = Type.Object({ pool: Name, token: Uuid })

interface Owned {
  Querystring: Static<typeof Owner>
}

export function poolRoutes(app: FastifyInstance, { db, randomBytes, randomUuid }: AccessServices): void {
  app.get<Owned>('/api/daypass/pools', { schema: { querystring: Owner } }, async (request, reply) => {
    const owner = ownerOf(request)
    if (isRefusal(owner)) return refuse(reply, owner)
    return { pools: await listPools(db, owner.organizationId) }
  })

  app.post<Owned & { Body: Static<typeof NewPool> }>(
    '/api/daypass/pools',
    { schema: { querystring: Owner, body: NewPool } },
    async (request, reply) => {
      const owner = ownerOf(request)
      if (isRefusal(owner)) return refuse(reply, owner)
      const { organizationId } = owner
      const { name, description } = request.body
      const id = randomUuid()
      const made = await db.transaction(async (tx) => {
        if (!(await insertPool(tx, { id, organizationId, name, description: description ?? '' })))
          return false
        await recordAudit(tx, {
          organizationId,
          actor: owner.actor,
          action: 'pool.created',
          target: name,
          details: { id },
        })
        return true
      })
      if (!made) {
        return refuse(reply, poolExists(name))
      }
      return reply.code(201).send({ id, name, description: description ?? '' })
    },
  )

  app.get<Owned & { Params: Static<typeof OnePool> }>(
    '/api/daypass/pools/:pool/tokens',
    { schema: { querystring: Owner, params: OnePool } },
    async (request, reply) => {
      const found = await poolOf(request, request.params.pool)
      if (isRefusal(found)) return refuse(reply, found)
      return { tokens: await listPoolTokens(db, found.pool.id) }
    },
  )

  app.post<Owned & { Params: Static<typeof OnePool> }>(
    '/api/daypass/pools/:pool/tokens',
    { schema: { querystring: Owner, params: OnePool } },
    async (request, reply) => {
      const found = await poolOf(request, request.params.pool)
      if (isRefusal(found)) return refuse(reply, found)
      const { pool, actor } = found
      const { organizationId } = pool
      const tokenValue = makeToken('pool', randomBytes)
      const id = randomUuid()
      await db.transaction(async (tx) => {
        await insertPoolToken(tx, { id, poolId: pool.id, tokenHash: hashToken(tokenValue), ephemeral: false })
        const details = { pool: pool.name }
        await recordAudit(tx, { organizationId, actor, action: 'pool_token.created', target: id, details })
      })
      return reply.code(201).send({ id, tokenValue })
    },
  )

  app.delete<Owned & { Params: Static<typeof OneToken> }>(
    '/api/daypass/pools/:pool/tokens/:token',
    { schema: { querystring: Owner, params: OneToken } },
    async (request, reply) => {
      const found = await poolOf(request, request.params.pool)
      if (isRefusal(found)) return refuse(reply, found)
      const { pool, actor } = found
      const target = request.params.token
      const revoked = await db.transaction(async (tx) => {
        if (!(await revokePoolToken(tx, pool.id, target))) return false
        const { organizationId, name } = pool
        await recordAudit(tx, {
          organizationId,
          actor,
          action: 'pool_token.revoked',
          target,
          details: { pool: name },
        })
        return true
      })
      if (revoked) return reply.code(204).send()
      return refuse(reply, {
        status: 404,
        reason: 'token_not_found',
        message: 'The pool has no token with this id.',
      })
    },
  )

  async function poolOf(
    request: FastifyRequest<Owned>,
    name: string,
  ): Promise<{ pool: Pool; actor: string } | Refusal> {
    const owner = ownerOf(request)
    if (isRefusal(owner)) return owner
    const pool = await findPool(db, owner.organizationId, name)
    if (pool) return { pool, actor: owner.actor }
    return { status: 404, reason: 'pool_not_found', message: `There is no pool "${name}" here.` }
  }
}

/** Whose pools the caller speaks of, if they may. */
function ownerOf(request: FastifyRequest<Owned>): { organizationId: string | null; actor: string } | Refusal {
  const caller = userOf(request)
  const actor = actorOf(caller)
  const { organization } = request.query
  if (organization === undefined) return caller.siteAdmin ? { organizationId: null, actor } : SITE_ADMIN_ONLY
  const membership = adminOf(caller, organization)
  return isRefusal(membership) ? membership : { organizationId: membership.organizationId, actor }
}
