/** The limits of an organization. */
import type { DeploymentLimits } from '@daypass/contract/deployment-limits.ts'
import type { Queryable } from '../db/database.ts'

const READ = {
  name: 'read-deployment-limits',
  text: /* sql */ `
    select concurrency_limit as concurrency, deployment_timeout_seconds as "timeoutSeconds"
      from organizations where id = $1 for no key update`,
}
const WRITE = {
  name: 'write-deployment-limits',
  text: /* sql */ `
    update organizations set concurrency_limit = $2, deployment_timeout_seconds = $3 where id = $1`,
}

/** Locked for whoever is going to change them. Undefined when the organization is gone. */
export async function readLimits(
  tx: Queryable,
  organizationId: string,
): Promise<DeploymentLimits | undefined> {
  return (await tx.query<DeploymentLimits>(READ, [organizationId])).rows[0]
}

export async function writeLimits(
  tx: Queryable,
  organizationId: string,
  { concurrency, timeoutSeconds }: DeploymentLimits,
): Promise<void> {
  await tx.query(WRITE, [organizationId, concurrency, timeoutSeconds])
}
