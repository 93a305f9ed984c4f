/** The end of an update: the client completes it, or a person cancels it. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { canWriteStack } from '../access/permission.ts'
import type { Principal } from '../access/principal.ts'
import type { Database } from '../db/database.ts'
import { isRefusal } from '../refuse.ts'
import { holdStack, mayNotWrite, type Stack } from '../stacks/stack.ts'
import { endHeldUpdate } from './ending.ts'
import { type LeaseCall, lockedUpdateOf, reasonToRefuse } from './lease.ts'
import { isOpenedBy, updateNotFound } from './open-update.ts'
import { lockUpdate } from './update.sql.ts'

/** Completing it again with the same result succeeds: the first answer may have been lost. */
export async function completeUpdate(
  db: Database,
  call: LeaseCall,
  status: 'succeeded' | 'failed',
): Promise<Refusal | undefined> {
  return db.transaction(async (tx) => {
    const update = await lockedUpdateOf(tx, call)
    if (isRefusal(update)) return update
    if (update.status === status) return undefined
    const refusal = reasonToRefuse(update, call)
    if (refusal) return refusal
    await endHeldUpdate(tx, update.id, status)
    return undefined
  })
}

/**
 * Takes the lease away. The client notices at its next write or renewal; what it wrote until now stays.
 *
 * A job cancels its own updates only: it must not take the stack from somebody's laptop.
 */
export async function cancelUpdate(
  db: Database,
  principal: Principal,
  stack: Stack,
  updateId: string,
): Promise<Refusal | undefined> {
  return db.transaction(async (tx) => {
    await holdStack(tx, stack.id)
    const update = await lockUpdate(tx, stack.id, updateId)
    if (!update) return updateNotFound(updateId)
    if (principal.kind === 'deployment' && !isOpenedBy(principal, update)) return notItsOwn
    if (!update.dryRun && !canWriteStack(principal, stack)) return mayNotWrite(principal)
    switch (update.status) {
      case 'cancelled':
        return undefined
      case 'not started':
      case 'running':
        await endHeldUpdate(tx, update.id, 'cancelled')
        return undefined
      case 'succeeded':
      case 'failed':
        return { status: 409, reason: 'update_ended', message: 'Conflict: the update has ended already.' }
    }
  })
}

const notItsOwn: Refusal = {
  status: 403,
  reason: 'other_update',
  message: 'The token of a running deployment cancels its own updates only.',
}
