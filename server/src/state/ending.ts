/**
 * What the end of an update is, whoever brings it about: its status, and the state that its journal makes.
 *
 * Both happen in one transaction that holds the update's row: an entry was acknowledged before, and is in the state,
 * or comes after, and is refused. Whoever ends more than one update holds their stack first.
 */
import type { Database, Queryable } from '../db/database.ts'
import { announceDetection } from '../drift/announce.ts'
import { announce } from '../outbox/outbox.ts'
import { holdStack } from '../stacks/stack.ts'
import { materializeJournal } from './journal/journal.ts'
import {
  endUpdateRow,
  lockExpiredUpdates,
  lockUpdatesOfDeployment,
  stacksWithExpiredUpdates,
  type UpdateResult,
} from './update.sql.ts'

/** The transaction holds the update's row. */
export async function endHeldUpdate(tx: Queryable, updateId: string, result: UpdateResult): Promise<void> {
  const { endedAt, isDriftRun, resourceChanges } = await endUpdateRow(tx, updateId, result)
  await materializeJournal(tx, updateId, endedAt)
  await announce(tx, { event: 'update_ended', updateId })
  if (isDriftRun) {
    const ended = result === 'succeeded' ? result : 'failed'
    await announceDetection(tx, { updateId }, { result: ended, resourceChanges: resourceChanges ?? {} })
  }
}

/** Of one stack, which the transaction holds. @returns How many there were. */
export async function failExpiredUpdates(tx: Queryable, stackId: string): Promise<number> {
  return failAll(tx, await lockExpiredUpdates(tx, stackId))
}

/** The transaction holds the stack and the deployment. */
export async function failUpdatesOfDeployment(tx: Queryable, deploymentId: string): Promise<void> {
  await failAll(tx, await lockUpdatesOfDeployment(tx, deploymentId))
}

/**
 * Of all stacks, one transaction each: a state that cannot be made holds up its own stack, and no other.
 *
 * @param onFailure Told of each stack whose updates could not be ended; the next call tries again.
 * @returns How many there were.
 */
export async function failAllExpiredUpdates(
  db: Database,
  onFailure: (stackId: string, error: unknown) => void,
): Promise<number> {
  let count = 0
  for (const stackId of await stacksWithExpiredUpdates(db)) {
    try {
      count += await db.transaction(async (tx) => {
        await holdStack(tx, stackId)
        return failExpiredUpdates(tx, stackId)
      })
    } catch (error) {
      onFailure(stackId, error)
    }
  }
  return count
}

async function failAll(tx: Queryable, updateIds: readonly string[]): Promise<number> {
  for (const updateId of updateIds) await endHeldUpdate(tx, updateId, 'failed')
  return updateIds.length
}
