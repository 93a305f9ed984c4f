/** Sums over time: each record is read once, and shared out among the periods that it touches. */
import { leastIn, type ReadableStacks } from '../access/permission.ts'
import { isReadable } from '../access/stack-place.ts'
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
    select r.stack_id as "stackId", (array_agg(r.project order by r.ended_at desc))[1] as project,
           (array_agg(r.stack order by r.ended_at desc))[1] as stack,
           count(*) filter (where r.ended_at < $3) as deployments,
           sum(extract(epoch from least(r.ended_at, $3) - greatest(r.started_at, $2)))::float8 as seconds
      from usage_records r join organizations o on o.id = r.organization_id left join stacks s on s.id = r.stack_id
     where r.organization_id = $1 and r.ended_at >= $2 and r.started_at < $3
       and ($4::int is null or ${isReadable('$4::int', '$5::uuid[]')})
     group by r.stack_id order by project, stack, r.stack_id`,
}

/** @param readable Whose stacks alone are shown; undefined: all. */
export async function usageByStack(
  db: Queryable,
  organizationId: string,
  { begin, end }: { readonly begin: Date; readonly end: Date },
  readable: ReadableStacks | undefined,
): Promise<StackUsage[]> {
  const least = readable && leastIn(readable, organizationId)
  const values = [organizationId, begin, end, least ?? null, readable?.holders ?? []]
  return (await db.query<StackUsage>(BY_STACK, values)).rows
}
