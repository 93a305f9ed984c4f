/** Which pool a deployment goes to, and the default of an organization. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database, Queryable } from '../db/database.ts'
import { isUuid } from '../db/uuid.ts'
import { defaultPoolId, insertPool, insertPoolToken, markDefaultPool, usablePoolId } from './pool.sql.ts'
import { hashToken, makeToken } from './token.ts'

/**
 * The pool that the settings name, by id or name; without one the organization's default, else the installation's.
 *
 * It cannot be deleted before the transaction ends, so that nothing is queued where nobody claims.
 */
export async function poolFor(
  tx: Queryable,
  organizationId: string,
  agentPoolID: string | undefined,
): Promise<string | undefined> {
  if (agentPoolID === undefined) return defaultPoolId(tx, organizationId)
  return usablePoolId(tx, organizationId, agentPoolID)
}

export function unknownPool(idOrName: string | undefined): Refusal {
  const message =
    idOrName === undefined
      ? 'There is no pool of runners for deployments that name none; name one in agentPoolID.'
      : `agentPoolID names no pool of this organization: ${JSON.stringify(idOrName)}. Use a pool's id or name, or leave it out.`
  return { status: 400, reason: 'unknown_pool', message }
}

/** A pool with a first token for its runners, whose value is known this once. */
export async function makePool(
  services: {
    readonly db: Database
    readonly randomBytes: (count: number) => Buffer
    readonly randomUuid: () => string
  },
  wanted: {
    readonly organizationId: string
    readonly name: string
    readonly description: string
    readonly actor: string
  },
): Promise<{ readonly id: string; readonly tokenValue: string } | Refusal> {
  const { db, randomBytes, randomUuid } = services
  const { organizationId, name, description, actor } = wanted
  const id = randomUuid()
  const tokenId = randomUuid()
  const tokenValue = makeToken('pool', randomBytes)
  return db.transaction(async (tx) => {
    if (!(await insertPool(tx, { id, organizationId, name, description }))) return poolExists(name)
    await insertPoolToken(tx, { id: tokenId, poolId: id, tokenHash: hashToken(tokenValue), ephemeral: false })
    const entry = { organizationId, actor }
    await recordAudit(tx, { ...entry, action: 'pool.created', target: name, details: { id } })
    await recordAudit(tx, {
      ...entry,
      action: 'pool_token.created',
      target: tokenId,
      details: { pool: name },
    })
    return { id, tokenValue }
  })
}

export function poolExists(name: string): Refusal {
  return { status: 409, reason: 'pool_exists', message: `There is already a pool "${name}".` }
}

/**
 * `setDefaultAgentPoolID` of an organization: a pool's id, or an empty string for the installation's shared pool. The
 * caller has seen to it that the actor is an admin of the organization.
 */
export async function setDefaultPool(
  tx: Queryable,
  change: {
    readonly organizationId: string
    readonly organization: string
    readonly poolId: string
    readonly actor: string
  },
): Promise<Refusal | undefined> {
  const { organizationId, organization, poolId, actor } = change
  const id = poolId === '' ? null : poolId
  if (id !== null && !isUuid(id)) return noSuchPool(id)
  if (!(await markDefaultPool(tx, organizationId, id))) return noSuchPool(poolId)
  await recordAudit(tx, {
    organizationId,
    actor,
    action: 'organization.default_pool_changed',
    target: organization,
    details: { poolId: id },
  })
  return undefined
}

function noSuchPool(id: string): Refusal {
  return {
    status: 400,
    reason: 'unknown_pool',
    message: `There is no pool with the id ${JSON.stringify(id.slice(0, 100))} in this organization; "" stands for the shared pool.`,
  }
}
