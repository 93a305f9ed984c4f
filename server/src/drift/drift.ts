/**
 * Drift: what lies in the cloud otherwise than the state says, as a preview-only refresh sees it.
 *
 * Owns: drift runs (each detect-drift deployment, and each preview-only refresh that somebody ran from a terminal), what
 * counts as drift, and the link to the remediation. Does not own: the deployments themselves, the updates whose events
 * say what changed (state), nor when to look (schedules). Nothing is stored beside these: a run is read from them.
 */
import type { StackDriftStatus } from '@daypass/contract/deployments.ts'
import type { DriftRunUpdate, DriftRun as RunAnswer } from '@daypass/contract/drift.ts'
import type { Queryable } from '../db/database.ts'
import { plainTime } from '../deployments/answer.ts'
import { publicStatus } from '../deployments/deployment.ts'
import {
  changedResourcesOf,
  type DriftRunRow,
  isRunInProgress,
  selectDetection,
  selectFindings,
  selectRun,
  selectRuns,
  type UpdateColumns,
} from './drift.sql.ts'

/** How many resources have each operation ahead of them, by the engine's summary. */
export type ResourceChanges = Readonly<Record<string, number>>

/** Operations that change nothing. */
const NO_CHANGE: readonly string[] = ['same', 'refresh', 'read', 'read-discard', 'read-replacement']

/** Those that are drift, by operation. */
export function driftIn(changes: ResourceChanges): ResourceChanges {
  return Object.fromEntries(
    Object.entries(changes).filter(([operation, count]) => count > 0 && !NO_CHANGE.includes(operation)),
  )
}

export function isDrift(changes: ResourceChanges | null): boolean {
  return changes !== null && Object.keys(driftIn(changes)).length > 0
}

/** For the end of a detection's log. */
export function driftSentence(changes: ResourceChanges | undefined): string {
  if (changes === undefined)
    return 'Whether there is drift is not known: the summary of the refresh did not reach the server.'
  if (!isDrift(changes)) return 'No drift: the resources are as the state says.'
  const parts = Object.entries(driftIn(changes)).map(([operation, count]) => `${count} to ${operation}`)
  return `Drift was found: ${parts.join(', ')}.`
}

/** What a detect-drift deployment saw; undefined when no summary has come. */
export async function detectionOf(tx: Queryable, deploymentId: string): Promise<ResourceChanges | undefined> {
  return (await selectDetection(tx, deploymentId))?.resourceChanges ?? undefined
}

/** Which of the stacks have drifted: by the latest run that succeeded, unless its remediation did too. */
export async function driftedAmong(db: Queryable, stackIds: readonly string[]): Promise<ReadonlySet<string>> {
  const findings = await selectFindings(db, stackIds)
  const drifted = findings.filter(
    ({ detectChanges, remedyStatus }) => isDrift(detectChanges) && remedyStatus !== 'succeeded',
  )
  return new Set(drifted.map(({ stackId }) => stackId))
}

export async function driftStatusOf(db: Queryable, stackId: string): Promise<StackDriftStatus> {
  const latest = await selectRuns(db, stackId, { limit: 1, offset: 0 })
  return {
    driftDetected: (await driftedAmong(db, [stackId])).has(stackId),
    latestDriftRun: latest.rows[0]?.id ?? '',
    runInProgress: await isRunInProgress(db, stackId),
  }
}

export async function driftRunsOf(
  db: Queryable,
  stackId: string,
  page: { readonly page: number; readonly pageSize: number },
): Promise<{ readonly runs: readonly RunAnswer[]; readonly total: number }> {
  const offset = (page.page - 1) * page.pageSize
  const { rows, total } = await selectRuns(db, stackId, { limit: page.pageSize, offset })
  return { runs: rows.map(runAnswer), total }
}

/** With the resources that have drifted, as long as the events are kept that say which. */
export async function driftRunOf(
  db: Queryable,
  stackId: string,
  runId: string,
): Promise<RunAnswer | undefined> {
  const row = await selectRun(db, stackId, runId)
  if (!row) return undefined
  if (row.detectEventsDeleted) return runAnswer(row)
  const changed = row.detectId === null ? [] : await changedResourcesOf(db, row.detectId, NO_CHANGE)
  return { ...runAnswer(row), changedResources: [...changed] }
}

function runAnswer(row: DriftRunRow): RunAnswer {
  const status =
    row.deploymentStatus === null ? updateStatus(row.detectStatus) : publicStatus(row.deploymentStatus)
  const detect = updateAnswer(row.detectId, row.detectStatus, row.detectChanges, row.detectModified)
  const remedy = updateAnswer(
    row.remedyUpdateId,
    row.remedyUpdateStatus,
    row.remedyChanges,
    row.remedyModified,
  )
  return {
    id: row.id,
    driftDetected: status === 'succeeded' && isDrift(row.detectChanges),
    created: plainTime(row.createdAt),
    status,
    ...(row.deploymentId !== null &&
      row.deploymentVersion !== null && {
        deploymentId: row.deploymentId,
        deploymentVersion: row.deploymentVersion,
      }),
    ...(detect && { detectUpdate: detect }),
    ...(remedy && { remediateUpdate: remedy }),
    ...(row.remedyId !== null &&
      row.remedyVersion !== null &&
      row.remedyStatus !== null && {
        remediation: {
          deploymentId: row.remedyId,
          deploymentVersion: row.remedyVersion,
          status: publicStatus(row.remedyStatus),
        },
      }),
  }
}

function updateAnswer(
  updateId: string | null,
  status: UpdateColumns['status'] | null,
  changes: ResourceChanges | null,
  modified: Date | null,
): DriftRunUpdate | undefined {
  if (updateId === null || modified === null) return undefined
  return {
    updateId,
    ...(changes !== null && { resourceChanges: { ...changes } }),
    modified: plainTime(modified),
    status: updateStatus(status),
  }
}

function updateStatus(status: UpdateColumns['status'] | null): DriftRunUpdate['status'] {
  if (status === 'cancelled') return 'failed'
  return status === null || status === 'not started' ? 'not-started' : status
}
