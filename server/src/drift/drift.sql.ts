/** Drift runs, read from the deployments and updates that they are. */
import type { Queryable } from '../db/database.ts'
import { isUuid } from '../db/uuid.ts'
import type { Status } from '../deployments/deployment.ts'
import type { ResourceChanges } from './drift.ts'

export interface UpdateColumns {
  readonly status: 'not started' | 'running' | 'succeeded' | 'failed' | 'cancelled'
}

export interface DriftRunRow {
  readonly id: string
  readonly createdAt: Date
  /** Null for a refresh that belongs to no deployment, and so are the next two. */
  readonly deploymentId: string | null
  readonly deploymentVersion: number | null
  readonly deploymentStatus: Status | null
  readonly detectId: string | null
  readonly detectStatus: UpdateColumns['status'] | null
  readonly detectChanges: ResourceChanges | null
  readonly detectModified: Date | null
  /** Which resources changed is not known any more. */
  readonly detectEventsDeleted: boolean | null
  readonly remedyId: string | null
  readonly remedyVersion: number | null
  readonly remedyStatus: Status | null
  readonly remedyUpdateId: string | null
  readonly remedyUpdateStatus: UpdateColumns['status'] | null
  readonly remedyChanges: ResourceChanges | null
  readonly remedyModified: Date | null
}

const runsOf = (stackId: string) => /* sql */ `
  select d.id, d.created_at, d.id as deployment_id, d.version, d.status as deployment_status, d.status, null::uuid as update_id
    from deployments d where d.stack_id = ${stackId} and d.operation = 'detect-drift'
   union all
  select u.id, u.created_at, null, null, null, u.status, u.id
    from updates u
   where u.stack_id = ${stackId} and u.detects_drift and u.deployment_id is null and u.status <> 'not started'`
const RUNS = runsOf('$1')

const COLUMNS = /* sql */ `
  r.id, r.created_at as "createdAt", r.deployment_id as "deploymentId", r.version as "deploymentVersion",
  r.deployment_status as "deploymentStatus", detect.id as "detectId", detect.status as "detectStatus",
  detect.resource_changes as "detectChanges", detect.modified as "detectModified",
  detect.events_deleted_at is not null as "detectEventsDeleted",
  remedy.id as "remedyId", remedy.version as "remedyVersion", remedy.status as "remedyStatus",
  remedy_update.id as "remedyUpdateId", remedy_update.status as "remedyUpdateStatus",
  remedy_update.resource_changes as "remedyChanges", remedy_update.modified as "remedyModified"`

/** The refresh whose preview it is; of a job that made several, the last one. */
const DETECTION = /* sql */ `
  select u.id, u.status, u.resource_changes, u.events_deleted_at, coalesce(u.ended_at, u.started_at) as modified
    from updates u`
const OF_DEPLOYMENT = /* sql */ `u.kind = 'refresh' and u.dry_run and u.status <> 'not started'`

/** What a run found, and the deployment that puts it right. */
const FOUND = /* sql */ `
  left join lateral (
    (${DETECTION} where u.deployment_id = r.deployment_id and ${OF_DEPLOYMENT} order by u.created_at desc limit 1)
    union all
    (${DETECTION} where u.id = r.update_id)
  ) detect on true
  left join lateral (
    select m.id, m.version, m.status from deployments m where m.remediates_id = r.deployment_id order by m.seq desc limit 1
  ) remedy on true`

const JOINS = /* sql */ `${FOUND}
  left join lateral (
    ${DETECTION} where u.deployment_id = remedy.id and not u.dry_run and u.status <> 'not started'
     order by u.created_at desc limit 1
  ) remedy_update on true`

const PAGE = {
  name: 'drift-runs-page',
  text: /* sql */ `
    select ${COLUMNS}
      from (select * from (${RUNS}) all_runs order by created_at desc, id limit $2 offset $3) r ${JOINS}
     order by r.created_at desc, r.id`,
}
const COUNT = {
  name: 'drift-runs-count',
  text: /* sql */ `select count(*) as count from (${RUNS}) r`,
}

/** The newest first. */
export async function selectRuns(
  db: Queryable,
  stackId: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly rows: readonly DriftRunRow[]; readonly total: number }> {
  const { rows } = await db.query<DriftRunRow>(PAGE, [stackId, limit, offset])
  const counted = await db.query<{ count: number }>(COUNT, [stackId])
  return { rows, total: counted.rows[0]?.count ?? 0 }
}

/** What the latest run of a stack that succeeded found, and how its remediation stands. */
export interface FindingRow {
  readonly stackId: string
  readonly detectChanges: ResourceChanges | null
  readonly remedyStatus: Status | null
}

const FINDINGS = {
  name: 'drift-findings',
  text: /* sql */ `
    select s.id as "stackId", detect.resource_changes as "detectChanges", remedy.status as "remedyStatus"
      from unnest($1::uuid[]) as s (id)
     cross join lateral (
             select * from (${runsOf('s.id')}) all_runs where status = 'succeeded' order by created_at desc, id limit 1
           ) r ${FOUND}`,
}

/** Stacks that were never looked at have none. */
export async function selectFindings(db: Queryable, stackIds: readonly string[]): Promise<FindingRow[]> {
  return (await db.query<FindingRow>(FINDINGS, [stackIds])).rows
}

const ONE = {
  name: 'drift-run',
  text: /* sql */ `select ${COLUMNS} from (${RUNS}) r ${JOINS} where r.id = $2`,
}

export async function selectRun(
  db: Queryable,
  stackId: string,
  runId: string,
): Promise<DriftRunRow | undefined> {
  if (!isUuid(runId)) return undefined
  return (await db.query<DriftRunRow>(ONE, [stackId, runId])).rows[0]
}

const IN_PROGRESS = {
  name: 'drift-run-in-progress',
  text: /* sql */ `select from (${RUNS}) r where status in ('accepted', 'running') limit 1`,
}

export async function isRunInProgress(db: Queryable, stackId: string): Promise<boolean> {
  return (await db.query(IN_PROGRESS, [stackId])).rowCount > 0
}

const OF_ONE_DEPLOYMENT = {
  name: 'drift-detection',
  text: /* sql */ `
    select u.resource_changes as "resourceChanges" from updates u
     where u.deployment_id = $1 and ${OF_DEPLOYMENT} order by u.created_at desc limit 1`,
}

export async function selectDetection(
  tx: Queryable,
  deploymentId: string,
): Promise<{ readonly resourceChanges: ResourceChanges | null } | undefined> {
  return (await tx.query<{ resourceChanges: ResourceChanges | null }>(OF_ONE_DEPLOYMENT, [deploymentId]))
    .rows[0]
}

const REMEDIATION = {
  name: 'drift-remediation',
  text: /* sql */ `
    select d.remediates_id as "driftRunId",
           (select u.resource_changes from updates u where u.deployment_id = d.id and not u.dry_run
             order by u.created_at desc limit 1) as "resourceChanges"
      from deployments d where d.id = $1`,
}

export async function selectRemediation(
  tx: Queryable,
  deploymentId: string,
): Promise<
  { readonly driftRunId: string | null; readonly resourceChanges: ResourceChanges | null } | undefined
> {
  return (
    await tx.query<{ driftRunId: string | null; resourceChanges: ResourceChanges | null }>(REMEDIATION, [
      deploymentId,
    ])
  ).rows[0]
}

const MOST_RESOURCES = 1000

const CHANGED = {
  name: 'drift-changed-resources',
  text: /* sql */ `
    select urn, op as operation from update_events
     where update_id = $1 and type = 'resOutputsEvent' and urn is not null and op is not null and op <> all ($2)
     order by sequence limit ${MOST_RESOURCES}`,
}

export async function changedResourcesOf(
  db: Queryable,
  updateId: string,
  unchanged: readonly string[],
): Promise<readonly { readonly urn: string; readonly operation: string }[]> {
  return (await db.query<{ urn: string; operation: string }>(CHANGED, [updateId, unchanged])).rows
}
