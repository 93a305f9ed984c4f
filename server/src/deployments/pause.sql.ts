/** The two flags, and waking the runners that passed over what was paused. */
import type { Queryable } from '../db/database.ts'
import { READY_CHANNEL } from './deployment.ts'

/** False when it was so already. */
export async function pauseStackRow(tx: Queryable, stackId: string, paused: boolean): Promise<boolean> {
  const text = 'update stacks set deployments_paused = $2 where id = $1 and deployments_paused <> $2'
  return (await tx.query(text, [stackId, paused])).rowCount === 1
}

export async function pauseOrganizationRow(
  tx: Queryable,
  organizationId: string,
  paused: boolean,
): Promise<boolean> {
  const text = 'update organizations set deployments_paused = $2 where id = $1 and deployments_paused <> $2'
  return (await tx.query(text, [organizationId, paused])).rowCount === 1
}

const WAKE_STACK = /* sql */ `
  select pg_notify('${READY_CHANNEL}', pool_id::text) from deployments where stack_id = $1 and status = 'ready'`

/** A runner of the pool of the stack's head, at commit. */
export async function wakeStack(tx: Queryable, stackId: string): Promise<void> {
  await tx.query(WAKE_STACK, [stackId])
}

const WAKE_ORGANIZATION = /* sql */ `
  select pg_notify('${READY_CHANNEL}', pool_id::text)
    from (select distinct pool_id from deployments where organization_id = $1 and status = 'ready') pools`

export async function wakeOrganization(tx: Queryable, organizationId: string): Promise<void> {
  await tx.query(WAKE_ORGANIZATION, [organizationId])
}
