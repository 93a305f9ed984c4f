/** The statement of a claim: one for all runners that wait at the same moment. */
import type { Queryable } from '../db/database.ts'
import type { ClaimedDeployment, Claimer } from './claim.ts'
import { ACCEPT_SECONDS } from './deployment.ts'

/** Of a pool's heads, those that no pause of their stack holds back. */
const HEADS = /* sql */ `
  deployments d
   where d.status = 'ready' and d.pool_id = $1
     and not exists (select from stacks s where s.id = d.stack_id and s.deployments_paused)`

/**
 * One statement, so that nothing is locked longer than it takes.
 *
 * `askers` are the runners whose token is good, in the order in which they came. `organizations_with_heads` hops from one
 * organization to the next, however many heads each has. `oldest` are as many heads as there are askers, by their age alone:
 * a paused head is none, or it would keep its organization before all others. `place` waits for the organizations'
 * rows, in one order, and then believes the newest version of their counters; `head` takes what is there and never waits.
 */
const CLAIM = {
  name: 'claim-deployments',
  text: /* sql */ `
    with recursive askers as (
      select row_number() over (order by n) as place, n, runner_name, job_token_hash, stack_token_hash
        from unnest($2::uuid[], $3::text[], $4::bytea[], $5::bytea[])
             with ordinality as a (token_id, runner_name, job_token_hash, stack_token_hash, n)
       where exists (select from pool_tokens t where t.id = a.token_id and t.pool_id = $1 and t.revoked_at is null
                        and (t.expires_at is null or t.expires_at > now()))
    ), organizations_with_heads as (
      (select d.organization_id as id from ${HEADS} order by d.organization_id, d.seq limit 1)
      union all
      (select next.id
         from organizations_with_heads last cross join lateral (
              select d.organization_id as id from ${HEADS} and d.organization_id > last.id
               order by d.organization_id, d.seq limit 1) next)
    ), oldest as (
      select one.organization_id
        from organizations_with_heads w
        join organizations o on o.id = w.id
             and not o.deployments_paused and o.running_deployments < o.concurrency_limit and o.id <> all ($6::uuid[])
       cross join lateral (
             select d.organization_id, d.seq from ${HEADS} and d.organization_id = o.id
              order by d.seq
              limit least((select count(*) from askers), o.concurrency_limit - o.running_deployments)) one
       order by one.seq limit (select count(*) from askers)
    ), wanted as (
      select organization_id as id, count(*) as heads from oldest group by organization_id
    ), place as (
      select o.id, least(w.heads, o.concurrency_limit - o.running_deployments) as room
        from organizations o join wanted w on w.id = o.id
       where not o.deployments_paused and o.running_deployments < o.concurrency_limit
       order by o.id
         for no key update of o
    ), head as (
      select one.id, one.organization_id, row_number() over (order by one.seq) as place
        from place cross join lateral (
             select d.id, d.organization_id, d.seq from ${HEADS} and d.organization_id = place.id
              order by d.seq limit place.room
                for update of d skip locked) one
    ), counted as (
      update organizations o set running_deployments = o.running_deployments + taken.heads
        from (select organization_id as id, count(*) as heads from head group by organization_id) taken
       where o.id = taken.id
    ), claimed as (
      update deployments d
         set status = 'accepted', fencing = d.fencing + 1, runner_name = a.runner_name,
             job_token_hash = a.job_token_hash, stack_token_hash = a.stack_token_hash,
             lease_until = clock_timestamp() + make_interval(secs => ${ACCEPT_SECONDS}),
             claimed_at = clock_timestamp(), modified_at = clock_timestamp()
        from head join askers a using (place), stacks s, organizations o
       where d.id = head.id and s.id = d.stack_id and o.id = d.organization_id
      returning a.n, jsonb_build_object(
                'id', d.id, 'version', d.version, 'fencing', d.fencing, 'operation', d.operation, 'settings', d.settings,
                'git', d.git, 'gitHostId', d.git_host_id,
                'timeoutSeconds', d.timeout_seconds, 'stackId', d.stack_id, 'organizationId', d.organization_id,
                'organization', o.name, 'project', s.project, 'stack', s.name,
                'waitedSeconds', extract(epoch from clock_timestamp() - d.created_at)::float8) as deployment
    )
    select array(select n::integer from claimed order by n) as askers,
           array(select deployment from claimed order by n) as deployments,
           array(select w.id from wanted w
                  where w.heads > (select count(*) from head where head.organization_id = w.id)) as short`,
}

export interface ClaimRow {
  /** Which of the claimers got one, counted from 1. */
  readonly askers: readonly number[]
  readonly deployments: readonly ClaimedDeployment[]
  /** Organizations where somebody else was faster: what others have was passed over for them. */
  readonly short: readonly string[]
}

export async function claimRows(
  db: Queryable,
  poolId: string,
  claimers: readonly Claimer[],
  passedOver: readonly string[],
): Promise<ClaimRow> {
  const { rows } = await db.query<ClaimRow>(CLAIM, [
    poolId,
    claimers.map(({ poolTokenId }) => poolTokenId),
    claimers.map(({ runnerName }) => runnerName),
    claimers.map(({ jobTokenHash }) => jobTokenHash),
    claimers.map(({ stackTokenHash }) => stackTokenHash),
    passedOver,
  ])
  const [row] = rows
  if (!row) throw new Error('A claim answers one row.')
  return row
}
