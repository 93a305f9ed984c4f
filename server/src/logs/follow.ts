/**
 * Following a log: a client that has read all there is gets its answer when there is more, instead of asking again
 * and again. To a client that only knows how to ask, an answer that takes a moment is as good as one that is at once.
 */
import type { DeploymentLogs } from '@daypass/contract/deployments.ts'
import type { Queryable } from '../db/database.ts'
import type { Waits } from '../db/waits.ts'
import { type Cursor, tokenOf } from './log.ts'
import { readTail, type TailedDeployment } from './tail.ts'

/** Shorter than what clients and proxies have patience for. */
export const FOLLOW_SECONDS = 5
/** What is not notified (a header that waits for an update, a lost connection) is seen as soon as by asking. */
const LOOK_MS = 500

export interface Follower {
  readonly deploymentId: string
  readonly waits: Waits
  /** As it is at that moment; undefined when it is gone. */
  readonly find: () => Promise<TailedDeployment | undefined>
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal
  readonly waitMs: number
}

/** Undefined when there is no such deployment any more. */
export async function followTail(
  db: Queryable,
  cursor: Cursor,
  { deploymentId, waits, find, gone, waitMs }: Follower,
): Promise<DeploymentLogs | undefined> {
  const deadline = performance.now() + waitMs
  for (;;) {
    const leftMs = Math.max(0, deadline - performance.now())
    const wait = waits.await(deploymentId, Math.min(LOOK_MS, leftMs), gone)
    try {
      const found = await find()
      if (found === undefined) return undefined
      const page = await readTail(db, found, cursor)
      if (hasNews(page, cursor) || leftMs === 0 || gone.aborted) return page
      await wait.woken
    } finally {
      wait.stop()
    }
  }
}

/** Whether a client that was there before learns anything from it. */
export function hasNews({ lines, nextToken }: DeploymentLogs, cursor: Cursor): boolean {
  return lines.length > 0 || nextToken !== tokenOf(cursor)
}
