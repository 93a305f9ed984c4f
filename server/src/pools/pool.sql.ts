/** An organization's pools with what is known of their runners. */
import type { Queryable } from '../db/database.ts'
import { LISTED_HOURS } from './pool.ts'

export interface PoolRow {
  readonly id: string
  readonly organizationId: string
  readonly name: string
  readonly description: string
  readonly createdAt: Date
  readonly isDefault: boolean
  readonly lastSeenAt: Date | null
  /** When the latest deployment of the pool was asked for. */
  readonly lastDeploymentAt: Date | null
  /** A deployment of the pool is with a runner now. */
  readonly busy: boolean
}

const SELECT = /* sql */ `
  select p.id, p.organization_id as "organizationId", p.name, p.description, p.created_at as "createdAt",
         p.is_default as "isDefault",
         (select max(r.last_seen_at) from pool_runners r where r.pool_id = p.id) as "lastSeenAt",
         (select d.created_at from deployments d where d.pool_id = p.id order by d.seq desc limit 1)
           as "lastDeploymentAt",
         exists (select from deployments d where d.pool_id = p.id and d.status in ('accepted', 'running')) as busy
    from pools p
   where p.organization_id = $1 and p.deleted_at is null`

export async function listPools(db: Queryable, organizationId: string): Promise<readonly PoolRow[]> {
  return (await db.query<PoolRow>(`${SELECT} order by p.name`, [organizationId])).rows
}

export async function findPool(
  db: Queryable,
  organizationId: string,
  id: string,
): Promise<PoolRow | undefined> {
  return (await db.query<PoolRow>(`${SELECT} and p.id = $2`, [organizationId, id])).rows[0]
}

export interface RunnerRow {
  readonly name: string
  readonly hostname: string
  readonly pid: string
  readonly version: string
  readonly platform: string
  readonly ip: string
  readonly lastSeenAt: Date
  readonly busy: boolean
}

const RUNNERS = /* sql */ `
  select r.name, r.hostname, r.pid, r.version, r.platform, r.ip, r.last_seen_at as "lastSeenAt",
         exists (select from deployments d
                  where d.pool_id = r.pool_id and d.runner_name = r.name and d.status in ('accepted', 'running')) as busy
    from pool_runners r
   where r.pool_id = $1
     and (r.last_seen_at > now() - interval '${LISTED_HOURS} hours'
          or exists (select from deployments d
                      where d.pool_id = r.pool_id and d.runner_name = r.name and d.status in ('accepted', 'running')))
   order by r.last_seen_at desc, r.name, r.hostname, r.pid`

export async function listRunners(db: Queryable, poolId: string): Promise<readonly RunnerRow[]> {
  return (await db.query<RunnerRow>(RUNNERS, [poolId])).rows
}

/** @returns False when the name belongs to another pool of the organization. */
export async function patchPool(
  tx: Queryable,
  poolId: string,
  { name, description }: { readonly name: string; readonly description: string },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    /* sql */ `
    update pools p set name = $2, description = $3
     where id = $1
       and not exists (select from pools other
                        where other.organization_id = p.organization_id and other.name = $2 and other.id <> $1
                          and other.deleted_at is null)`,
    [poolId, name, description],
  )
  return rowCount > 0
}
