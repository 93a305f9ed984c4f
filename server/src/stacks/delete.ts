/** The end of a stack: refused while something runs on it or its resources would be forgotten. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Queryable } from '../db/database.ts'
import {
  deleteStackRow,
  lockDeploymentHead,
  lockStackForDelete,
  resourceCountOf,
  retireNameOf,
} from './delete.sql.ts'
import type { StateOfStacks } from './stack.ts'

export interface DeleteOptions {
  /** Forget the resources that the state still has; they go on existing in the cloud. */
  readonly force: boolean
  readonly state: Pick<StateOfStacks, 'runningUpdateConflict'>
}

/**
 * Deletes the stack with everything that hangs on it, and retires its name. Call it in a transaction.
 *
 * @returns Undefined when it is gone, also when it was gone before.
 */
export async function deleteStack(
  tx: Queryable,
  stackId: string,
  { force, state }: DeleteOptions,
): Promise<Refusal | undefined> {
  if (!(await lockStackForDelete(tx, stackId))) return undefined
  const head = await lockDeploymentHead(tx, stackId)
  if (head && head.status !== 'ready') {
    const message = `Conflict: Deployment ${head.version} of this stack is running: cancel it, or wait until it has ended.`
    return { status: 409, reason: 'deployment_running', message }
  }
  const conflict = await state.runningUpdateConflict(tx, stackId)
  if (conflict) return conflict
  if (!force && (await resourceCountOf(tx, stackId)) > 0) return stillHasResources
  await retireNameOf(tx, stackId)
  await deleteStackRow(tx, stackId)
  return undefined
}

/** The CLI compares this sentence to the letter. */
const stillHasResources: Refusal = {
  status: 400,
  reason: 'stack_has_resources',
  message: 'Bad Request: Stack still contains resources.',
}
