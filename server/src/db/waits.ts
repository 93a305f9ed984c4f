/**
 * Requests that wait until something is notified about one thing: a cancel of their job, a line of their log. One
 * subscription serves all of a channel; a wake only says "look again", so one too many does no harm.
 */
import type { Listener } from './listen.ts'

export interface Waits {
  /** A wait that begins now: take it before looking at the database, so that nothing comes in between. */
  await(id: string, waitMs: number, gone: AbortSignal): { readonly woken: Promise<void>; stop(): void }
  /** Wakes everybody, for good. */
  close(): void
}

/** @param channel Its payloads are the ids. */
export function waitsFor(listener: Listener, channel: string): Waits {
  const waiting = new Map<string, Set<() => void>>()
  let closed = false
  const wake = (id: string): void => {
    for (const resolve of waiting.get(id) ?? []) resolve()
  }
  const wakeAll = (): void => {
    for (const id of waiting.keys()) wake(id)
  }
  const subscriptions = [listener.subscribe(channel, wake), listener.onReconnect(wakeAll)]
  return {
    await(id, waitMs, gone) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const all = waiting.get(id) ?? new Set()
      waiting.set(id, all.add(resolve))
      const timer = setTimeout(resolve, waitMs)
      const leave = (): void => resolve()
      gone.addEventListener('abort', leave, { once: true })
      if (closed || gone.aborted) resolve()
      return {
        woken: promise,
        stop() {
          clearTimeout(timer)
          gone.removeEventListener('abort', leave)
          all.delete(resolve)
          if (all.size === 0 && waiting.get(id) === all) waiting.delete(id)
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
