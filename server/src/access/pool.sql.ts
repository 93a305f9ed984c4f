/** The pools that runners claim from, and their tokens. */
import type { Queryable } from '../db/database.ts'

export interface Pool {
  readonly id: string
  /** Null: the installation's own, which serves every organization. */
  readonly organizationId: string | null
  readonly name: string
  readonly description: string
  readonly createdAt: Date
}

const COLUMNS = 'id, organization_id as "organizationId", name, description, created_at as "createdAt"'

/** The name of the shared pool that every installation has. */
export const SHARED_POOL = 'default'

export async function findPool(
  db: Queryable,
  organizationId: string | null,
  name: string,
): Promise<Pool | undefined> {
  const { rows } = await db.query<Pool>(
    `select ${COLUMNS} from pools where organization_id is not distinct from $1::uuid and name = $2`,
    [organizationId, name],
  )
  return rows[0]
}

export async function listPools(db: Queryable, organizationId: string | null): Promise<Pool[]> {
  const { rows } = await db.query<Pool>(
    `select ${COLUMNS} from pools where organization_id is not distinct from $1::uuid order by name`,
    [organizationId],
  )
  return rows
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
  token: { id: string; poolId: string; tokenHash: Buffer; ephemeral: boolean },
): Promise<void> {
  await tx.query('insert into pool_tokens (id, pool_id, token_hash, ephemeral) values ($1, $2, $3, $4)', [
    token.id,
    token.poolId,
    token.tokenHash,
    token.ephemeral,
  ])
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
}

export async function listPoolTokens(db: Queryable, poolId: string): Promise<ListedPoolToken[]> {
  const { rows } = await db.query<ListedPoolToken>(
    /* sql */ `
    select id, ephemeral, created_at as "createdAt"
      from pool_tokens where pool_id = $1 and revoked_at is null order by created_at, id`,
    [poolId],
  )
  return rows
}

const FIND_BY_TOKEN = {
  name: 'pool-find-by-token',
  text: /* sql */ `
    select p.id, p.organization_id as "organizationId", p.name
      from pool_tokens t join pools p on p.id = t.pool_id
     where t.token_hash = $1 and t.revoked_at is null`,
}

/** The pool whose token a runner holds. */
export async function findPoolByToken(
  db: Queryable,
  tokenHash: Buffer,
): Promise<Pick<Pool, 'id' | 'organizationId' | 'name'> | undefined> {
  const { rows } = await db.query<Pick<Pool, 'id' | 'organizationId' | 'name'>>(FIND_BY_TOKEN, [tokenHash])
  return rows[0]
}
