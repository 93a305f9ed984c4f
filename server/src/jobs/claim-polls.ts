/**
 * Runners that wait for work, per pool, in the order in which they came.
 *
 * One claim at a time is tried for a pool, for those who wait longest: for as many as were woken, and for twice as many
 * when all of them got something. What comes during a claim is served by the next one, so the busier it is the more
 * are served at once. An empty answer parks all of them until something wakes the pool: a notification costs one query
 * however many runners wait, and each deployment wakes one runner. Notifications get lost with their connection: a
 * slow sweep tries again.
 */
export interface Poll<Asker> {
  /** What a claim must know of the runner. */
  readonly asker: Asker
  readonly waitMs: number
  /** Aborted when the runner has gone. */
  readonly gone: AbortSignal
}

export interface ClaimPolls<Asker, Claimed> {
  /** Undefined: nothing came in time, the runner has gone, or the server is closing. Rejects on an outage. */
  wait(poolId: string, poll: Poll<Asker>): Promise<Claimed | undefined>
  /** Something may be ready in this pool. */
  wake(poolId: string): void
  wakeAll(): void
  /** Answers all that wait, and whoever comes later at once. */
  close(): void
  waiting(poolId: string): number
}

interface Waiter<Asker, Claimed> {
  readonly asker: Asker
  /** The pool was found empty since it came. */
  tried: boolean
  readonly settle: (claimed: Claimed | undefined) => void
  readonly fail: (error: unknown) => void
}

interface Pool<Asker, Claimed> {
  readonly waiters: Set<Waiter<Asker, Claimed>>
  /** For whom a claim is in flight. */
  serving: ReadonlySet<Waiter<Asker, Claimed>>
  mayHaveWork: boolean
  /** How many are likely to get something. */
  hoped: number
}

const MOST_AT_ONCE = 50

export function claimPolls<Asker, Claimed>(options: {
  /** Tries to claim in the pool, one for each asker, in their order. */
  readonly claim: (poolId: string, askers: readonly Asker[]) => Promise<readonly (Claimed | undefined)[]>
  /** Gives back what was claimed for a runner that has gone meanwhile. */
  readonly giveBack: (claimed: Claimed) => Promise<void>
  /** Seconds between looks without a reason. */
  readonly sweepSeconds: number
  readonly onGiveBackError: (error: unknown) => void
}): ClaimPolls<Asker, Claimed> {
  const pools = new Map<string, Pool<Asker, Claimed>>()
  let closed = false
  const sweep = setInterval(() => wakeAll(), options.sweepSeconds * 1000)
  sweep.unref()

  async function serve(poolId: string, pool: Pool<Asker, Claimed>): Promise<void> {
    if (pool.serving.size > 0) return
    while (pool.mayHaveWork && pool.waiters.size > 0) {
      const present = [...pool.waiters]
      const served = present.slice(0, Math.max(1, Math.min(pool.hoped, MOST_AT_ONCE)))
      pool.mayHaveWork = false // a wake during the claim sets it again
      pool.hoped = 0
      pool.serving = new Set(served)
      try {
        const claimed = await options.claim(
          poolId,
          served.map(({ asker }) => asker),
        )
        if (claimed.every((one) => one !== undefined)) {
          pool.mayHaveWork = true // there may be more where this came from
          pool.hoped += 2 * served.length
        } else {
          for (const waiter of present) waiter.tried = true
        }
        await Promise.all(claimed.map((one, at) => one !== undefined && handOver(pool, served[at], one)))
      } catch (error) {
        for (const waiter of served) waiter.fail(error)
      }
      pool.serving = new Set()
    }
    if (pool.waiters.size === 0) pools.delete(poolId)
  }

  async function handOver(
    pool: Pool<Asker, Claimed>,
    waiter: Waiter<Asker, Claimed> | undefined,
    claimed: Claimed,
  ): Promise<void> {
    if (waiter && pool.waiters.has(waiter)) waiter.settle(claimed)
    else await options.giveBack(claimed).catch(options.onGiveBackError)
  }

  function wake(poolId: string): void {
    const pool = pools.get(poolId)
    if (!pool || pool.waiters.size === 0) return
    pool.mayHaveWork = true
    pool.hoped += 1
    void serve(poolId, pool)
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
      const pool = pools.get(poolId) ?? emptyPool<Asker, Claimed>()
      pools.set(poolId, pool)
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          clearTimeout(timer)
          poll.gone.removeEventListener('abort', onGone)
          pool.waiters.delete(waiter)
          if (pool.waiters.size === 0 && pool.serving.size === 0) pools.delete(poolId)
        }
        const waiter: Waiter<Asker, Claimed> = {
          asker: poll.asker,
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
          if (waiter.tried && !pool.serving.has(waiter)) waiter.settle(undefined)
          else timer = setTimeout(endWait, RETRY_END_MS)
        }
        let timer = setTimeout(endWait, poll.waitMs)
        poll.gone.addEventListener('abort', onGone)
        pool.waiters.add(waiter)
        pool.mayHaveWork = true
        pool.hoped += 1
        void serve(poolId, pool)
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

function emptyPool<Asker, Claimed>(): Pool<Asker, Claimed> {
  return { waiters: new Set(), serving: new Set(), mayHaveWork: false, hoped: 0 }
}
