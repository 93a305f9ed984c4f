/**
 * Something that is done whenever there may be a reason, and never twice at the same time: whoever asks meanwhile gets
 * another after it.
 *
 * Owns: the reasons (a notification, a connection that is back, some seconds without either), and an orderly end. Does not
 * own: what is done.
 */
import type { Listener } from './db/listen.ts'

export interface LooksOptions {
  readonly listener: Listener
  readonly channel: string
  /** Between looks without a reason. */
  readonly seconds: number
  readonly look: () => Promise<void>
  /** The next look tries again. */
  readonly onError: (error: unknown) => void
}

export interface Looks {
  wake(): void
  /** Resolves when no look is under way; none begins after it was called. */
  stop(): Promise<void>
}

/** The first look is at once. */
export function startLooks({ listener, channel, seconds, look, onError }: LooksOptions): Looks {
  let stopped = false
  let looking: Promise<void> | undefined
  let again = false
  function wake(): void {
    if (stopped) return
    if (looking) {
      again = true
      return
    }
    again = false
    looking = look()
      .catch(onError)
      .finally(() => {
        looking = undefined
        if (again) wake()
      })
  }
  const subscriptions = [listener.subscribe(channel, wake), listener.onReconnect(wake)]
  const timer = setInterval(wake, seconds * 1000)
  timer.unref()
  wake()
  return {
    wake,
    async stop() {
      stopped = true
      for (const off of subscriptions) off()
      clearInterval(timer)
      await looking
    },
  }
}
