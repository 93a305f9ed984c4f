/** Server-sent events in a page: only while somebody looks, so that tabs in the background take no connection. */
import { openStream } from '../api/client.ts'
import type { StreamEvent } from './events.ts'
import { followEvents, type StreamState } from './follow.ts'

/** A browser opens six connections to a server by HTTP/1.1, all tabs together. */
const HIDDEN_FOR_MS = 10_000

export interface Stream {
  /** Without the base path. */
  readonly path: string
  readonly onEvents: (events: readonly StreamEvent[]) => void
  readonly onState: (state: StreamState) => void
  readonly signal: AbortSignal
}

export function followStream({ path, onEvents, onState, signal }: Stream): Promise<void> {
  return followEvents({
    open: async (lastId, gone) => {
      await visible(gone)
      gone.throwIfAborted()
      const until = AbortSignal.any([gone, hiddenFor(HIDDEN_FOR_MS, gone)])
      return openStream(path, lastId, until)
    },
    onEvents,
    // What is let go because nobody looks is not lost.
    onState: (state) => {
      if (state.is !== 'reconnecting' || document.visibilityState === 'visible') onState(state)
    },
    rest,
    random: Math.random,
    signal,
  })
}

function visible(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (document.visibilityState === 'hidden' && !signal.aborted) return
      document.removeEventListener('visibilitychange', look)
      signal.removeEventListener('abort', look)
      resolve()
    }
    document.addEventListener('visibilitychange', look)
    signal.addEventListener('abort', look)
    look()
  })
}

function hiddenFor(milliseconds: number, signal: AbortSignal): AbortSignal {
  const hidden = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = () => {
    clearTimeout(timer)
    if (document.visibilityState !== 'hidden') return
    timer = setTimeout(() => {
      stop()
      hidden.abort()
    }, milliseconds)
  }
  const stop = () => {
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', look)
  }
  document.addEventListener('visibilitychange', look)
  signal.addEventListener('abort', stop, { once: true })
  return hidden.signal
}

/** Ends early when the network is back, or the person. */
function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer)
      window.removeEventListener('online', go)
      document.removeEventListener('visibilitychange', go)
      signal.removeEventListener('abort', go)
      resolve()
    }
    const timer = setTimeout(go, milliseconds)
    window.addEventListener('online', go)
    document.addEventListener('visibilitychange', go)
    signal.addEventListener('abort', go)
  })
}
