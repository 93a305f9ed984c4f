/** The deployment behind a tail. */
import type { Queryable } from '../db/database.ts'
import { isUuid } from '../db/uuid.ts'
import type { TailedDeployment } from './tail.ts'

const FIND = {
  name: 'tailed-deployment',
  text: /* sql */ `
    select d.id, d.operation, d.ended_at is not null as ended, d.log_deleted_at as "logDeletedAt",
           exists (select from updates u where u.deployment_id = d.id and u.status <> 'not started') as "hasUpdate"
      from deployments d where coalesce(d.stack_id, d.removed_stack_id) = $1 and d.id = $2`,
}

export async function findTailed(
  db: Queryable,
  stackId: string,
  deploymentId: string,
): Promise<TailedDeployment | undefined> {
  if (!isUuid(deploymentId)) return undefined
  return (await db.query<TailedDeployment>(FIND, [stackId, deploymentId])).rows[0]
}
