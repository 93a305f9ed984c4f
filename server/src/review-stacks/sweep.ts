/** Review stacks whose pull request is closed and that nothing destroys: it was not asked for, or it failed. */
import type { RequestServices } from '../deployments/request.ts'
import { findHostById } from '../git-hosts/find.ts'
import { type Sweep, startSweep } from '../sweep.ts'
import { destroyReviewStack } from './destroy.ts'
import { overdueReviewStacks } from './review-stack.sql.ts'
import { fullNameOf, isLive, MOST_DESTROYS } from './review-stack.ts'

export interface ReviewSweepServices extends RequestServices {
  readonly log: {
    info(details: object, message: string): void
    error(details: object, message: string): void
  }
  /** Only tests go faster. */
  readonly sweepSeconds?: number
}

const SWEEP_SECONDS = 10 * 60

export function startReviewSweep(services: ReviewSweepServices): Sweep {
  const { log, sweepSeconds = SWEEP_SECONDS } = services
  const sweep = async (): Promise<void> => {
    try {
      await destroyOverdue(services)
    } catch (error) {
      log.error({ err: error }, 'The look for review stacks of closed pull requests failed; trying again.')
    }
  }
  return startSweep(sweep, sweepSeconds)
}

/** @returns How many destructions were asked for. */
export async function destroyOverdue(services: ReviewSweepServices): Promise<number> {
  let asked = 0
  for (const review of await overdueReviewStacks(services.db, MOST_DESTROYS)) {
    const host = await findHostById(services.db, review.hostId)
    if (!host || !isLive(review)) continue
    const { result, message } = await destroyReviewStack(services, host, review)
    if (result === 'deployed') asked += 1
    services.log.info(
      { stack: fullNameOf(review), result, message },
      'A review stack of a closed pull request is destroyed once more.',
    )
  }
  return asked
}
