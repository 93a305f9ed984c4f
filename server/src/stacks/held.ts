/** Why a stack may not change what it is called, or go, at this moment. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Queryable } from '../db/database.ts'
import { lockDeploymentHead, lockWholeStack } from './delete.sql.ts'
import { type Stack, type StateOfStacks, stackNotFound } from './stack.ts'

/**
 * Holds the stack and its next deployment for the rest of the transaction.
 *
 * @returns Undefined when nothing runs on it: no update, and no deployment that a runner was told the names of.
 */
export async function holdIdleStack(
  tx: Queryable,
  stack: Stack,
  state: Pick<StateOfStacks, 'runningUpdateConflict'>,
): Promise<Refusal | undefined> {
  const held = await lockWholeStack(tx, stack.id)
  // Somebody else was quicker, and it is gone or called something else.
  const isSame =
    held?.organizationId === stack.organizationId &&
    held.project === stack.project &&
    held.name === stack.name
  if (!isSame) return stackNotFound({ ...stack, stack: stack.name })
  const head = await lockDeploymentHead(tx, stack.id)
  if (head && head.status !== 'ready') {
    const message = `Conflict: Deployment ${head.version} of this stack is running: cancel it, or wait until it has ended.`
    return { status: 409, reason: 'deployment_running', message }
  }
  return state.runningUpdateConflict(tx, stack.id)
}
