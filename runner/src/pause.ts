/**
 * Pauses between tries: each twice as long as the last, with jitter, so that many runners do not come back at once.
 */
import { setTimeout as sleep } from 'node:timers/promises'

const FIRST_PAUSE_MS = 100

export type Pause = (attempt: number, signal: AbortSignal) => Promise<void>

/** Waits between half of and the whole pause of this attempt (counted from 0); a signal ends it at once. */
export function backoff(longestMs: number, random: () => number): Pause {
  return async (attempt, signal) => {
    const whole = Math.min(longestMs, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 20))
    await sleepUntil(whole * (0.5 + random() / 2), signal)
  }
}

/** Resolves after the time or at the signal, whichever is first; never throws. */
export async function sleepUntil(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined)
}
