/**
 * What an organization's deployments may take. A limit that is lowered ends nothing: what runs goes on, and the next one
 * waits. One that is raised wakes runners at once. A timeout counts for what is asked for afterwards.
 */
import type { DeploymentLimits, PatchDeploymentLimitsRequest } from '@daypass/contract/deployment-limits.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import { readLimits, writeLimits } from './limits.sql.ts'
import { wakeOrganization } from './pause.sql.ts'

export async function limitsOf(db: Database, organizationId: string): Promise<DeploymentLimits> {
  const limits = await readLimits(db, organizationId)
  if (limits === undefined) throw new Error('an organization that the caller belongs to is gone')
  return limits
}

export async function changeLimits(
  db: Database,
  { organizationId, organization }: { readonly organizationId: string; readonly organization: string },
  change: PatchDeploymentLimitsRequest,
  actor: string,
): Promise<DeploymentLimits> {
  return db.transaction(async (tx) => {
    const before = await readLimits(tx, organizationId)
    if (before === undefined) throw new Error('an organization that the caller belongs to is gone')
    const after = {
      concurrency: change.concurrency ?? before.concurrency,
      timeoutSeconds: change.timeoutSeconds ?? before.timeoutSeconds,
    }
    if (after.concurrency === before.concurrency && after.timeoutSeconds === before.timeoutSeconds)
      return before
    await writeLimits(tx, organizationId, after)
    if (after.concurrency > before.concurrency) await wakeOrganization(tx, organizationId)
    const action = 'organization.deployment_limits_changed'
    await recordAudit(tx, { organizationId, actor, action, target: organization, details: { before, after } })
    return after
  })
}
