/** Schedules in the shapes of Pulumi's API. */
import type { ScheduledAction, ScheduleHistoryEvent, ScheduleRun } from '@daypass/contract/schedules.ts'
import { plainTime } from '../deployments/answer.ts'
import { publicStatus } from '../deployments/deployment.ts'
import { settingsAnswer } from '../settings/answer.ts'
import type { RunRow } from './run.sql.ts'
import type { ScheduleRow } from './schedule.sql.ts'

export function scheduleAnswer(
  row: ScheduleRow,
  runs: { readonly latest: RunRow | undefined; readonly latestQueued: RunRow | undefined },
): ScheduledAction {
  const { operation, inheritSettings, settings } = row.request
  const {
    version: _version,
    source: _source,
    ...answered
  } = settingsAnswer({
    version: 0,
    source: 'api',
    settings,
  })
  return {
    id: row.id,
    orgID: row.organizationId,
    ...(row.cron !== null && { scheduleCron: row.cron }),
    ...(row.once !== null && { scheduleOnce: plainTime(row.once).slice(0, 'YYYY-MM-DD HH:MM:SS'.length) }),
    nextExecution: row.paused || row.nextAt === null ? '' : plainTime(row.nextAt),
    paused: row.paused,
    kind: 'deployment',
    definition: { programID: row.stackId, request: { operation, inheritSettings, ...answered } },
    created: plainTime(row.createdAt),
    modified: plainTime(row.modifiedAt),
    lastExecuted: runs.latestQueued ? plainTime(runs.latestQueued.executedAt) : '',
    timeZone: row.timeZone,
    ...(row.login !== null && { actsFor: row.login }),
    ...(runs.latest && { lastRun: runAnswer(runs.latest) }),
  }
}

export function historyAnswer(row: RunRow): ScheduleHistoryEvent {
  const { planned, executed, result, message, deploymentId, deploymentVersion } = runAnswer(row)
  return {
    id: row.id,
    scheduledActionID: row.scheduleId,
    executed,
    version: deploymentVersion ?? 0,
    result,
    planned,
    ...(message !== undefined && { message }),
    ...(deploymentId !== undefined && { deploymentId }),
  }
}

function runAnswer(row: RunRow): ScheduleRun {
  return {
    planned: plainTime(row.plannedAt),
    executed: plainTime(row.executedAt),
    result: row.deploymentStatus === null ? row.result : publicStatus(row.deploymentStatus),
    ...(row.message !== null && { message: row.message }),
    ...(row.deploymentId !== null && { deploymentId: row.deploymentId }),
    ...(row.deploymentVersion !== null && { deploymentVersion: row.deploymentVersion }),
  }
}
