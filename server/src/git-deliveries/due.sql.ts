/** What is to be handled now: each by one server, and no git host with more than its share. */
import type { Queryable } from '../db/database.ts'
import type { DeliveryHeaders } from '../git-hosts/adapter.ts'
import type { Outcome } from './delivery.ts'

export interface DueDelivery {
  readonly id: string
  readonly hostId: string
  readonly organizationId: string
  /** Of whoever handles it: what it writes counts only while it is this one. */
  readonly leaseId: string
  /** With this one. */
  readonly attempts: number
  readonly origin: 'host' | 'daypass'
  readonly headers: DeliveryHeaders
  readonly body: Buffer
  readonly receivedAt: Date
}

/** Longer than a server is away that comes back. */
export const LEASE_SECONDS = 120

/**
 * Looks at hosts that have something due, not at what is due. Of one subject the first that is not over: the next one waits
 * until that is.
 */
const TAKE = {
  name: 'git-deliveries-take-due',
  text: /* sql */ `
    with recursive waiting as (
      (select git_host_id from git_deliveries where due_at is not null order by git_host_id limit 1)
      union all
      (select next.git_host_id
         from waiting cross join lateral (
              select git_host_id from git_deliveries
               where due_at is not null and git_host_id > waiting.git_host_id
               order by git_host_id limit 1) next)
    ), candidates as (
      select d.id
        from waiting cross join lateral (
             select id, due_at, seq from git_deliveries d
              where d.git_host_id = waiting.git_host_id and d.due_at <= clock_timestamp()
                and not exists (select from git_deliveries earlier
                                 where earlier.git_host_id = d.git_host_id and earlier.subject = d.subject
                                   and earlier.due_at is not null and earlier.seq < d.seq)
              order by due_at, seq limit $2) d
       where waiting.git_host_id <> all ($3::uuid[])
       order by d.due_at, d.seq limit $1
    ), taken as (
      select id from git_deliveries
       where id in (select id from candidates) and due_at <= clock_timestamp()
         for no key update skip locked
    )
    update git_deliveries d
       set attempts = d.attempts + 1, lease_id = gen_random_uuid(),
           due_at = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
      from taken, git_hosts h
     where d.id = taken.id and h.id = d.git_host_id
    returning d.id, d.git_host_id as "hostId", h.organization_id as "organizationId", d.lease_id as "leaseId",
              d.attempts, d.origin, d.headers, d.body, d.received_at as "receivedAt"`,
}

export interface Room {
  readonly limit: number
  readonly perHost: number
  /** They have their share under way. */
  readonly busyHosts: readonly string[]
}

export async function takeDue(db: Queryable, { limit, perHost, busyHosts }: Room): Promise<DueDelivery[]> {
  return (await db.query<DueDelivery>(TAKE, [limit, perHost, busyHosts])).rows
}

type Taken = Pick<DueDelivery, 'id' | 'leaseId'>

const RENEW = {
  name: 'git-delivery-renew',
  text: /* sql */ `
    update git_deliveries set due_at = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
     where id = $1 and lease_id = $2`,
}

export async function renewLease(db: Queryable, { id, leaseId }: Taken): Promise<void> {
  await db.query(RENEW, [id, leaseId])
}

const RECORD = {
  name: 'git-delivery-record',
  text: /* sql */ `
    update git_deliveries
       set due_at = case when $3::double precision is not null
                         then clock_timestamp() + make_interval(secs => $3) end,
           lease_id = null, handled_at = clock_timestamp(), outcome = $4
     where id = $1 and lease_id = $2`,
}

/** @param retrySeconds Undefined: it is over. @returns False when another server has taken it since. */
export async function recordOutcome(
  db: Queryable,
  { id, leaseId }: Taken,
  outcome: Outcome,
  retrySeconds: number | undefined,
): Promise<boolean> {
  const values = [id, leaseId, retrySeconds ?? null, JSON.stringify(outcome)]
  return (await db.query(RECORD, values)).rowCount === 1
}

const PUT_BACK = /* sql */ `
  update git_deliveries set attempts = attempts - 1, lease_id = null, due_at = clock_timestamp()
   where id = $1 and lease_id = $2`

/** It was not handled after all: another server may do it at once. */
export async function putBack(db: Queryable, { id, leaseId }: Taken): Promise<void> {
  await db.query(PUT_BACK, [id, leaseId])
}
