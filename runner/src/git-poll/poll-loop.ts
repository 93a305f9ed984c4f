/**
 * Asks for git remotes that are to be looked at, looks, and asks again: one at a time, beside the jobs, so that a long job
 * keeps no remote waiting.
 *
 * Owns the rhythm. Does not own: how it is looked (look.ts), nor what an outage says (the claim loop says it).
 */
import type { GitPoll, GitPollReport } from '@daypass/contract/git-polls.ts'
import { type PoolPlane, untilAnswered } from '../control-plane.ts'
import { type Pause, sleepUntil } from '../pause.ts'

export interface PollLoopOptions {
  readonly plane: Pick<PoolPlane, 'claimPoll' | 'reportPoll'>
  readonly runnerName: string
  /** Ends before the signal, whatever the remote does. */
  readonly look: (poll: GitPoll, until: AbortSignal) => Promise<GitPollReport['result']>
  readonly say: (sentence: string) => void
  readonly pause: Pause
  /** Nothing is looked at after this. */
  readonly stop: AbortSignal
}

/** Of a lease: the rest is for the report. */
const SHARE_OF_LEASE = 0.75
/** Of a token that has ended there may be another one soon; else the claim loop ends the runner. */
const LOST_SECONDS = 20
/** A server of an older release does not know of polls, and may be a newer one some time. */
const UNKNOWN_SECONDS = 5 * 60

export async function pollUntilStopped(options: PollLoopOptions): Promise<void> {
  const { plane, runnerName, pause, stop } = options
  for (let attempt = 0; !stop.aborted; ) {
    const answer = await plane.claimPoll({ runnerName }, stop)
    if (answer.kind === 'away') {
      await pause(attempt, stop)
      attempt += 1
    } else if (answer.kind === 'ok') {
      attempt = 0
      const { poll, nextSeconds } = answer.value
      if (poll === null) await sleepUntil(nextSeconds * 1000, stop)
      else await lookAndReport(options, poll)
    } else if (answer.kind === 'lost') await sleepUntil(LOST_SECONDS * 1000, stop)
    else await sleepUntil(UNKNOWN_SECONDS * 1000, stop)
  }
}

async function lookAndReport(
  { plane, look, say, pause, stop }: PollLoopOptions,
  poll: GitPoll,
): Promise<void> {
  const { leaseId, leaseSeconds, repository } = poll
  const lease = AbortSignal.any([AbortSignal.timeout(leaseSeconds * 1000), stop])
  const until = AbortSignal.any([AbortSignal.timeout(leaseSeconds * SHARE_OF_LEASE * 1000), stop])
  let result: GitPollReport['result']
  try {
    result = await look(poll, until)
  } catch (error) {
    say(`A fault of the runner ended its look at ${repository}: ${String(error)}`)
    result = {
      kind: 'failed',
      code: 'sandbox_failed',
      message: 'The runner could not look; its log says why.',
    }
  }
  // Told to stop, it saw perhaps only that it was stopped: another runner looks when the lease is over.
  if (stop.aborted) return
  if (result.kind === 'failed') say(`Looked at ${repository} in vain: ${result.message}`)
  const answer = await untilAnswered(() => plane.reportPoll({ leaseId, result }, lease), lease, pause)
  if (answer.kind === 'refused') say(`The server takes no report on ${repository}: ${answer.sentence}`)
}
