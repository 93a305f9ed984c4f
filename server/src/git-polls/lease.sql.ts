/** Which remote is looked at next, and by whom. */
import type { Queryable } from '../db/database.ts'
import { LEASE_SECONDS } from './poll.ts'

export interface LeasedPoll {
  readonly hostId: string
  readonly organizationId: string
  readonly repository: string
  readonly everySeconds: number
  readonly looks: number
  readonly sawAll: boolean
  readonly failures: number
}

const COLUMNS = /* sql */ `
  p.git_host_id as "hostId", h.organization_id as "organizationId", p.repository, p.every_seconds as "everySeconds",
  p.looks, p.saw_all as "sawAll", p.failures`

/** A lease that has run out is nobody's. */
const DUE_AT = 'greatest(due_at, coalesce(lease_until, due_at))'

const TAKE = {
  name: 'git-poll-take',
  text: /* sql */ `
    with due as (
      select git_host_id, repository from git_polls
       where pool_id = $1 and due_at <= clock_timestamp() and ${DUE_AT} <= clock_timestamp()
       order by due_at limit 1
         for no key update skip locked
    )
    update git_polls p
       set lease_id = $2, lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
      from due join git_hosts h on h.id = due.git_host_id
     where p.git_host_id = due.git_host_id and p.repository = due.repository
    returning ${COLUMNS}`,
}

/** Undefined: nothing is due. */
export async function takeDuePoll(
  db: Queryable,
  poolId: string,
  leaseId: string,
): Promise<LeasedPoll | undefined> {
  return (await db.query<LeasedPoll>(TAKE, [poolId, leaseId])).rows[0]
}

const NEXT = {
  name: 'git-poll-next',
  text: /* sql */ `
    select extract(epoch from min(${DUE_AT}) - clock_timestamp())::double precision as seconds
      from git_polls where pool_id = $1`,
}

/** Until one of the pool is due. Undefined: it has none. */
export async function secondsToNextPoll(db: Queryable, poolId: string): Promise<number | undefined> {
  return (await db.query<{ seconds: number | null }>(NEXT, [poolId])).rows[0]?.seconds ?? undefined
}

const HOLD = {
  name: 'git-poll-hold',
  text: /* sql */ `
    select ${COLUMNS}
      from git_polls p join git_hosts h on h.id = p.git_host_id
     where p.lease_id = $1 and p.pool_id = $2 and p.lease_until > clock_timestamp()
       for no key update of p`,
}

/** Held for the rest of the transaction. Undefined: the lease is over, or is not the pool's. */
export async function holdPoll(
  tx: Queryable,
  poolId: string,
  leaseId: string,
): Promise<LeasedPoll | undefined> {
  return (await tx.query<LeasedPoll>(HOLD, [leaseId, poolId])).rows[0]
}

export interface Looked {
  readonly sawAll: boolean
  readonly nextSeconds: number
  /** For people: it went well, but. */
  readonly note: { readonly code: string; readonly message: string } | undefined
}

const SEEN = /* sql */ `
  update git_polls
     set lease_id = null, lease_until = null, looks = looks + 1, looked_at = clock_timestamp(), saw_all = $3,
         due_at = clock_timestamp() + make_interval(secs => $4),
         failures = 0, failed_at = case when $5::text is not null then clock_timestamp() end,
         failure_code = $5, failure = $6
   where git_host_id = $1 and repository = $2`

export async function noteLook(
  tx: Queryable,
  { hostId, repository }: LeasedPoll,
  { sawAll, nextSeconds, note }: Looked,
): Promise<void> {
  const values = [hostId, repository, sawAll, nextSeconds, note?.code ?? null, note?.message ?? null]
  await tx.query(SEEN, values)
}

export interface FailedLook {
  readonly code: string
  readonly message: string
  readonly nextSeconds: number
}

const FAILED = /* sql */ `
  update git_polls
     set lease_id = null, lease_until = null, failures = failures + 1, failed_at = clock_timestamp(),
         failure_code = $3, failure = $4, due_at = clock_timestamp() + make_interval(secs => $5)
   where git_host_id = $1 and repository = $2`

export async function noteFailedLook(
  tx: Queryable,
  { hostId, repository }: LeasedPoll,
  { code, message, nextSeconds }: FailedLook,
): Promise<void> {
  await tx.query(FAILED, [hostId, repository, code, message, nextSeconds])
}
