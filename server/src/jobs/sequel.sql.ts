/** What the end of a deployment needs to know of it, to see what follows. */
import type { Operation } from '@daypass/contract/job-protocol.ts'
import type { Queryable } from '../db/database.ts'
import type { StoredSettings } from '../settings/settings.ts'

export interface FinishingDeployment {
  readonly id: string
  readonly version: number
  readonly operation: Operation
  readonly settings: StoredSettings
  readonly requestedBy: string
  readonly stackId: string
  readonly organizationId: string
  readonly organization: string
  readonly project: string
  readonly stack: string
}

const FIND = {
  name: 'finishing-deployment',
  text: /* sql */ `
    select d.id, d.version, d.operation, d.settings, d.requested_by as "requestedBy", s.id as "stackId",
           s.organization_id as "organizationId", o.name as organization, s.project, s.name as stack
      from deployments d
      join stacks s on s.id = d.stack_id
      join organizations o on o.id = s.organization_id
     where d.id = $1`,
}

export async function findFinishing(
  tx: Queryable,
  deploymentId: string,
): Promise<FinishingDeployment | undefined> {
  return (await tx.query<FinishingDeployment>(FIND, [deploymentId])).rows[0]
}
