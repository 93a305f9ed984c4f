/**
 * Runners that wait for work, per pool, in the order in which they came.
 *
 * One claim at a time is tried for a pool, for the runner that waits longest; an empty answer parks all of them until
 * something wakes the pool. So a notification costs one query however many runners wait, and each deployment wakes
 * one runner. Notifications get lost with their connection: a slow sweep tries again.
 */
export interface Poll<Claimed> {
  /** Tries to claim. Rejects on an outage: the poll then ends with that error. */
  readonly claim: () => Promise<Claimed | undefined>
  /** Gives back what was claimed for a runner that has gone meanwhile. */
  readonly giveBack: (claimed: Claimed) => Promise<void>
  readonly waitMs: number
  /** Aborted when the runner has gone. */
  readonly gone: AbortSignal
}

export interface ClaimPolls<Claimed> {
  /** Undefined: nothing came in time, the runner has gone, or the server is closing. */
  wait(poolId: string, poll: Poll<Claimed>): Promise<Claimed | undefined>
  /** Something may be ready in this pool. */
  wake(poolId: string): void
  wakeAll(): void
  /** Answers all that wait, and whoever comes later at once. */
  close(): void
  waiting(poolId: string): number
}

interface Waiter<Claimed> {
  readonly poll: Poll<Claimed>
  /** The pool was found empty since it came. */
  tried: boolean
  readonly settle: (claimed: Claimed | undefined) => void
  readonly fail: (error: unknown) => void
}

interface Pool<Claimed> {
  readonly waiters: Set<Waiter<Claimed>>
  /** For whom a claim is in flight. */
  serving: Waiter<Claimed> | undefined
  mayHaveWork: boolean
}

export function claimPolls<Claimed>(options: {
  /** Seconds between looks without a reason. */
  readonly sweepSeconds: number
  readonly onGiveBackError: (error: unknown) => void
}): ClaimPolls<Claimed> {
  const pools = new Map<string, Pool<Claimed>>()
  let closed = false
  const sweep = setInterval(() => wakeAll(), options.sweepSeconds * 1000)
  sweep.unref()

  async function serve(pool: Pool<Claimed>): Promise<void> {
    if (pool.serving) return
    while (pool.mayHaveWork) {
      const [first] = pool.waiters
      if (!first) break
      pool.mayHaveWork = false // a wake during the claim sets it again
      pool.serving = first
      try {
        const claimed = await first.poll.claim()
        if (claimed === undefined) {
          for (const waiter of pool.waiters) waiter.tried = true
          continue
        }
        pool.mayHaveWork = true // there may be more where this came from
        if (pool.waiters.has(first)) first.settle(claimed)
        else await first.poll.giveBack(claimed).catch(options.onGiveBackError)
      } catch (error) {
        first.fail(error)
      }
    }
    pool.serving = undefined
  }

  function wake(poolId: string): void {
    const pool = pools.get(poolId)
    if (!pool || pool.waiters.size === 0) return
    pool.mayHaveWork = true
    void serve(pool)
  }

  function wakeAll(): void {
    for (const poolId of pools.keys()) wake(poolId)
  }

  return {
    wake,
    wakeAll,
    waiting: (poolId) => pools.get(poolId)?.waiters.size ?? 0,
    wait(poolId, poll) {
      if (closed || poll.gone.aborted) return Promise.resolve(undefined)
      const pool = pools.get(poolId) ?? emptyPool<Claimed>()
      pools.set(poolId, pool)
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          clearTimeout(timer)
          poll.gone.removeEventListener('abort', onGone)
          pool.waiters.delete(waiter)
          if (pool.waiters.size === 0 && !pool.serving) pools.delete(poolId)
        }
        const waiter: Waiter<Claimed> = {
          poll,
          tried: false,
          settle: (claimed) => {
            leave()
            resolve(claimed)
          },
          fail: (error) => {
            leave()
            reject(error)
          },
        }
        const onGone = (): void => waiter.settle(undefined)
        const endWait = (): void => {
          // Even a runner that will not wait gets one try, and what is being claimed for it would have to go back.
          if (!pool.waiters.has(waiter)) return
          if (waiter.tried && pool.serving !== waiter) waiter.settle(undefined)
          else timer = setTimeout(endWait, RETRY_END_MS)
        }
        let timer = setTimeout(endWait, poll.waitMs)
        poll.gone.addEventListener('abort', onGone)
        pool.waiters.add(waiter)
        pool.mayHaveWork = true
        void serve(pool)
      })
    },
    close() {
      closed = true
      clearInterval(sweep)
      for (const pool of pools.values()) for (const waiter of pool.waiters) waiter.settle(undefined)
    },
  }
}

const RETRY_END_MS = 5

function emptyPool<Claimed>(): Pool<Claimed> {
  return { waiters: new Set(), serving: undefined, mayHaveWork: false }
}
