import type { Queryable } from '../db/database.ts'

/**
 * Holds the stack's next deployment as well: a runner that claims it in this moment has either won, and the row
 * says so once we have waited for it, or skips the row that we hold.
 */
const LOCK_HEAD = /* sql */ `
  select version, status from deployments
   where stack_id = $1 and status in ('ready', 'accepted', 'running') for update`

export interface DeploymentHead {
  readonly version: number
  readonly status: 'ready' | 'accepted' | 'running'
}

export async function lockDeploymentHead(
  tx: Queryable,
  stackId: string,
): Promise<DeploymentHead | undefined> {
  return (await tx.query<DeploymentHead>(LOCK_HEAD, [stackId])).rows[0]
}

const LOCK_STACK = /* sql */ `
  select organization_id as "organizationId", project, name from stacks where id = $1 for update`

export interface HeldName {
  readonly organizationId: string
  readonly project: string
  readonly name: string
}

/** Also against whoever only refers to it. @returns What it is called by now. */
export async function lockWholeStack(tx: Queryable, stackId: string): Promise<HeldName | undefined> {
  return (await tx.query<HeldName>(LOCK_STACK, [stackId])).rows[0]
}

const RESOURCES = /* sql */ `
  select resource_count as count from states where stack_id = $1 order by version desc limit 1`

export async function resourceCountOf(tx: Queryable, stackId: string): Promise<number> {
  return (await tx.query<{ count: number }>(RESOURCES, [stackId])).rows[0]?.count ?? 0
}

const RETIRE = /* sql */ `
  insert into retired_stack_names (organization_id, project, name)
  select organization_id, project, name from stacks where id = $1
  on conflict (organization_id, project, name) do update set retired_at = now()`

export async function retireNameOf(tx: Queryable, stackId: string): Promise<void> {
  await tx.query(RETIRE, [stackId])
}

export async function deleteStackRow(tx: Queryable, stackId: string): Promise<void> {
  await tx.query('delete from stacks where id = $1', [stackId])
}
