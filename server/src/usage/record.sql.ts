import type { Queryable } from '../db/database.ts'

/** With the names of this moment: the stack may be called otherwise later, or be gone. */
const RECORD = {
  name: 'record-usage',
  text: /* sql */ `
    insert into usage_records (deployment_id, organization_id, stack_id, project, stack, operation, started_at, ended_at)
    select d.id, d.organization_id, d.stack_id, s.project, s.name, d.operation, d.started_at,
           greatest(d.started_at, least(d.ended_at, $2::timestamptz))
      from deployments d join stacks s on s.id = d.stack_id
     where d.id = $1 and d.started_at is not null and d.ended_at is not null
    on conflict (deployment_id) do nothing`,
}

export async function recordUsage(
  tx: Queryable,
  deploymentId: string,
  heardUntil: Date | null,
): Promise<void> {
  await tx.query(RECORD, [deploymentId, heardUntil])
}
