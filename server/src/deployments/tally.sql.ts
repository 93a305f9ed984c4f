/**
 * How many deployments there are. Those that have ended are tallied by the database (`deployment_tallies`), those that
 * have not are counted: neither grows with the history.
 */
import type { Operation } from '@daypass/contract/job-protocol.ts'
import type { Queryable } from '../db/database.ts'
import type { Status } from './deployment.ts'

export interface Wanted {
  readonly statuses: readonly Status[] | undefined
  readonly operations: readonly Operation[] | undefined
}

/** Of the rows of `alias`, which must have a status and an operation; `$2` and `$3` are what is wanted. */
export const isWanted = (alias: string): string => /* sql */ `
  ($2::text[] is null or ${alias}.status = any ($2)) and ($3::text[] is null or ${alias}.operation = any ($3))`

const OF_STACK = {
  name: 'deployments-of-stack-in-all',
  text: /* sql */ `
    select (select coalesce(sum(t.count), 0) from deployment_tallies t where t.stack_id = $1 and ${isWanted('t')})::bigint
         + (select count(*) from deployments d
             where d.stack_id = $1 and d.status = 'waiting' and ${isWanted('d')})
         + (select count(*) from deployments d
             where d.stack_id = $1 and d.status in ('ready', 'accepted', 'running') and ${isWanted('d')}) as total`,
}

export async function totalOfStack(
  db: Queryable,
  stackId: string,
  { statuses, operations }: Wanted,
): Promise<number> {
  const values = [stackId, statuses ?? null, operations ?? null]
  return (await db.query<{ total: number }>(OF_STACK, values)).rows[0]?.total ?? 0
}

/** What else decides which of an organization's rows are seen: tables joined by their `stack_id`, as `one`. */
export interface Seen {
  readonly tables: string
  readonly condition: string
  /** From `$4` on. */
  readonly values: readonly unknown[]
}

export async function totalOfOrganization(
  db: Queryable,
  organizationId: string,
  { statuses, operations }: Wanted,
  seen: Seen,
): Promise<number> {
  const { rows } = await db.query<{ total: number }>(
    /* sql */ `
    select (select coalesce(sum(d.count), 0) from deployment_tallies d ${seen.tables}
             where ${seen.condition} d.organization_id = $1 and ${isWanted('d')})::bigint
         + (select count(*) from deployments d ${seen.tables}
             where ${seen.condition} d.organization_id = $1
               and d.status in ('waiting', 'ready', 'accepted', 'running') and ${isWanted('d')}) as total`,
    [organizationId, statuses ?? null, operations ?? null, ...seen.values],
  )
  return rows[0]?.total ?? 0
}

const COUNTS = {
  name: 'deployments-of-organization-by-status',
  text: /* sql */ `
    select status, sum(count)::bigint as count from (
      select status, count from deployment_tallies where organization_id = $1
       union all
      select status, 1 from deployments
       where organization_id = $1 and status in ('waiting', 'ready', 'accepted', 'running')) one
     group by status`,
}

export async function countsOf(
  db: Queryable,
  organizationId: string,
): Promise<readonly { readonly status: Status; readonly count: number }[]> {
  return (await db.query<{ status: Status; count: number }>(COUNTS, [organizationId])).rows
}
