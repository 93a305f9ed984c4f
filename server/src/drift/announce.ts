/**
 * Who listens hears of the end of a drift run, in the transaction of that end. A detection that succeeded is told whether
 * or not there is drift, and drift once more by an event of its own.
 */
import type { Queryable } from '../db/database.ts'
import type { EndedDriftRun } from '../deployments/deployment.ts'
import { announce } from '../outbox/outbox.ts'
import { selectRemediation } from './drift.sql.ts'
import { detectionOf, isDrift, type ResourceChanges } from './drift.ts'

export async function announceDriftRun(
  tx: Queryable,
  { deploymentId, operation, result }: EndedDriftRun,
): Promise<void> {
  if (operation === 'remediate-drift') {
    const remediation = await selectRemediation(tx, deploymentId)
    const resourceChanges = remediation?.resourceChanges ?? {}
    const findings = { driftRunId: remediation?.driftRunId ?? '', driftDetected: true, resourceChanges }
    return announce(tx, { event: `drift_remediation_${result}`, deploymentId, ...findings })
  }
  const resourceChanges = (await detectionOf(tx, deploymentId)) ?? {}
  await announceDetection(tx, { deploymentId }, { result, resourceChanges })
}

/** By a deployment, or by a preview-only refresh that somebody ran from a terminal. */
export async function announceDetection(
  tx: Queryable,
  run: { readonly deploymentId: string } | { readonly updateId: string },
  ended: { readonly result: 'succeeded' | 'failed'; readonly resourceChanges: ResourceChanges },
): Promise<void> {
  const { result, resourceChanges } = ended
  const driftRunId = 'deploymentId' in run ? run.deploymentId : run.updateId
  const driftDetected = result === 'succeeded' && isDrift(resourceChanges)
  const findings = { driftRunId, driftDetected, resourceChanges }
  await announce(tx, { event: `drift_detection_${result}`, ...run, ...findings })
  if (driftDetected) await announce(tx, { event: 'drift_detected', ...run, ...findings })
}
