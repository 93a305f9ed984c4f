/** Everything about git hosts that goes on while the server runs: deliveries are handled, what nobody told of is found, reports are said. */
import type { Listener } from '../db/listen.ts'
import { startGitWork } from '../git-deliveries/work.ts'
import { startPushSweep } from '../git-push/sweep.ts'
import { startReports } from '../git-reports/work.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { startPullRequestSweep } from '../pull-requests/sweep.ts'
import { startReviewSweep } from '../review-stacks/sweep.ts'
import { type GitTriggerServices, gitTrigger } from './git.ts'

export interface GitServices extends GitTriggerServices {
  readonly listener: Listener
  readonly now: () => Date
  readonly random: () => number
  readonly metrics: Pick<Metrics, 'gitDeliveryHandled'>
  readonly log: {
    info(details: object, message: string): void
    warn(details: object, message: string): void
    error(details: object, message: string): void
  }
}

export interface GitHostsAtWork {
  /** Resolves when nothing is under way; the next server goes on. */
  stop(): Promise<void>
}

export function startGitHosts(services: GitServices): GitHostsAtWork {
  const work = startGitWork({
    ...services,
    handle: gitTrigger(services),
    onHandled: services.metrics.gitDeliveryHandled,
  })
  const unheardOf = [startPushSweep(services), startPullRequestSweep(services), startReviewSweep(services)]
  const reports = startReports(services)
  return {
    async stop() {
      // What finds events before what handles them, and what they cause last.
      for (const one of [...unheardOf, work, reports]) await one.stop()
    },
  }
}
