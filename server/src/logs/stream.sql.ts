/** How the deployment of a streamed log is at a moment. */
import type { Queryable } from '../db/database.ts'
import { isUuid } from '../db/uuid.ts'

export interface StreamedDeployment {
  readonly id: string
  readonly version: number
  /** Once it has ended, as the API says it. */
  readonly status: string
  readonly ended: boolean
  readonly logDeletedAt: Date | null
}

const FIND = {
  name: 'streamed-deployment',
  text: /* sql */ `
    select d.id, d.version, d.status, d.ended_at is not null as ended, d.log_deleted_at as "logDeletedAt"
      from deployments d where coalesce(d.stack_id, d.removed_stack_id) = $1 and d.id = $2`,
}

export async function findStreamed(
  db: Queryable,
  stackId: string,
  deploymentId: string,
): Promise<StreamedDeployment | undefined> {
  if (!isUuid(deploymentId)) return undefined
  return (await db.query<StreamedDeployment>(FIND, [stackId, deploymentId])).rows[0]
}
