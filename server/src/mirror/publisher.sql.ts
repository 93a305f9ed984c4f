/** Who publishes at a mirror, what came of it, and what was seen there. All times are the database's. */
import type { Queryable } from '../db/database.ts'
import type { MirrorDocuments, PublicationFailure } from './mirror.ts'

export interface PublisherRow {
  readonly dueAt: Date
  /** What was seen there last. */
  readonly digest: string | null
  readonly seenAt: Date | null
  readonly seenBy: 'issuer-url' | 'target' | null
  /** In a row. */
  readonly failures: number
  readonly failingSince: Date | null
  readonly failureCode: string | null
  readonly failure: string | null
  /** When what was seen last was seen first. */
  readonly publishedAt: Date | null
}

const COLUMNS = /* sql */ `
  due_at as "dueAt", digest, seen_at as "seenAt", seen_by as "seenBy", failures, failing_since as "failingSince",
  failure_code as "failureCode", failure,
  (select published_at from issuer_publications p where p.target = issuer_publishers.target order by id desc limit 1)
    as "publishedAt"`

const READ = /* sql */ `select ${COLUMNS} from issuer_publishers where target = $1`

export async function readPublisher(db: Queryable, target: string): Promise<PublisherRow | undefined> {
  return (await db.query<PublisherRow>(READ, [target])).rows[0]
}

const ADD = /* sql */ `insert into issuer_publishers (target) values ($1) on conflict do nothing`

const TAKE = /* sql */ `
  update issuer_publishers
     set lease_id = $2, leased_until = clock_timestamp() + make_interval(secs => $3)
   where target = $1 and (leased_until is null or leased_until < clock_timestamp())
     and ($5 or due_at <= clock_timestamp() or tried_digest is distinct from $4)
  returning ${COLUMNS}`

export interface Lease {
  readonly target: string
  readonly leaseId: string
}

/**
 * Makes us the one who publishes there, when it is due and nobody else does.
 *
 * @param ask.digest Of what would be published: other documents than those of the last attempt are due.
 * @param ask.atOnce It is due whatever was planned.
 */
export async function takePublisher(
  db: Queryable,
  { target, leaseId }: Lease,
  ask: { readonly leaseSeconds: number; readonly digest: string; readonly atOnce: boolean },
): Promise<PublisherRow | undefined> {
  await db.query(ADD, [target])
  const values = [target, leaseId, ask.leaseSeconds, ask.digest, ask.atOnce]
  return (await db.query<PublisherRow>(TAKE, values)).rows[0]
}

const GIVE_BACK = /* sql */ `
  update issuer_publishers set lease_id = null, leased_until = null where target = $1 and lease_id = $2`

/** Nothing came of it: the next one may begin. */
export async function giveBackPublisher(db: Queryable, { target, leaseId }: Lease): Promise<void> {
  await db.query(GIVE_BACK, [target, leaseId])
}

const SEEN = /* sql */ `
  update issuer_publishers
     set lease_id = null, leased_until = null, due_at = clock_timestamp() + make_interval(secs => $3),
         tried_digest = $4, digest = $4, seen_at = clock_timestamp(), seen_by = $5,
         failures = 0, failing_since = null, failure_code = null, failure = null
   where target = $1 and lease_id = $2 and leased_until > clock_timestamp()`

const PUBLISHED = /* sql */ `
  insert into issuer_publications (target, digest, kids)
  select $1, $2, $3
   where $2 is distinct from (select digest from issuer_publications where target = $1 order by id desc limit 1)`

/** @returns Whether the lease was still ours; if not, nothing is recorded. */
export async function recordSeen(
  tx: Queryable,
  { target, leaseId }: Lease,
  { digest, kids }: MirrorDocuments,
  seen: { readonly by: 'issuer-url' | 'target'; readonly nextLookSeconds: number },
): Promise<boolean> {
  const { rowCount } = await tx.query(SEEN, [target, leaseId, seen.nextLookSeconds, digest, seen.by])
  if (rowCount === 0) return false
  await tx.query(PUBLISHED, [target, digest, kids])
  return true
}

const FAILED = /* sql */ `
  update issuer_publishers
     set lease_id = null, leased_until = null, due_at = clock_timestamp() + make_interval(secs => $3),
         tried_digest = $4, failures = failures + 1, failing_since = coalesce(failing_since, clock_timestamp()),
         failure_code = $5, failure = $6
   where target = $1 and lease_id = $2 and leased_until > clock_timestamp()`

/** @returns Whether the lease was still ours; if not, nothing is recorded. */
export async function recordFailed(
  tx: Queryable,
  { target, leaseId }: Lease,
  { digest }: MirrorDocuments,
  failed: { readonly failure: PublicationFailure; readonly nextTrySeconds: number },
): Promise<boolean> {
  const { code, message } = failed.failure
  const values = [target, leaseId, failed.nextTrySeconds, digest, code, message]
  return (await tx.query(FAILED, values)).rowCount !== 0
}
