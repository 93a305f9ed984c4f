/** The clock of the schedules: looks for what is due every few seconds, on every server. */
import type { RequestServices } from '../deployments/request.ts'
import { type Sweep, startSweep } from '../sweep.ts'
import { fireDue } from './fire.ts'

export const SWEEP_SECONDS = 5

export interface SchedulerServices extends RequestServices {
  readonly now: () => Date
  readonly log: { error(details: object, message: string): void }
  /** Seconds between sweeps; only tests go faster. */
  readonly sweepSeconds?: number
}

export function startScheduler(services: SchedulerServices): Sweep {
  const { now, log, sweepSeconds = SWEEP_SECONDS } = services

  const sweep = async (): Promise<void> => {
    try {
      await fireDue(services, now(), (scheduleId, error) =>
        log.error({ scheduleId, err: error }, 'A schedule could not be fired; trying again.'),
      )
    } catch (error) {
      log.error({ err: error }, 'The sweep for schedules that are due failed; trying again.')
    }
  }

  return startSweep(sweep, sweepSeconds)
}
