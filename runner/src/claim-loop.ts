/**
 * Asks for work, does it, asks again: one such loop for each job that the runner may run at once.
 *
 * Owns the long poll and how an outage is reported (once when it begins, once when it ends). Owns nothing of a job.
 */
import type { Claim, ClaimRequest } from '@daypass/contract/job-protocol.ts'
import type { PoolPlane } from './control-plane.ts'
import type { Pause } from './pause.ts'

const LONG_POLL_SECONDS = 50

export interface ClaimLoopOptions {
  readonly plane: PoolPlane
  readonly serverUrl: string
  readonly introduction: Omit<ClaimRequest, 'waitSeconds'>
  /** How many jobs at once. */
  readonly slots: number
  /** Runs one job to its end. Throws only for a bug in the runner. */
  readonly runJob: (claim: Claim, slot: number) => Promise<void>
  readonly say: (sentence: string) => void
  readonly pause: Pause
  /** No job is claimed after this. */
  readonly stop: AbortSignal
}

/** @returns undefined when it was told to stop, or the sentence of a server that will not have this runner. */
export async function claimUntilStopped(options: ClaimLoopOptions): Promise<string | undefined> {
  const refused = new AbortController()
  const stop = AbortSignal.any([options.stop, refused.signal])
  const outage = outageReport(options)
  const slot = async (index: number): Promise<string | undefined> => {
    for (let attempt = 0; !stop.aborted; ) {
      const answer = await options.plane.claim(
        { ...options.introduction, waitSeconds: LONG_POLL_SECONDS },
        stop,
      )
      if (answer.kind === 'ok') {
        attempt = 0
        outage.over()
        if (answer.value) await runSafely(options, answer.value, index)
      } else if (answer.kind === 'away') {
        if (stop.aborted) break
        outage.goesOn(answer.reason)
        await options.pause(attempt, stop)
        attempt += 1
      } else {
        refused.abort()
        return `${options.serverUrl} refuses this runner: ${answer.sentence}`
      }
    }
    return undefined
  }
  const endings = await Promise.all(Array.from({ length: options.slots }, (_, index) => slot(index)))
  return endings.find((sentence) => sentence !== undefined)
}

async function runSafely(options: ClaimLoopOptions, claim: Claim, slot: number): Promise<void> {
  try {
    await options.runJob(claim, slot)
  } catch (error) {
    // The lease runs out and the server ends the deployment; the runner goes on with the next.
    options.say(`A fault of the runner ended deployment ${claim.job.deploymentId}: ${String(error)}`)
  }
}

function outageReport({ say, serverUrl }: ClaimLoopOptions): { goesOn(reason: string): void; over(): void } {
  let away = false
  return {
    goesOn(reason) {
      if (!away) say(`${serverUrl} does not answer (${reason}); asking again until it does.`)
      away = true
    },
    over() {
      if (away) say(`${serverUrl} answers again.`)
      away = false
    },
  }
}
