import type { Queryable } from '../db/database.ts'

export interface LeasedUpdateRow {
  readonly id: string
  readonly stackId: string
  readonly dryRun: boolean
  readonly status: 'running' | 'succeeded' | 'failed' | 'cancelled'
  readonly version: number | null
  /** 0: its client sends whole states. */
  readonly journalVersion: number
  readonly leaseAlive: boolean
  /** True also when no deployment opened the update. */
  readonly deploymentAlive: boolean
}

/**
 * A deployment's update is as alive as the claim that opened it: the CLI sends no fencing number, so it is kept on
 * the row and compared here, in the transaction of the write.
 */
const LEASED = /* sql */ `
    select u.id, u.stack_id as "stackId", u.dry_run as "dryRun", u.status, u.version,
           u.journal_version as "journalVersion",
           coalesce(u.lease_until > clock_timestamp(), false) as "leaseAlive",
           u.deployment_fencing is null or exists (
             select from deployments d
              where d.id = u.deployment_id and d.fencing = u.deployment_fencing
                and d.status in ('accepted', 'running') and d.lease_until > clock_timestamp()
           ) as "deploymentAlive"
      from updates u where u.lease_token_hash = $1`

/** The row as `LEASED` shows it, taken for the rest of the transaction. */
export const LEASED_AND_HELD = `${LEASED} for no key update`
/** `reasonToRefuse` finds nothing, said over the columns of `LEASED`. */
export const LEASE_LIVES = /* sql */ `status = 'running' and "leaseAlive" and "deploymentAlive"`

const FIND = { name: 'lease-find', text: LEASED }
const LOCK = { name: 'lease-lock', text: LEASED_AND_HELD }

/** As it is at this moment: nothing keeps it so. */
export async function findLeasedUpdate(
  db: Queryable,
  tokenHash: Buffer,
): Promise<LeasedUpdateRow | undefined> {
  return (await db.query<LeasedUpdateRow>(FIND, [tokenHash])).rows[0]
}

export async function lockLeasedUpdate(
  tx: Queryable,
  tokenHash: Buffer,
): Promise<LeasedUpdateRow | undefined> {
  return (await tx.query<LeasedUpdateRow>(LOCK, [tokenHash])).rows[0]
}

/** Whoever deletes the stack waits for us, and not for the update's row, which we take next. */
const HOLD_STACK = {
  name: 'lease-hold-stack',
  text: /* sql */ `
    select from stacks where id = (select stack_id from updates where lease_token_hash = $1) for key share`,
}

export async function holdStackOfLease(tx: Queryable, tokenHash: Buffer): Promise<void> {
  await tx.query(HOLD_STACK, [tokenHash])
}

const RENEW = {
  name: 'lease-renew',
  text: /* sql */ `
    update updates set lease_until = clock_timestamp() + make_interval(secs => $2) where id = $1
    returning floor(extract(epoch from lease_until))::bigint as "leaseUntil"`,
}

/** @returns The new end, in Unix seconds. */
export async function renewLeaseRow(tx: Queryable, updateId: string, seconds: number): Promise<number> {
  const { rows } = await tx.query<{ leaseUntil: number }>(RENEW, [updateId, seconds])
  return rows[0]?.leaseUntil ?? 0
}
