/** The stack that a webhook of the format `pulumi_deployments` updates. */
import type { Queryable } from '../db/database.ts'

export interface TargetRow {
  readonly stackId: string
  readonly organization: string
}

const FIND = {
  name: 'webhook-target',
  text: /* sql */ `
    select s.id as "stackId", o.name as organization from stacks s join organizations o on o.id = s.organization_id
     where o.id = $1 and s.project = $2 and s.name = $3`,
}

export async function findTarget(
  tx: Queryable,
  organizationId: string,
  { project, stack }: { readonly project: string; readonly stack: string },
): Promise<TargetRow | undefined> {
  return (await tx.query<TargetRow>(FIND, [organizationId, project, stack])).rows[0]
}

/** Nobody else draws such a line in the organization until the end of the transaction. */
const LOCK = /* sql */ `select pg_advisory_xact_lock(hashtextextended('daypass webhook targets ' || $1, 0))`

/** Also over webhooks that are switched off: they may be switched on. */
const LEADS_TO = {
  name: 'webhook-target-leads-to',
  text: /* sql */ `
    with recursive reached as (
      select $2::uuid as id
      union
      select t.id
        from reached r
        join webhooks w on w.stack_id = r.id and w.format = 'pulumi_deployments'
        join stacks t on t.organization_id = $1 and t.project = split_part(w.payload_url, '/', 1)
                     and t.name = split_part(w.payload_url, '/', 2)
    )
    select from reached where id = $3`,
}

/** Whether an update of one stack leads to an update of the other, over any number of webhooks. */
export async function leadsTo(
  tx: Queryable,
  organizationId: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<boolean> {
  await tx.query(LOCK, [organizationId])
  return (await tx.query(LEADS_TO, [organizationId, from, to])).rowCount > 0
}
