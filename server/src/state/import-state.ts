/** A state put in from outside, in one call: an update of the kind `import` that has succeeded when it is made. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { type Principal, personOf } from '../access/principal.ts'
import type { Database } from '../db/database.ts'
import { announce } from '../outbox/outbox.ts'
import { holdStack, type Stack, stackNotFound } from '../stacks/stack.ts'
import { failExpiredUpdates } from './ending.ts'
import { insertInstantUpdate } from './instant-update.sql.ts'
import { jobIsOver, takingTheStack } from './open-update.ts'
import { type ReceivedState, writeReceived } from './stored-state.ts'
import { advanceStack, holdDeployment, selectHolder } from './update.sql.ts'
import { conflictWith } from './update.ts'

/** @returns Undefined when the state is in place. The stack is one that the caller may write. */
export async function importState(
  db: Database,
  principal: Principal,
  stack: Stack,
  { updateId, state }: { readonly updateId: string; readonly state: ReceivedState },
): Promise<Refusal | undefined> {
  return takingTheStack(db, stack.id, async (tx) => {
    const locked = await holdStack(tx, stack.id)
    if (!locked) return stackNotFound({ ...stack, stack: stack.name })
    if (principal.kind === 'deployment' && !(await holdDeployment(tx, principal))) return jobIsOver
    await failExpiredUpdates(tx, stack.id)
    const holder = await selectHolder(tx, stack.id)
    if (holder) return conflictWith(holder)
    const version = locked.version + 1
    const requestedBy = personOf(principal).userId
    await insertInstantUpdate(tx, {
      id: updateId,
      stackId: stack.id,
      kind: 'import',
      version,
      requestedBy,
      message: '',
    })
    await advanceStack(tx, stack.id, version, updateId)
    await writeReceived(tx, { stackId: stack.id, updateId, version, state })
    await announce(tx, { event: 'update_ended', updateId })
    return undefined
  })
}
