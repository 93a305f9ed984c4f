/**
 * Notices the updates whose client went silent. Nobody waits for it: whoever wants the stack looks at the lease
 * itself. It makes the history say "failed", and watchers stop.
 *
 * Silence counts only while we could have heard: at the start and after a lost database all leases are extended once.
 */
import type { Database } from '../db/database.ts'
import type { Listener } from '../db/listen.ts'
import { expireUpdateLeases, extendUpdateLeases } from './update.ts'

export const SWEEP_SECONDS = 15

export interface SweepServices {
  readonly db: Database
  readonly listener: Pick<Listener, 'onReconnect'>
  readonly log: {
    info(details: object, message: string): void
    error(details: object, message: string): void
  }
  /** Seconds between sweeps; only tests go faster. */
  readonly sweepSeconds?: number
}

export interface LeaseSweep {
  /** Resolves when a sweep in progress is done. */
  stop(): Promise<void>
}

export function startLeaseSweep(services: SweepServices): LeaseSweep {
  const { db, listener, log, sweepSeconds = SWEEP_SECONDS } = services
  let mustExtend = true
  let current = Promise.resolve()
  const offReconnect = listener.onReconnect(() => {
    mustExtend = true
  })

  const sweep = async (): Promise<void> => {
    try {
      if (mustExtend) {
        mustExtend = false
        return await extendUpdateLeases(db)
      }
      const expired = await expireUpdateLeases(db, (stackId, error) =>
        log.error({ stackId, err: error }, 'A silent update could not be ended; trying again.'),
      )
      if (expired > 0) log.info({ expired }, 'Updates were ended whose clients went silent.')
    } catch (error) {
      mustExtend = true
      log.error({ err: error }, 'The sweep for silent updates failed; trying again.')
    }
  }

  current = sweep()
  const timer = setInterval(() => {
    current = current.then(sweep)
  }, sweepSeconds * 1000)
  timer.unref()
  return {
    async stop() {
      offReconnect()
      clearInterval(timer)
      await current
    },
  }
}
