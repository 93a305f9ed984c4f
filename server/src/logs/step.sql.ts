/** Steps: begun and ended by the job, closed by whoever ends the deployment. */
import type { StepReport } from '@daypass/contract/job-protocol.ts'
import type { Queryable } from '../db/database.ts'
import { LOG_CHANNEL } from './log.ts'

/** A step that has ended stays as it is: a report that comes late, or twice, changes nothing. */
const REPORT = {
  name: 'report-step',
  text: /* sql */ `
    insert into deployment_steps (deployment_id, step, name, status, started_at, ended_at)
    values ($1, $2, $3, $4, clock_timestamp(), case when $4 = 'running' then null else clock_timestamp() end)
    on conflict (deployment_id, step) do update
       set status = excluded.status, ended_at = excluded.ended_at
     where deployment_steps.status = 'running'
    returning (xmax = 0) as begun, pg_notify('${LOG_CHANNEL}', deployment_id::text)`,
}

/** Wakes who follows. @returns Whether this report made the step. */
export async function reportStep(tx: Queryable, deploymentId: string, report: StepReport): Promise<boolean> {
  const { rows } = await tx.query<{ begun: boolean }>(REPORT, [
    deploymentId,
    report.step,
    report.name,
    report.status,
  ])
  return rows[0]?.begun === true
}

const CLOSE_RUNNING = {
  name: 'close-running-steps',
  text: /* sql */ `
    with closed as (
      update deployment_steps set status = $2, ended_at = clock_timestamp()
       where deployment_id = $1 and status = 'running'
    )
    select pg_notify('${LOG_CHANNEL}', $1::uuid::text)`,
}

/** Wakes who follows, also when nothing ran. */
export async function closeRunningSteps(
  tx: Queryable,
  deploymentId: string,
  status: 'succeeded' | 'failed',
): Promise<void> {
  await tx.query(CLOSE_RUNNING, [deploymentId, status])
}

const LAST = {
  name: 'last-step',
  text: /* sql */ `
    select step from deployment_steps where deployment_id = $1 order by step desc limit 1`,
}

export async function lastStep(tx: Queryable, deploymentId: string): Promise<number | undefined> {
  return (await tx.query<{ step: number }>(LAST, [deploymentId])).rows[0]?.step
}

export interface TailStep {
  readonly step: number
  readonly name: string
  readonly status: 'not-started' | 'running' | 'succeeded' | 'failed'
  readonly lineCount: number
}

/** More are read with the next page. */
export const MOST_STEPS = 100

const STEPS = {
  name: 'steps-from',
  text: /* sql */ `
    select step, name, status, line_count as "lineCount" from deployment_steps
     where deployment_id = $1 and step >= $2 order by step limit ${MOST_STEPS}`,
}

export async function stepsFrom(
  db: Queryable,
  deploymentId: string,
  step: number,
): Promise<readonly TailStep[]> {
  return (await db.query<TailStep>(STEPS, [deploymentId, step])).rows
}

const MAKE_STEP = {
  name: 'make-step',
  text: /* sql */ `
    insert into deployment_steps (deployment_id, step, name, status, started_at, ended_at)
    values ($1, $2, $3, $4, clock_timestamp(), clock_timestamp())
    on conflict do nothing`,
}

/** A step of the server's own making, already over. */
export async function makeEndedStep(
  tx: Queryable,
  deploymentId: string,
  step: {
    readonly step: number
    readonly name: string
    readonly status: 'not-started' | 'succeeded' | 'failed'
  },
): Promise<void> {
  await tx.query(MAKE_STEP, [deploymentId, step.step, step.name, step.status])
}
