/**
 * Ends what nobody speaks for any more: claims that never started go back into the queue, silent runners lose their
 * deployment, a week in the queue is enough.
 *
 * Silence counts only while we could have heard: at the start, after a lost database and after a pause of this
 * process, all live leases are extended once before any is reaped. A database whose clock was set back must not keep a
 * dead runner alive: no lease has more to go than one that is given now.
 */
import type { Database } from '../db/database.ts'
import type { Listener } from '../db/listen.ts'
import { type Sweep, startSweep } from '../sweep.ts'
import { type Ending, LEASE_SECONDS, TIMEOUT_GRACE_SECONDS, UNSTARTED_DAYS } from './deployment.ts'
import { tellJob, unstartedFor } from './end.sql.ts'
import { endDeployment } from './end.ts'
import { extendAllLeases, type LostLease, lostLeases, takeBack } from './lease.ts'

export const SWEEP_SECONDS = 5
/** A sweep that comes this late was held up (we slept, or the database did), or the clock was set. */
const LATE_SECONDS = 2 * SWEEP_SECONDS

/** Counted, not timed: a clock that is set must not put it off. */
const SWEEPS_PER_EXPIRY = 12

export interface ReaperServices {
  readonly db: Database
  readonly listener: Listener
  readonly ending: Ending
  readonly now: () => Date
  readonly log: {
    warn(details: object, message: string): void
    error(details: object, message: string): void
  }
  /** Seconds between sweeps; only tests go faster. */
  readonly sweepSeconds?: number
  /** Only tests look for what waits for a week as often as for silent runners. */
  readonly sweepsPerExpiry?: number
}

export interface Reaper {
  /** Never rejects, and is not to be called while another one is under way. */
  sweep(): Promise<void>
  close(): void
}

export function startReaper(services: ReaperServices): Sweep {
  const reaper = createReaper(services)
  const sweeps = startSweep(reaper.sweep, services.sweepSeconds ?? SWEEP_SECONDS)
  return {
    stop() {
      reaper.close()
      return sweeps.stop()
    },
  }
}

/** Without a rhythm of its own: for the timer above and for tests. */
export function createReaper(services: ReaperServices): Reaper {
  const sweepSeconds = services.sweepSeconds ?? SWEEP_SECONDS
  const lateMs = Math.max(LATE_SECONDS, 2 * sweepSeconds) * 1000
  const sweepsPerExpiry = services.sweepsPerExpiry ?? SWEEPS_PER_EXPIRY
  let sweepsToExpiry = 1
  let mustExtend = true
  let lastSweepMs = services.now().getTime()
  const offReconnect = services.listener.onReconnect(() => {
    mustExtend = true
  })

  async function sweep(): Promise<void> {
    const nowMs = services.now().getTime()
    if (Math.abs(nowMs - lastSweepMs) > lateMs) mustExtend = true
    lastSweepMs = nowMs
    try {
      if (mustExtend) {
        await extendAllLeases(services.db)
        mustExtend = false
        return
      }
      await reapLostLeases(services)
      if (sweepsToExpiry <= 1) await skipUnstarted(services)
      sweepsToExpiry = sweepsToExpiry <= 1 ? sweepsPerExpiry : sweepsToExpiry - 1
    } catch (error) {
      mustExtend = true
      services.log.error({ err: error }, 'The sweep for lost deployments failed; trying again.')
    }
  }

  return { sweep, close: offReconnect }
}

/** One look at all of them; for the timer above and for tests. */
export async function reapLostLeases(services: Pick<ReaperServices, 'db' | 'ending' | 'log'>): Promise<void> {
  for (const lost of await lostLeases(services.db)) {
    if (lost.status === 'accepted') await takeBack(services.db, lost, { evenBeforeItsTime: false })
    else await reap(services, lost)
  }
}

async function reap(services: Pick<ReaperServices, 'db' | 'ending' | 'log'>, lost: LostLease): Promise<void> {
  const failure = lost.timedOut ? timeoutFailure(lost) : lostFailure(lost)
  const ended = await endDeployment(services.db, services.ending, {
    id: lost.deploymentId,
    stackId: lost.stackId,
    from: ['running'],
    to: 'failed',
    fencing: lost.fencing,
    onlyIfLost: { graceSeconds: TIMEOUT_GRACE_SECONDS },
    onlyIfHeld: false,
    failureCode: failure.code,
    failureMessage: failure.sentence,
    sentence: failure.sentence,
  })
  if (!ended) return
  await tellJob(services.db, lost.deploymentId)
  services.log.warn(
    { deploymentId: lost.deploymentId, runner: lost.runnerName, reason: failure.code },
    'A deployment was ended without a word from its runner.',
  )
}

function lostFailure(lost: LostLease): { code: string; sentence: string } {
  return {
    code: 'runner_lost',
    sentence: `The runner ${JSON.stringify(lost.runnerName ?? '')} was not heard of for ${LEASE_SECONDS} seconds, so this deployment has failed. It is not run again by itself, because it may be half done: look at the runner, then run a refresh or the operation again.`,
  }
}

function timeoutFailure(lost: LostLease): { code: string; sentence: string } {
  return {
    code: 'timeout',
    sentence: `The deployment ran longer than its ${lost.timeoutSeconds} seconds and its runner did not end it, so it has failed. It may be half done: run a refresh or the operation again.`,
  }
}

async function skipUnstarted(services: ReaperServices): Promise<void> {
  const sentence = `Skipped, because no runner started it within ${UNSTARTED_DAYS} days.`
  for (const { id, stackId } of await unstartedFor(services.db, UNSTARTED_DAYS)) {
    await endDeployment(services.db, services.ending, {
      id,
      stackId,
      from: ['waiting', 'ready'],
      to: 'skipped',
      fencing: null,
      onlyIfLost: null,
      onlyIfHeld: false,
      failureCode: 'expired',
      failureMessage: sentence,
      sentence,
    })
  }
}
