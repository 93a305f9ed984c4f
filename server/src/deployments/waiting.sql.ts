/** What stands between a queued deployment and a runner. */
import type { Queryable } from '../db/database.ts'

export interface WaitingRow {
  readonly id: string
  readonly stackPaused: boolean
  readonly organizationPaused: boolean
  /** The first of its stack, if that is another one. */
  readonly headId: string | null
  readonly headVersion: number | null
  /** How many of its stack come before it. */
  readonly ahead: number
  readonly organizationFull: boolean
  readonly limit: number
  readonly pool: string
  /** One of its runners asked for work lately, or runs something. */
  readonly poolIsOnline: boolean
}

const WAITING = {
  name: 'waiting-for',
  text: /* sql */ `
    select d.id, s.deployments_paused as "stackPaused", o.deployments_paused as "organizationPaused",
           head.id as "headId", head.version as "headVersion", coalesce(head.ahead, 0) as ahead,
           o.running_deployments >= o.concurrency_limit as "organizationFull", o.concurrency_limit as limit,
           p.name as pool,
           exists (select from pool_runners r
                    where r.pool_id = p.id and r.last_seen_at > now() - make_interval(secs => $2))
             or exists (select from deployments busy
                         where busy.pool_id = p.id and busy.status in ('accepted', 'running')) as "poolIsOnline"
      from deployments d
      join stacks s on s.id = d.stack_id
      join organizations o on o.id = d.organization_id
      join pools p on p.id = d.pool_id
      left join lateral (
        select a.id, a.version, count(*) over () as ahead
          from deployments a
         where a.stack_id = d.stack_id and a.seq < d.seq
           and a.status in ('waiting', 'ready', 'accepted', 'running')
         order by a.seq limit 1) head on true
     where d.id = any ($1) and d.status in ('waiting', 'ready')`,
}

export async function selectWaiting(
  db: Queryable,
  ids: readonly string[],
  seenSeconds: number,
): Promise<readonly WaitingRow[]> {
  return (await db.query<WaitingRow>(WAITING, [ids, seenSeconds])).rows
}
