/** What the end of a deployment does to its log and to the state, for the queue, which knows neither. */
import type { Ending } from '../deployments/deployment.ts'
import { announceDriftRun } from '../drift/announce.ts'
import { closeLog } from '../logs/append.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { releaseUpdatesOfDeployment } from '../state/update.ts'

export function createEnding(now: () => Date, { ended }: Pick<Metrics, 'ended'>): Ending {
  return {
    closeLog: (tx, deploymentId, { status, sentence }) =>
      closeLog(tx, deploymentId, { status, sentence, now: now() }),
    releaseUpdates: async (tx, deploymentId) => {
      await releaseUpdatesOfDeployment(tx, deploymentId)
    },
    announceDriftRun,
    counted: ended,
  }
}
