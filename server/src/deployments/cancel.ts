/**
 * Cancels a deployment. One that waits ends at once; one that runs is asked to stop, and its runner lets pulumi save
 * its state first. Both end as `failed`: the API has no word for cancelled, and whoever waits for a deployment must
 * not take one that never ran for a success.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Database } from '../db/database.ts'
import { type Ending, isEnded, notFound, type Status } from './deployment.ts'
import { requestCancel, tellJob } from './end.sql.ts'
import { endLocked } from './end.ts'
import { lockStack } from './queue.sql.ts'
import { statusOf } from './read.sql.ts'

export type Cancelled = 'ended' | 'asked' | 'was-over'

export async function cancelDeployment(
  services: { readonly db: Database; readonly ending: Ending },
  target: { readonly stackId: string; readonly deploymentId: string; readonly by: string },
): Promise<Cancelled | Refusal> {
  const { stackId, deploymentId } = target
  const sentence = `Cancelled by ${target.by} before it started.`
  return services.db.transaction(async (tx) => {
    if (!(await lockStack(tx, stackId))) return notFound()
    const status: Status | undefined = await statusOf(tx, stackId, deploymentId)
    if (status === undefined) return notFound()
    if (isEnded(status)) return 'was-over'
    const ended = await endLocked(tx, services.ending, {
      id: deploymentId,
      stackId,
      from: ['waiting', 'ready', 'accepted'],
      to: 'failed',
      fencing: null,
      onlyIfLost: null,
      onlyIfHeld: false,
      failureCode: 'cancelled',
      failureMessage: sentence,
      sentence,
    })
    const asked = ended === undefined && (await requestCancel(tx, deploymentId))
    await tellJob(tx, deploymentId)
    if (ended) return 'ended'
    return asked ? 'asked' : 'was-over'
  })
}
