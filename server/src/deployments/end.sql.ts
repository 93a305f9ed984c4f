/** The one statement that ends a deployment, and what its organization and pools must hear of it. */
import type { Operation } from '@daypass/contract/job-protocol.ts'
import type { Queryable, Transaction } from '../db/database.ts'
import { CANCELLED_CHANNEL, type EndStatus, READY_CHANNEL, type Status } from './deployment.ts'

export interface EndRow {
  readonly id: string
  /** Only from one of these. */
  readonly from: readonly Status[]
  readonly to: EndStatus
  /** Only with the number it was claimed with; null: whoever holds it. */
  readonly fencing: number | null
  /** Only when the lease is over, or the timeout and its grace. */
  readonly onlyIfLost: { readonly graceSeconds: number } | null
  /** Only while the lease lives: a job's own report. */
  readonly onlyIfHeld: boolean
  readonly failureCode: string | null
  readonly failureMessage: string | null
}

export interface Ended {
  readonly before: Status
  /** When its job was to be heard of again; null when it had none. */
  readonly leaseUntil: Date | null
  readonly organizationId: string
  readonly operation: Operation
}

const END = {
  name: 'end-deployment',
  text: /* sql */ `
    with old as (
      select id, status, lease_until from deployments
       where id = $1 and status = any ($2) and ($4::bigint is null or fencing = $4)
         and ($5::integer is null or lease_until <= clock_timestamp()
              or (status = 'running'
                  and started_at + make_interval(secs => timeout_seconds + $5) <= clock_timestamp()))
         and (not $6 or lease_until > clock_timestamp())
         for no key update
    )
    update deployments d
       set status = $3, lease_until = null, stack_token_hash = null, failure_code = $7, failure_message = $8,
           ended_at = clock_timestamp(), modified_at = clock_timestamp()
      from old
     where d.id = old.id
    returning old.status as before, old.lease_until as "leaseUntil", d.organization_id as "organizationId",
              d.operation`,
}

/** Undefined when it was not in such a state (any more). */
export async function endRow(tx: Queryable, row: EndRow): Promise<Ended | undefined> {
  const { rows } = await tx.query<Ended>(END, [
    row.id,
    row.from,
    row.to,
    row.fencing,
    row.onlyIfLost?.graceSeconds ?? null,
    row.onlyIfHeld,
    row.failureCode,
    row.failureMessage,
  ])
  return rows[0]
}

/** Its other heads were passed over while the organization was full: every pool that has one wakes. */
const GIVE_BACK_PLACE = {
  name: 'give-back-place',
  text: /* sql */ `
    with freed as (
      update organizations set running_deployments = running_deployments - 1 where id = $1
      returning id, running_deployments + 1 >= concurrency_limit as was_full
    )
    select pg_notify('${READY_CHANNEL}', pool_id::text)
      from (select distinct d.pool_id
              from freed join deployments d on d.organization_id = freed.id and d.status = 'ready'
             where freed.was_full) pools`,
}

/** With the commit: every other end and every claim of the organization waits for its row. */
export function giveBackPlace(tx: Transaction, organizationId: string): void {
  tx.withCommit(GIVE_BACK_PLACE, [organizationId])
}

const TELL_JOB = {
  name: 'tell-job',
  text: /* sql */ `select pg_notify('${CANCELLED_CHANNEL}', $1)`,
}

/** Answers the job's long poll at commit: it looks again, and learns of a cancel or that it lost its lease. */
export async function tellJob(tx: Queryable, deploymentId: string): Promise<void> {
  await tx.query(TELL_JOB, [deploymentId])
}

const REQUEST_CANCEL = {
  name: 'request-cancel',
  text: /* sql */ `
    update deployments
       set cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()), modified_at = clock_timestamp()
     where id = $1 and status = 'running'
    returning id`,
}

/** False when it does not run. */
export async function requestCancel(tx: Queryable, deploymentId: string): Promise<boolean> {
  return (await tx.query(REQUEST_CANCEL, [deploymentId])).rowCount === 1
}

const QUEUED = {
  name: 'queued-deployments',
  text: /* sql */ `
    select id from deployments where stack_id = $1 and status in ('waiting', 'ready') order by seq`,
}

export async function queuedOf(tx: Queryable, stackId: string): Promise<readonly string[]> {
  return (await tx.query<{ id: string }>(QUEUED, [stackId])).rows.map(({ id }) => id)
}

const UNSTARTED = {
  name: 'unstarted-deployments',
  text: /* sql */ `
    select id, stack_id as "stackId" from deployments
     where status in ('waiting', 'ready') and created_at < now() - make_interval(days => $1)
     order by created_at limit 100`,
}

export async function unstartedFor(
  db: Queryable,
  days: number,
): Promise<readonly { readonly id: string; readonly stackId: string }[]> {
  return (await db.query<{ id: string; stackId: string }>(UNSTARTED, [days])).rows
}
