/**
 * A job's hold on its deployment, by the database's clock alone: our own and the runner's need not agree with it.
 *
 * A lease is taken by `start`, kept by beats, and lost by silence. Who holds it is the deployment and the number it
 * was claimed with, so that a runner from before cannot speak for a later claim.
 */
import type { Database, Queryable } from '../db/database.ts'
import { announce } from '../outbox/outbox.ts'
import { TIMEOUT_GRACE_SECONDS } from './deployment.ts'
import { beatRow, extendAllRows, lostRows, startRow, takeBackRow } from './lease.sql.ts'

/** Who writes: the deployment and the number it was claimed with. */
export interface LeaseHolder {
  readonly deploymentId: string
  readonly fencing: number
}

export interface LeaseAnswer {
  readonly cancelRequested: boolean
}

export interface LostLease extends LeaseHolder {
  readonly status: 'accepted' | 'running'
  readonly stackId: string
  readonly runnerName: string | null
  readonly timedOut: boolean
  readonly timeoutSeconds: number
}

/** Undefined when the lease is lost: taken back, cancelled or given to another. */
export async function startLease(db: Database, holder: LeaseHolder): Promise<LeaseAnswer | undefined> {
  return db.transaction(async (tx) => {
    const started = await startRow(tx, holder)
    if (!started) return undefined
    const { isFirst, cancelRequested } = started
    if (isFirst) await announce(tx, { event: 'deployment_started', deploymentId: holder.deploymentId })
    return { cancelRequested }
  })
}

/** Undefined when the lease is lost. */
export async function beatLease(db: Queryable, holder: LeaseHolder): Promise<LeaseAnswer | undefined> {
  return beatRow(db, holder)
}

/**
 * Puts a claim that was not started back to its old place in the queue.
 *
 * @param options.evenBeforeItsTime Its runner is known to be gone.
 * @returns Whether it was taken back; false when its runner has started it, or somebody else was faster.
 */
export async function takeBack(
  db: Queryable,
  holder: LeaseHolder,
  options: { readonly evenBeforeItsTime: boolean },
): Promise<boolean> {
  return takeBackRow(db, holder, options.evenBeforeItsTime)
}

/**
 * Those whose lease is over, and those that run beyond their timeout and its grace. Beside, no lease keeps more to go
 * than a new one has: it would outlive its runner by as much as the database's clock was set back.
 */
export async function lostLeases(db: Queryable): Promise<readonly LostLease[]> {
  return lostRows(db, TIMEOUT_GRACE_SECONDS)
}

/** After we were away ourselves, silence says nothing about a runner: all get one more lease. */
export async function extendAllLeases(db: Queryable): Promise<number> {
  return extendAllRows(db)
}
