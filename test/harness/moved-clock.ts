/**
 * Hours that pass in seconds: `Date` and `setTimeout` of this process are moved, the network is real. Between two
 * moves nothing may be under way; while something is, time passes a hundred times faster than it does.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { vi } from 'vitest'

const REAL_STEP_MS = 1
const MOVED_STEP_MS = 100

export function moveClock(): void {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
}

/** What waits for a moment, such as a pause before another try, waits in moved time. */
export async function whileTimePasses<T>(work: Promise<T>): Promise<T> {
  let isOver = false
  const done = work.finally(() => {
    isOver = true
  })
  done.catch(() => undefined)
  while (!isOver) {
    await sleep(REAL_STEP_MS)
    if (!isOver) vi.advanceTimersByTime(MOVED_STEP_MS)
  }
  return done
}
