/**
 * Removing a stack when a deployment has destroyed it (`deleteAfterDestroy`). The job's token cannot do it: the server
 * does, in the transaction that ends the deployment.
 *
 * Whoever follows that deployment goes on reading it: it stays under its old path, with its log, its updates and their
 * events, and so do those that waited behind it and never ran. Everything else of the stack is gone, its data key too.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import { canReadStack } from '../access/permission.ts'
import type { Principal } from '../access/principal.ts'
import type { Queryable } from '../db/database.ts'
import { isUuid } from '../db/uuid.ts'
import { isRefusal } from '../refuse.ts'
import { deleteStackRow, lockWholeStack, resourceCountOf, retireNameOf } from './delete.sql.ts'
import { findRemovedStack, keepDeployments } from './removed.sql.ts'
import { loadStackFor, type StackNames, type StateOfStacks } from './stack.ts'

/** A sentence that says why a destroyed stack has to stay, or undefined. Holds the stack. */
export async function whyNotRemoved(
  tx: Queryable,
  stackId: string,
  state: Pick<StateOfStacks, 'runningUpdateConflict'>,
): Promise<string | undefined> {
  await lockWholeStack(tx, stackId)
  const count = await resourceCountOf(tx, stackId)
  if (count > 0) return `its state still has ${count === 1 ? 'a resource' : `${count} resources`}.`
  const conflict = await state.runningUpdateConflict(tx, stackId)
  return conflict && 'somebody else updates it at this moment.'
}

/** Retires the name and removes the stack, but for what is kept. It is held, and nothing runs on it. */
export async function removeStack(
  tx: Queryable,
  stackId: string,
  keptDeployments: readonly string[],
): Promise<void> {
  await keepDeployments(tx, stackId, keptDeployments)
  await retireNameOf(tx, stackId)
  await deleteStackRow(tx, stackId)
}

/**
 * The stack that a deployment or an update is read of: the one of that name, or the removed one that it belonged to.
 *
 * Another stack may have taken the name since, so the removed one is asked for first.
 */
export async function loadStackOf(
  tx: Queryable,
  principal: Principal,
  names: StackNames,
  kept: { readonly deploymentId: string } | { readonly updateId: string },
): Promise<{ readonly id: string } | Refusal> {
  const id = 'deploymentId' in kept ? kept.deploymentId : kept.updateId
  const removed = isUuid(id) ? await findRemovedStack(tx, names, kept) : undefined
  if (removed && canReadStack(principal, removed)) return { id: removed.id }
  const stack = await loadStackFor(tx, principal, names, 'read')
  return isRefusal(stack) ? stack : { id: stack.id }
}
