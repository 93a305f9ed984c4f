/** The statements of a claim, in the order in which `claim` runs them. */
import type { Queryable } from '../db/database.ts'
import type { ClaimedDeployment, Claimer } from './claim.ts'
import { ACCEPT_SECONDS } from './deployment.ts'

const STACK_IS_PAUSED = /* sql */ `exists (select from stacks s where s.id = d.stack_id and s.deployments_paused)`

/**
 * By the oldest head that may begin: one that is paused would keep its organization before all others for as long as
 * it is paused.
 */
const OPEN_ORGANIZATIONS = {
  name: 'open-organizations-of-pool',
  text: /* sql */ `
    with recursive heads as (
      (select d.organization_id, d.seq from deployments d
        where d.status = 'ready' and d.pool_id = $1 and not ${STACK_IS_PAUSED}
        order by d.organization_id, d.seq limit 1)
      union all
      (select next.organization_id, next.seq
         from heads cross join lateral (
              select d.organization_id, d.seq from deployments d
               where d.status = 'ready' and d.pool_id = $1 and d.organization_id > heads.organization_id
                 and not ${STACK_IS_PAUSED}
               order by d.organization_id, d.seq limit 1) next)
    )
    select o.id
      from heads join organizations o on o.id = heads.organization_id
     where not o.deployments_paused and o.running_deployments < o.concurrency_limit
       and exists (select from pool_tokens where id = $2 and pool_id = $1 and revoked_at is null
                      and (expires_at is null or expires_at > now()))
     order by heads.seq`,
}

/**
 * One statement, so that nothing is locked longer than it takes. `place` waits for the organization's row and then
 * checks the newest version of it; `head` never waits; both are read by the rest, so each is done once.
 */
const TAKE_HEAD = {
  name: 'take-head',
  text: /* sql */ `
    with place as (
      select id from organizations
       where id = $2 and not deployments_paused and running_deployments < concurrency_limit
         for no key update
    ), head as (
      select d.id from deployments d
       where d.status = 'ready' and d.pool_id = $1 and d.organization_id = (select id from place)
         and not ${STACK_IS_PAUSED}
       order by d.seq limit 1
         for update of d skip locked
    ), counted as (
      update organizations set running_deployments = running_deployments + 1
       where id = $2 and exists (select from head)
    )
    update deployments d
       set status = 'accepted', fencing = d.fencing + 1, runner_name = $3, job_token_hash = $4, stack_token_hash = $5,
           lease_until = clock_timestamp() + make_interval(secs => ${ACCEPT_SECONDS}),
           claimed_at = clock_timestamp(), modified_at = clock_timestamp()
      from head, stacks s, organizations o
     where d.id = head.id and s.id = d.stack_id and o.id = d.organization_id
    returning d.id, d.version, d.fencing, d.operation, d.settings, d.timeout_seconds as "timeoutSeconds",
              d.stack_id as "stackId", d.organization_id as "organizationId",
              o.name as organization, s.project, s.name as stack,
              extract(epoch from clock_timestamp() - d.created_at)::float8 as "waitedSeconds"`,
}

export async function openOrganizations(db: Queryable, claimer: Claimer): Promise<readonly string[]> {
  const { rows } = await db.query<{ id: string }>(OPEN_ORGANIZATIONS, [claimer.poolId, claimer.poolTokenId])
  return rows.map(({ id }) => id)
}

/** Undefined when the organization is paused or full by now, or others have taken its heads. */
export async function takeHead(
  db: Queryable,
  organizationId: string,
  claimer: Claimer,
): Promise<ClaimedDeployment | undefined> {
  const { rows } = await db.query<ClaimedDeployment>(TAKE_HEAD, [
    claimer.poolId,
    organizationId,
    claimer.runnerName,
    claimer.jobTokenHash,
    claimer.stackTokenHash,
  ])
  return rows[0]
}
