/** The clock of the schedules: looks for what is due every few seconds, on every server. */
import type { RequestServices } from '../deployments/request.ts'
import { fireDue } from './fire.ts'

export const SWEEP_SECONDS = 5

export interface SchedulerServices extends RequestServices {
  readonly now: () => Date
  readonly log: { error(details: object, message: string): void }
  /** Seconds between sweeps; only tests go faster. */
  readonly sweepSeconds?: number
}

export interface RunningScheduler {
  /** Resolves when a sweep in progress is done. */
  stop(): Promise<void>
}

export function startScheduler(services: SchedulerServices): RunningScheduler {
  const { now, log, sweepSeconds = SWEEP_SECONDS } = services
  let stopped = false
  let timer: NodeJS.Timeout | undefined

  const sweep = async (): Promise<void> => {
    try {
      await fireDue(services, now(), (scheduleId, error) =>
        log.error({ scheduleId, err: error }, 'A schedule could not be fired; trying again.'),
      )
    } catch (error) {
      log.error({ err: error }, 'The sweep for schedules that are due failed; trying again.')
    }
  }

  let current = sweep()
  const next = (): void => {
    if (stopped) return
    timer = setTimeout(() => {
      current = sweep().finally(next)
    }, sweepSeconds * 1000)
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
