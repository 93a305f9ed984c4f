/** What hangs on a pool, and its end. */
import type { Queryable } from '../db/database.ts'
import { READY_CHANNEL } from '../deployments/deployment.ts'

/** By its id or by its name, as settings may. */
const STACKS_THAT_NAME = /* sql */ `
  select s.id, s.organization_id as "organizationId", o.name || '/' || s.project || '/' || s.name as "fullName",
         ds.settings ->> 'agentPoolID' as "namedAs"
    from deployment_settings ds
    join stacks s on s.id = ds.stack_id
    join organizations o on o.id = s.organization_id
    join pools p on p.id = $1
   where s.organization_id = p.organization_id and ds.settings ->> 'agentPoolID' in (p.id::text, p.name)
   order by s.id`

export interface StackThatNames {
  readonly id: string
  readonly organizationId: string
  readonly fullName: string
  readonly namedAs: string
}

export async function stacksThatName(db: Queryable, poolId: string): Promise<readonly StackThatNames[]> {
  return (await db.query<StackThatNames>(STACKS_THAT_NAME, [poolId])).rows
}

const LOCK = /* sql */ `
  select is_default as "isDefault" from pools where id = $1 and deleted_at is null for update`

/** Waits for requests that are putting a deployment in the pool; later ones wait for us. Undefined when it is gone. */
export async function lockPool(
  tx: Queryable,
  poolId: string,
): Promise<{ readonly isDefault: boolean } | undefined> {
  return (await tx.query<{ isDefault: boolean }>(LOCK, [poolId])).rows[0]
}

const QUEUED = /* sql */ `
  select count(*) as count from deployments where pool_id = $1 and status in ('waiting', 'ready', 'accepted', 'running')`

export async function unfinishedIn(tx: Queryable, poolId: string): Promise<number> {
  return (await tx.query<{ count: number }>(QUEUED, [poolId])).rows[0]?.count ?? 0
}

/** An accepted one may still go back to the queue; one that runs stays where it is. */
const MOVE = /* sql */ `
  with moved as (
    update deployments set pool_id = $2, modified_at = clock_timestamp()
     where pool_id = $1 and status in ('waiting', 'ready', 'accepted')
    returning status
  )
  select pg_notify('${READY_CHANNEL}', $2::uuid::text) from moved where status = 'ready'`

export async function moveQueue(tx: Queryable, fromPoolId: string, toPoolId: string): Promise<void> {
  await tx.query(MOVE, [fromPoolId, toPoolId])
}

/** Its runners' tokens end with it. */
export async function markDeleted(tx: Queryable, poolId: string): Promise<void> {
  await tx.query('update pools set deleted_at = now(), is_default = false where id = $1', [poolId])
  await tx.query('update pool_tokens set revoked_at = now() where pool_id = $1 and revoked_at is null', [
    poolId,
  ])
}
