/**
 * Something that the server does every few seconds, at once for the first time, and never twice at the same time.
 *
 * Owns: the rhythm, and an orderly end. Does not own: what is done, which must not throw.
 */

export interface Sweep {
  /** Resolves when a sweep in progress is done. */
  stop(): Promise<void>
}

/** @param seconds From the end of one to the beginning of the next. */
export function startSweep(sweep: () => Promise<void>, seconds: number): Sweep {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let current = sweep()
  const next = (): void => {
    if (stopped) return
    timer = setTimeout(() => {
      current = sweep().finally(next)
    }, seconds * 1000)
    timer.unref()
  }
  current.finally(next)
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await current
    },
  }
}
