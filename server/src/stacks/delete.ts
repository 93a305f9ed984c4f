/** The end of a stack: refused while something runs on it or its resources would be forgotten. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Queryable } from '../db/database.ts'
import { deleteStackRow, resourceCountOf, retireNameOf } from './delete.sql.ts'
import { holdIdleStack } from './held.ts'
import type { Stack, StateOfStacks } from './stack.ts'

export interface DeleteOptions {
  /** Forget the resources that the state still has; they go on existing in the cloud. */
  readonly force: boolean
  readonly state: Pick<StateOfStacks, 'runningUpdateConflict'>
}

/**
 * Deletes the stack with everything that hangs on it, and retires its name. Call it in a transaction.
 *
 * @returns Undefined when it is gone.
 */
export async function deleteStack(
  tx: Queryable,
  stack: Stack,
  { force, state }: DeleteOptions,
): Promise<Refusal | undefined> {
  const refusal = await holdIdleStack(tx, stack, state)
  if (refusal) return refusal
  if (!force && (await resourceCountOf(tx, stack.id)) > 0) return stillHasResources
  await retireNameOf(tx, stack.id)
  await deleteStackRow(tx, stack.id)
  return undefined
}

/** The CLI compares this sentence to the letter. */
const stillHasResources: Refusal = {
  status: 400,
  reason: 'stack_has_resources',
  message: 'Bad Request: Stack still contains resources.',
}
