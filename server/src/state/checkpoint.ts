/** Whole states from clients that do not journal: one after each step, each replacing the one before. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Database } from '../db/database.ts'
import { type LeaseCall, withLease } from './lease.ts'
import { type ReceivedState, writeReceived } from './stored-state.ts'

/** Repeating it is harmless. @returns Undefined when the state is durable. */
export async function saveCheckpoint(
  db: Database,
  call: LeaseCall,
  state: ReceivedState,
): Promise<Refusal | undefined> {
  return withLease(db, call, async (tx, { id, stackId, dryRun, version, isJournaled }) => {
    if (dryRun || version === undefined) return dryRunWritesNothing
    // The end would replay the journal over it.
    if (isJournaled) return mustJournal
    await writeReceived(tx, { stackId, updateId: id, version, state })
    return undefined
  })
}

const mustJournal: Refusal = {
  status: 409,
  reason: 'journaled_update',
  message: 'Conflict: this update was started with a journal: send journal entries, not a whole state.',
}

export const dryRunWritesNothing: Refusal = {
  status: 409,
  reason: 'dry_run',
  message: 'Conflict: a preview writes no state.',
}
