/** What became of planned times. */
import type { Queryable } from '../db/database.ts'
import type { Status } from '../deployments/deployment.ts'
import { KEPT_RUNS } from './schedule.ts'

export interface RunRow {
  readonly id: string
  readonly scheduleId: string
  readonly plannedAt: Date
  readonly executedAt: Date
  readonly result: 'queued' | 'refused' | 'missed'
  readonly message: string | null
  /** Null too when the deployment is gone. */
  readonly deploymentId: string | null
  readonly deploymentVersion: number | null
  readonly deploymentStatus: Status | null
}

export interface NewRun {
  readonly id: string
  readonly scheduleId: string
  readonly plannedAt: Date
  readonly executedAt: Date
  readonly result: RunRow['result']
  readonly message: string | null
  readonly deploymentId: string | null
}

const INSERT = {
  name: 'schedule-run-insert',
  text: /* sql */ `
    insert into schedule_runs (id, schedule_id, planned_at, executed_at, result, message, deployment_id)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (schedule_id, planned_at) do nothing`,
}

/** False when that time has its row already. */
export async function insertRun(tx: Queryable, run: NewRun): Promise<boolean> {
  const { id, scheduleId, plannedAt, executedAt, result, message, deploymentId } = run
  const values = [id, scheduleId, plannedAt, executedAt, result, message, deploymentId]
  return (await tx.query(INSERT, values)).rowCount === 1
}

export async function hasRun(tx: Queryable, scheduleId: string, plannedAt: Date): Promise<boolean> {
  const text = 'select from schedule_runs where schedule_id = $1 and planned_at = $2'
  return (await tx.query({ name: 'schedule-run-exists', text }, [scheduleId, plannedAt])).rowCount > 0
}

const PRUNE = {
  name: 'schedule-runs-prune',
  text: /* sql */ `
    delete from schedule_runs
     where schedule_id = $1 and planned_at < (
       select planned_at from schedule_runs where schedule_id = $1
        order by planned_at desc limit 1 offset ${KEPT_RUNS - 1})`,
}

export async function pruneRuns(tx: Queryable, scheduleId: string): Promise<void> {
  await tx.query(PRUNE, [scheduleId])
}

const COLUMNS = /* sql */ `
  r.id, r.schedule_id as "scheduleId", r.planned_at as "plannedAt", r.executed_at as "executedAt", r.result, r.message,
  r.deployment_id as "deploymentId", d.version as "deploymentVersion", d.status as "deploymentStatus"`

const OF_SCHEDULE = {
  name: 'schedule-runs',
  text: /* sql */ `
    select ${COLUMNS} from schedule_runs r left join deployments d on d.id = r.deployment_id
     where r.schedule_id = $1 order by r.planned_at desc`,
}

/** The newest first. */
export async function runsOf(db: Queryable, scheduleId: string): Promise<readonly RunRow[]> {
  return (await db.query<RunRow>(OF_SCHEDULE, [scheduleId])).rows
}

const LATEST = {
  name: 'schedule-runs-latest',
  text: /* sql */ `
    select distinct on (r.schedule_id) ${COLUMNS}
      from schedule_runs r left join deployments d on d.id = r.deployment_id
     where r.schedule_id = any ($1) and (not $2 or r.result = 'queued')
     order by r.schedule_id, r.planned_at desc`,
}

/** One of each at most: the latest, or the latest of which a deployment came. */
export async function latestRuns(
  db: Queryable,
  scheduleIds: readonly string[],
  { onlyQueued }: { readonly onlyQueued: boolean },
): Promise<ReadonlyMap<string, RunRow>> {
  const { rows } = await db.query<RunRow>(LATEST, [scheduleIds, onlyQueued])
  return new Map(rows.map((row) => [row.scheduleId, row]))
}
