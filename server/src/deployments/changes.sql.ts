/** Deployments that changed, for whoever watches their organization. */
import { leastIn, type ReadableStacks } from '../access/permission.ts'
import { isReadable } from '../access/stack-place.ts'
import type { Queryable } from '../db/database.ts'
import type { Status } from './deployment.ts'

/** Payload: the organization's id, a space, and the deployment's. Sent by the table itself, at commit. */
export const CHANGED_CHANNEL = 'deployment_changed'

export interface ChangedDeployment {
  readonly id: string
  readonly stack: string
  readonly version: number
  readonly status: Status
}

/** Not those that went with their stack: who reads them already has their address. */
const CHANGED = {
  name: 'changed-deployments',
  text: /* sql */ `
    select d.id, s.project || '/' || s.name as stack, d.version, d.status
      from deployments d join stacks s on s.id = d.stack_id join organizations o on o.id = d.organization_id
     where d.organization_id = $1 and d.id = any ($2::uuid[]) and ($3 or ${isReadable('$4::int', '$5::uuid[]')})
     order by d.seq`,
}

export async function changedDeployments(
  db: Queryable,
  organizationId: string,
  ids: readonly string[],
  readable: ReadableStacks,
): Promise<readonly ChangedDeployment[]> {
  const { rows } = await db.query<ChangedDeployment>(CHANGED, [
    organizationId,
    ids,
    readable.isEverything,
    leastIn(readable, organizationId),
    readable.holders,
  ])
  return rows
}
