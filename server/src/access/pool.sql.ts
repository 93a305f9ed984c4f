/** The pools that runners claim from, and their tokens. */
import type { Queryable } from '../db/database.ts'

export interface Pool {
  readonly id: string
  /** Null: the installation's own, which serves every organization. */
  readonly organizationId: string | null
  readonly name: string
  readonly description: string
  readonly createdAt: Date
  /** Deployments of its organization that name no pool go there. */
  readonly isDefault: boolean
}

/** Of pools that were not deleted. */
const COLUMNS =
  'id, organization_id as "organizationId", name, description, created_at as "createdAt", is_default as "isDefault"'

/** The name of the shared pool that every installation has. */
export const SHARED_POOL = 'default'

export async function findPool(
  db: Queryable,
  organizationId: string | null,
  name: string,
): Promise<Pool | undefined> {
  const { rows } = await db.query<Pool>(
    `select ${COLUMNS} from pools where organization_id is not distinct from $1::uuid and name = $2 and deleted_at is null`,
    [organizationId, name],
  )
  return rows[0]
}

export async function listPools(db: Queryable, organizationId: string | null): Promise<Pool[]> {
  const { rows } = await db.query<Pool>(
    `select ${COLUMNS} from pools where organization_id is not distinct from $1::uuid and deleted_at is null order by name`,
    [organizationId],
  )
  return rows
}

/** By id or name, and no other organization's nor the installation's. */
export async function findOwnPool(
  tx: Queryable,
  organizationId: string,
  idOrName: string,
): Promise<Pool | undefined> {
  const { rows } = await tx.query<Pool>(
    `select ${COLUMNS} from pools
      where organization_id = $1 and (id::text = $2 or name = $2) and deleted_at is null
      order by id::text = $2 desc limit 1 for key share`,
    [organizationId, idOrName],
  )
  return rows[0]
}

const USABLE = {
  name: 'usable-pool',
  text: /* sql */ `
    select id from pools
     where (organization_id = $1 or organization_id is null) and (id::text = $2 or name = $2) and deleted_at is null
     order by organization_id nulls last limit 1
       for key share`,
}
const DEFAULT = {
  name: 'default-pool',
  text: /* sql */ `
    select id from pools
     where (organization_id = $1 and is_default) or (organization_id is null and name = '${SHARED_POOL}')
     order by organization_id nulls last limit 1
       for key share`,
}

/** By id or name: the organization's own, or one that serves every organization. It is not deleted before the transaction ends. */
export async function usablePoolId(
  tx: Queryable,
  organizationId: string,
  idOrName: string,
): Promise<string | undefined> {
  return (await tx.query<{ id: string }>(USABLE, [organizationId, idOrName])).rows[0]?.id
}

/** The organization's default, else the one that every installation has. */
export async function defaultPoolId(tx: Queryable, organizationId: string): Promise<string | undefined> {
  return (await tx.query<{ id: string }>(DEFAULT, [organizationId])).rows[0]?.id
}

/** @returns Whether there is such a pool of the organization; null takes the default away. */
export async function markDefaultPool(
  tx: Queryable,
  organizationId: string,
  poolId: string | null,
): Promise<boolean> {
  await tx.query('update pools set is_default = false where organization_id = $1 and is_default', [
    organizationId,
  ])
  if (poolId === null) return true
  const { rowCount } = await tx.query(
    'update pools set is_default = true where organization_id = $1 and id = $2 and deleted_at is null',
    [organizationId, poolId],
  )
  return rowCount > 0
}

/** Does nothing when there is such a pool already. @returns Whether it was made. */
export async function insertPool(
  tx: Queryable,
  pool: { id: string; organizationId: string | null; name: string; description: string },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    'insert into pools (id, organization_id, name, description) values ($1, $2, $3, $4) on conflict do nothing',
    [pool.id, pool.organizationId, pool.name, pool.description],
  )
  return rowCount > 0
}

export async function insertPoolToken(
  tx: Queryable,
  token: {
    id: string
    poolId: string
    tokenHash: Buffer
    ephemeral: boolean
    expiresAt?: Date
    issuerId?: string
  },
): Promise<void> {
  await tx.query(
    /* sql */ `
    insert into pool_tokens (id, pool_id, token_hash, ephemeral, expires_at, issuer_id)
    values ($1, $2, $3, $4, $5, $6)`,
    [
      token.id,
      token.poolId,
      token.tokenHash,
      token.ephemeral,
      token.expiresAt ?? null,
      token.issuerId ?? null,
    ],
  )
}

/** @returns Whether the pool had such a token that was not revoked before. */
export async function revokePoolToken(tx: Queryable, poolId: string, tokenId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    'update pool_tokens set revoked_at = now() where id = $1 and pool_id = $2 and revoked_at is null',
    [tokenId, poolId],
  )
  return rowCount > 0
}

export interface ListedPoolToken {
  readonly id: string
  readonly ephemeral: boolean
  readonly createdAt: Date
  /** Null: never. */
  readonly expiresAt: Date | null
}

export async function listPoolTokens(db: Queryable, poolId: string): Promise<ListedPoolToken[]> {
  const { rows } = await db.query<ListedPoolToken>(
    /* sql */ `
    select id, ephemeral, created_at as "createdAt", expires_at as "expiresAt"
      from pool_tokens
     where pool_id = $1 and revoked_at is null and (expires_at is null or expires_at > now())
     order by created_at, id`,
    [poolId],
  )
  return rows
}

const FIND_BY_TOKEN = {
  name: 'pool-find-by-token',
  text: /* sql */ `
    select p.id, p.organization_id as "organizationId", p.name
      from pool_tokens t join pools p on p.id = t.pool_id
     where t.token_hash = $1 and t.revoked_at is null and (t.expires_at is null or t.expires_at > now())`,
}

/** The pool whose token a runner holds. */
export async function findPoolByToken(
  db: Queryable,
  tokenHash: Buffer,
): Promise<Pick<Pool, 'id' | 'organizationId' | 'name'> | undefined> {
  const { rows } = await db.query<Pick<Pool, 'id' | 'organizationId' | 'name'>>(FIND_BY_TOKEN, [tokenHash])
  return rows[0]
}
