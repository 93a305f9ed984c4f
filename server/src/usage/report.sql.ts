/** Sums over time: each record is read once, and shared out among the periods that it touches. */
import type { Queryable } from '../db/database.ts'

export interface PeriodUsage {
  /** Which period, from 0. */
  readonly index: number
  /** That ended in it. */
  readonly deployments: number
  readonly seconds: number
}

const BY_PERIOD = {
  name: 'usage-by-period',
  text: /* sql */ `
    select n::integer - 1 as index, count(*) filter (where n = u.last) as deployments,
           sum(extract(epoch from least(u.ended_at, ($2::timestamptz[])[n + 1])
                                - greatest(u.started_at, ($2::timestamptz[])[n])))::float8 as seconds
      from (select started_at, ended_at, greatest(width_bucket(started_at, $2::timestamptz[]), 1) as first,
                   width_bucket(ended_at, $2::timestamptz[]) as last
              from usage_records
             where organization_id = $1 and ended_at >= ($2::timestamptz[])[1]
               and started_at < ($2::timestamptz[])[cardinality($2::timestamptz[])]) u
     cross join lateral generate_series(u.first, least(u.last, cardinality($2::timestamptz[]) - 1)) n
     group by n order by n`,
}

/** @param bounds Ascending: where each period begins, and where the last ends. */
export async function usageByPeriod(
  db: Queryable,
  organizationId: string,
  bounds: readonly Date[],
): Promise<PeriodUsage[]> {
  return (await db.query<PeriodUsage>(BY_PERIOD, [organizationId, bounds])).rows
}

export interface StackUsage {
  readonly stackId: string
  /** As it was called last in that time. */
  readonly project: string
  readonly stack: string
  readonly deployments: number
  readonly seconds: number
}

const BY_STACK = {
  name: 'usage-by-stack',
  text: /* sql */ `
    select stack_id as "stackId", (array_agg(project order by ended_at desc))[1] as project,
           (array_agg(stack order by ended_at desc))[1] as stack,
           count(*) filter (where ended_at < $3) as deployments,
           sum(extract(epoch from least(ended_at, $3) - greatest(started_at, $2)))::float8 as seconds
      from usage_records
     where organization_id = $1 and ended_at >= $2 and started_at < $3
     group by stack_id order by project, stack, stack_id`,
}

export async function usageByStack(
  db: Queryable,
  organizationId: string,
  begin: Date,
  end: Date,
): Promise<StackUsage[]> {
  return (await db.query<StackUsage>(BY_STACK, [organizationId, begin, end])).rows
}
