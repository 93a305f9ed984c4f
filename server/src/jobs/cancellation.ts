/**
 * Jobs that wait to hear of a cancel. One subscription serves them all; a wake only says "look again", so one too many
 * does no harm.
 */
import type { Listener } from '../db/listen.ts'
import { CANCELLED_CHANNEL } from '../deployments/deployment.ts'

export interface Cancellations {
  /** A wait that begins now: take it before looking at the database, so that nothing comes in between. */
  await(
    deploymentId: string,
    waitMs: number,
    gone: AbortSignal,
  ): { readonly woken: Promise<void>; stop(): void }
  /** Wakes everybody, for good. */
  close(): void
}

export function cancellations(listener: Listener): Cancellations {
  const waiting = new Map<string, Set<() => void>>()
  let closed = false
  const wake = (deploymentId: string): void => {
    for (const resolve of waiting.get(deploymentId) ?? []) resolve()
  }
  const wakeAll = (): void => {
    for (const deploymentId of waiting.keys()) wake(deploymentId)
  }
  const subscriptions = [listener.subscribe(CANCELLED_CHANNEL, wake), listener.onReconnect(wakeAll)]
  return {
    await(deploymentId, waitMs, gone) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const jobs = waiting.get(deploymentId) ?? new Set()
      waiting.set(deploymentId, jobs.add(resolve))
      const timer = setTimeout(resolve, waitMs)
      gone.addEventListener('abort', () => resolve(), { once: true })
      if (closed || gone.aborted) resolve()
      return {
        woken: promise,
        stop() {
          clearTimeout(timer)
          jobs.delete(resolve)
          if (jobs.size === 0) waiting.delete(deploymentId)
        },
      }
    },
    close() {
      closed = true
      for (const off of subscriptions) off()
      wakeAll()
    },
  }
}
