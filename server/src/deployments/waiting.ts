/** What a deployment that has not started waits for, as a stable word and as a sentence. */
import type { WaitingFor } from '@daypass/contract/deployments.ts'
import type { Queryable } from '../db/database.ts'
import { selectWaiting, type WaitingRow } from './waiting.sql.ts'

/** A runner that waits asks again within 50 seconds; one that was not heard of for this long is away. */
export const RUNNER_SEEN_SECONDS = 75

/** By deployment; those that have started are not in it. */
export async function waitingFor(
  db: Queryable,
  deploymentIds: readonly string[],
): Promise<ReadonlyMap<string, WaitingFor>> {
  if (deploymentIds.length === 0) return new Map()
  const rows = await selectWaiting(db, deploymentIds, RUNNER_SEEN_SECONDS)
  return new Map(rows.map((row) => [row.id, reasonOf(row)]))
}

/** For the head of a log: undefined when it has started, or will as soon as a runner that is there takes it. */
export async function whyWaitingLong(db: Queryable, deploymentId: string): Promise<string | undefined> {
  const waiting = (await waitingFor(db, [deploymentId])).get(deploymentId)
  return waiting?.reason === 'runner' ? undefined : waiting?.message
}

/** What a person has to do something about comes first: a pause outlasts whatever is before it in the queue. */
export function reasonOf(row: WaitingRow): WaitingFor {
  if (row.stackPaused) {
    return { reason: 'stack_paused', message: 'Waits: the deployments of this stack are paused.' }
  }
  if (row.organizationPaused) {
    return {
      reason: 'organization_paused',
      message: 'Waits: the deployments of the organization are paused.',
    }
  }
  if (row.headId !== null && row.headVersion !== null) {
    const head = `deployment ${row.headVersion} of this stack`
    const message =
      row.ahead === 1
        ? `Waits for ${head} to end.`
        : `Waits for ${head} to end, and for ${row.ahead - 1} more that were asked for before it.`
    return { reason: 'deployment', message, deployment: { id: row.headId, version: row.headVersion } }
  }
  if (row.organizationFull) {
    return {
      reason: 'organization_limit',
      message: `Waits: the organization runs as many deployments as it may (${row.limit}).`,
    }
  }
  if (!row.poolIsOnline) {
    return {
      reason: 'no_runner',
      message: `Waits: no runner of the pool "${row.pool}" is online; start one, or choose another pool.`,
    }
  }
  return { reason: 'runner', message: `Waits for a free runner of the pool "${row.pool}".` }
}
