/**
 * The lease of an update: a token that writes one update, as long as it lives and no longer than the job behind it.
 *
 * Each write runs in one transaction that first takes the update's row and looks at the lease; whoever ends the
 * update (complete, cancel, a lease that ran out, a deployment's end) waits for that row, and after it no write passes.
 * A dead lease is 403 or 409, never 401, which the CLI would take for "log in again".
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import { hashToken } from '../access/token.ts'
import type { Database, Queryable } from '../db/database.ts'
import {
  findLeasedUpdate,
  holdStackOfLease,
  type LeasedUpdateRow,
  lockLeasedUpdate,
  renewLeaseRow,
} from './lease.sql.ts'
import { UPDATE_LEASE_SECONDS } from './update.ts'

export interface LeaseCall {
  readonly token: string
  /** From the path: the token alone says which update it is, and both must agree. */
  readonly updateId: string
}

export interface LeasedUpdate {
  readonly id: string
  readonly stackId: string
  readonly dryRun: boolean
  /** Undefined for a dry run. */
  readonly version: number | undefined
  readonly isJournaled: boolean
}

/** Runs `work` in one transaction under a living lease. */
export async function withLease<T>(
  db: Database,
  call: LeaseCall,
  work: (tx: Queryable, update: LeasedUpdate) => Promise<T | Refusal>,
): Promise<T | Refusal> {
  return db.transaction(async (tx) => {
    const row = await lockLeasedUpdate(tx, hashToken(call.token))
    const refusal = reasonToRefuse(row, call)
    if (refusal || !row) return refusal ?? leaseUnknown
    return work(tx, {
      id: row.id,
      stackId: row.stackId,
      dryRun: row.dryRun,
      version: row.version ?? undefined,
      isJournaled: row.journalVersion > 0,
    })
  })
}

/**
 * Whether the token is worth reading a body for; who writes looks again in the transaction of the write.
 *
 * @param need `known`: also a lease that is over, for calls which may come after the end.
 */
export async function whyNotLeased(
  db: Queryable,
  call: LeaseCall,
  need: 'known' | 'living',
): Promise<Refusal | undefined> {
  const row = await findLeasedUpdate(db, hashToken(call.token))
  return need === 'known' && row?.id === call.updateId ? undefined : reasonToRefuse(row, call)
}

/** For `complete`, which may come twice: the row whatever its state, still only to its own token. Holds the stack. */
export async function lockedUpdateOf(tx: Queryable, call: LeaseCall): Promise<LeasedUpdateRow | Refusal> {
  const tokenHash = hashToken(call.token)
  await holdStackOfLease(tx, tokenHash)
  const row = await lockLeasedUpdate(tx, tokenHash)
  return row?.id === call.updateId ? row : leaseUnknown
}

/** @returns When it ends then, in Unix seconds. */
export async function renewLease(db: Database, call: LeaseCall): Promise<number | Refusal> {
  const renewed = await withLease(db, call, (tx, { id }) => renewLeaseRow(tx, id, UPDATE_LEASE_SECONDS))
  // 403 is what makes the CLI stop for good.
  return typeof renewed === 'number' ? renewed : { ...renewed, status: 403 }
}

/** Undefined: the lease lives. */
export function reasonToRefuse(row: LeasedUpdateRow | undefined, call: LeaseCall): Refusal | undefined {
  if (!row || row.id !== call.updateId) return leaseUnknown
  if (row.status === 'cancelled') return lost('the update was cancelled')
  if (row.status !== 'running') return lost('the update has ended')
  if (!row.leaseAlive) return lost('its lease has run out')
  if (!row.deploymentAlive) return lost('the deployment that opened it has ended')
  return undefined
}

function lost(why: string): Refusal {
  return { status: 409, reason: 'lease_lost', message: `Conflict: this update can write no more: ${why}.` }
}

const leaseUnknown: Refusal = {
  status: 403,
  reason: 'lease_unknown',
  message: 'Forbidden: this token is not the lease of this update.',
}
