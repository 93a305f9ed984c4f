/** The statements behind `lease`. Each checks again what it acts on: a row that it does not find was lost. */
import type { Queryable } from '../db/database.ts'
import { ACCEPT_SECONDS, LEASE_SECONDS, READY_CHANNEL } from './deployment.ts'
import type { LeaseAnswer, LeaseHolder, LostLease } from './lease.ts'

/** Repeating it is harmless: a start whose answer was lost is sent again. */
const START = {
  name: 'start-deployment',
  text: /* sql */ `
    with old as (
      select id, status from deployments
       where id = $1 and fencing = $2 and status in ('accepted', 'running') and lease_until > clock_timestamp()
         for no key update
    )
    update deployments d
       set status = 'running', started_at = coalesce(started_at, clock_timestamp()), modified_at = clock_timestamp(),
           lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
      from old
     where d.id = old.id
    returning d.cancel_requested_at is not null as "cancelRequested", old.status = 'accepted' as "isFirst"`,
}

const BEAT = {
  name: 'beat-deployment',
  text: /* sql */ `
    update deployments
       set lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
     where id = $1 and fencing = $2 and status = 'running' and lease_until > clock_timestamp()
    returning cancel_requested_at is not null as "cancelRequested"`,
}

export interface Started extends LeaseAnswer {
  /** It was not running before. */
  readonly isFirst: boolean
}

export async function startRow(db: Queryable, holder: LeaseHolder): Promise<Started | undefined> {
  return (await db.query<Started>(START, [holder.deploymentId, holder.fencing])).rows[0]
}

export async function beatRow(db: Queryable, holder: LeaseHolder): Promise<LeaseAnswer | undefined> {
  return (await db.query<LeaseAnswer>(BEAT, [holder.deploymentId, holder.fencing])).rows[0]
}

/**
 * Back to its old place in the queue. `$3`: even before its time is over, for its runner is known to be gone. The place
 * that it frees may be for a head in another pool, that was passed over while the organization was full.
 */
const TAKE_BACK = {
  name: 'take-back-deployment',
  text: /* sql */ `
    with taken as (
      update deployments
         set status = 'ready', lease_until = null, job_token_hash = null, stack_token_hash = null,
             runner_name = null, claimed_at = null, modified_at = clock_timestamp()
       where id = $1 and fencing = $2 and status = 'accepted' and ($3 or lease_until <= clock_timestamp())
      returning pool_id, organization_id
    ), counted as (
      update organizations set running_deployments = running_deployments - 1
       where id = (select organization_id from taken)
      returning id, running_deployments + 1 >= concurrency_limit as was_full
    )
    select pg_notify('${READY_CHANNEL}', pool_id::text)
      from (select pool_id from taken
             union
            select d.pool_id from counted join deployments d on d.organization_id = counted.id and d.status = 'ready'
             where was_full) pools`,
}

export async function takeBackRow(
  db: Queryable,
  holder: LeaseHolder,
  evenBeforeItsTime: boolean,
): Promise<boolean> {
  const { rowCount } = await db.query(TAKE_BACK, [holder.deploymentId, holder.fencing, evenBeforeItsTime])
  return rowCount > 0
}

const NEW_LEASE = /* sql */ `
  clock_timestamp() + make_interval(secs => case status when 'accepted' then ${ACCEPT_SECONDS} else ${LEASE_SECONDS} end)`

/**
 * Reads the two ends of the index of live leases only; each row is checked again in the transaction that acts on it.
 * Nothing is there to be shortened unless the clock was set back.
 */
const LOST = {
  name: 'lost-leases',
  text: /* sql */ `
    with shortened as (
      update deployments set lease_until = ${NEW_LEASE}
       where status in ('accepted', 'running') and lease_until > clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
    )
    select id as "deploymentId", fencing, status, stack_id as "stackId", runner_name as "runnerName",
           lease_until > clock_timestamp() as "timedOut", timeout_seconds as "timeoutSeconds"
      from deployments
     where status in ('accepted', 'running')
       and (lease_until <= clock_timestamp()
            or (status = 'running' and started_at + make_interval(secs => timeout_seconds + $1) <= clock_timestamp()))
     order by lease_until`,
}

export async function lostRows(db: Queryable, graceSeconds: number): Promise<readonly LostLease[]> {
  return (await db.query<LostLease>(LOST, [graceSeconds])).rows
}

const EXTEND_ALL = {
  name: 'extend-all-leases',
  text: /* sql */ `
    update deployments
       set lease_until = greatest(lease_until, ${NEW_LEASE})
     where status in ('accepted', 'running')`,
}

export async function extendAllRows(db: Queryable): Promise<number> {
  return (await db.query(EXTEND_ALL)).rowCount
}
