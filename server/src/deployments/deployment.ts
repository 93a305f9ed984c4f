/**
 * A deployment: one run of one operation on one stack, from request to end.
 *
 * Owns: its states and their legal moves, the queue (FIFO a stack, one at a time a stack, a limit an organization),
 * claims, leases, and how each comes to an end. Does not own: what a running job may ask (jobs), its log (logs), the
 * state that it changes (state), nor its settings' rules (settings).
 *
 * In prose: a request is `waiting` until it is the first of its stack and nothing of the stack is ready or runs; then
 * it is `ready`. A runner's claim makes it `accepted`. Its `start` makes it `running`; without one within
 * {@link ACCEPT_SECONDS} it is `ready` again, at its old place, for nothing has run. A running one that is not heard
 * of for {@link LEASE_SECONDS} has failed: it is never run again by itself. Every claim raises `fencing`, and a job
 * writes only with the number it was claimed with.
 */

import type { JobStatus } from '@daypass/contract/deployments.ts'
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Operation } from '@daypass/contract/job-protocol.ts'
import type { Queryable } from '../db/database.ts'

export type Status = 'waiting' | 'ready' | 'accepted' | 'running' | 'succeeded' | 'failed' | 'skipped'
export type EndStatus = 'succeeded' | 'failed' | 'skipped'

/** Who makes a move: the queue itself, a runner, the reaper of silent ones, or a person. */
export type Mover = 'queue' | 'runner' | 'reaper' | 'person'

/** Every legal move and who makes it. What is not here does not happen; the tests watch the database for it. */
export const MOVES: Readonly<Record<Status, Readonly<Partial<Record<Status, readonly Mover[]>>>>> = {
  waiting: { ready: ['queue'], skipped: ['queue'], failed: ['person'] },
  ready: { accepted: ['runner'], skipped: ['queue'], failed: ['person'] },
  accepted: { running: ['runner'], ready: ['reaper', 'runner'], failed: ['person', 'queue'] },
  running: { succeeded: ['runner'], failed: ['runner', 'reaper'] },
  succeeded: {},
  failed: {},
  skipped: {},
}

/** A job beats this often… */
export const BEAT_SECONDS = 4
/** …gives up by itself after this long without an answer… */
export const GIVE_UP_SECONDS = 10
/** …and is given up by us after this long. */
export const LEASE_SECONDS = 15
/** A claim that is not followed by a start within this time did not reach its runner. */
export const ACCEPT_SECONDS = 5
/** A runner ends its job at the timeout; this much later we do it. */
export const TIMEOUT_GRACE_SECONDS = 60
/** Not started for this long: skipped. */
export const UNSTARTED_DAYS = 7

export const LEASE_TIMES = {
  leaseSeconds: LEASE_SECONDS,
  beatSeconds: BEAT_SECONDS,
  giveUpSeconds: GIVE_UP_SECONDS,
} as const

/** Payload: the pool's id. */
export const READY_CHANNEL = 'deployment_ready'
/** Payload: the deployment's id. Sent for a cancel and for an end that its job did not report. */
export const CANCELLED_CHANNEL = 'deployment_cancelled'

/** The word that the API has for a status: being first in line shows no difference to the outside. */
export function publicStatus(status: Status): JobStatus {
  return status === 'waiting' || status === 'ready' ? 'not-started' : status
}

export function isEnded(status: Status): status is EndStatus {
  return Object.keys(MOVES[status]).length === 0
}

export function consoleUrlOf(
  baseUrl: string,
  names: { organization: string; project: string; stack: string },
  version: number,
): string {
  return `${baseUrl}/${names.organization}/${names.project}/${names.stack}/deployments/${version}`
}

/**
 * What else an end touches. Other slices do it, in the same transaction, so that nobody sees a deployment that has
 * ended with a step that runs or a stack that is locked.
 */
export interface Ending {
  /** Ends the steps that run, and writes the sentence, if any, as the last line of the log. */
  closeLog(
    tx: Queryable,
    deploymentId: string,
    end: { status: EndStatus; sentence: string | null },
  ): Promise<void>
  /** Ends the updates that the job's `pulumi` left open, so that the stack is not locked. */
  releaseUpdates(tx: Queryable, deploymentId: string): Promise<void>
  /** Tells who listens what a run that looked for drift, or put it right, has come to. */
  announceDriftRun(tx: Queryable, run: EndedDriftRun): Promise<void>
  /** Counts one that a runner had. After the transaction: what was undone is not counted. */
  counted(ended: { readonly operation: Operation; readonly result: 'succeeded' | 'failed' }): void
}

export interface EndedDriftRun {
  readonly deploymentId: string
  readonly operation: 'detect-drift' | 'remediate-drift'
  readonly result: 'succeeded' | 'failed'
}

export function notFound(): Refusal {
  return { status: 404, reason: 'not_found', message: 'There is no such deployment on this stack.' }
}
