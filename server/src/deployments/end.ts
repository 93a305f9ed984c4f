/** How a deployment ends: always under its stack's lock, with everything that hangs on it, and the next one promoted. */
import type { Operation } from '@daypass/contract/job-protocol.ts'
import { type Database, type Queryable, type Transaction, together } from '../db/database.ts'
import { announce } from '../outbox/outbox.ts'
import { meterDeployment } from '../usage/usage.ts'
import type { Ending } from './deployment.ts'
import { type Ended, type EndRow, endRow, giveBackPlace, queuedOf } from './end.sql.ts'
import { lockStack, promote } from './queue.sql.ts'

export interface EndRequest extends EndRow {
  readonly stackId: string
  /** Goes into its log as the last line; null when its job has written why it ended. */
  readonly sentence: string | null
}

/**
 * Ends one deployment in a transaction of its own, unless its state forbids it.
 *
 * Repeating it is harmless: a deployment ends once.
 *
 * @returns Undefined when nothing was done.
 */
export async function endDeployment(
  db: Database,
  ending: Ending,
  request: EndRequest,
): Promise<Ended | undefined> {
  const ended = await db.transaction(async (tx) => {
    if (!(await lockStack(tx, request.stackId))) return undefined
    return endLocked(tx, ending, request)
  })
  if (ended && request.to !== 'skipped') ending.counted({ operation: ended.operation, result: request.to })
  return ended
}

/** Takes the stack's lock, for {@link endLocked}. False when the stack is gone. */
export async function holdQueue(tx: Queryable, stackId: string): Promise<boolean> {
  return (await lockStack(tx, stackId)) !== undefined
}

/** Skips all that waits on a stack whose lock the transaction holds. @returns Their ids. */
export async function skipQueued(
  tx: Transaction,
  ending: Ending,
  stackId: string,
  why: { readonly failureCode: string; readonly sentence: string },
): Promise<readonly string[]> {
  const ids = await queuedOf(tx, stackId)
  for (const id of ids) {
    await endLocked(tx, ending, {
      id,
      stackId,
      from: ['waiting', 'ready'],
      to: 'skipped',
      fencing: null,
      onlyIfLost: null,
      onlyIfHeld: false,
      failureCode: why.failureCode,
      failureMessage: why.sentence,
      sentence: why.sentence,
    })
  }
  return ids
}

/** The same inside a transaction that holds the stack's lock. */
export async function endLocked(
  tx: Transaction,
  ending: Ending,
  request: EndRequest,
): Promise<Ended | undefined> {
  const ended = await endRow(tx, request)
  if (!ended) return undefined
  const wasRunning = ended.before === 'running'
  // None needs what another one answers, and each wait is one for a busy server to come around.
  await together([
    ending.closeLog(tx, request.id, { status: request.to, sentence: request.sentence }),
    wasRunning ? ending.releaseUpdates(tx, request.id) : undefined,
    promote(tx, request.stackId),
    wasRunning ? meterDeployment(tx, request.id, ended.leaseUntil) : undefined,
  ])
  if (request.to !== 'skipped') await announceEnd(tx, ending, request.id, { ...ended, result: request.to })
  if (wasRunning || ended.before === 'accepted') giveBackPlace(tx, ended.organizationId)
  return ended
}

async function announceEnd(
  tx: Queryable,
  ending: Ending,
  deploymentId: string,
  { operation, result }: { readonly operation: Operation; readonly result: 'succeeded' | 'failed' },
): Promise<void> {
  await announce(tx, { event: `deployment_${result}`, deploymentId })
  if (operation === 'detect-drift' || operation === 'remediate-drift') {
    await ending.announceDriftRun(tx, { deploymentId, operation, result })
  }
}
