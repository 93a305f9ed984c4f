/** The schedules of stacks. Writers hold the stack's row first, and then the schedule's. */
import type { Queryable } from '../db/database.ts'
import { isUuid } from '../db/uuid.ts'
import type { ScheduledRequest, ScheduleKind } from './schedule.ts'

export interface ScheduleRow {
  readonly id: string
  readonly stackId: string
  readonly organizationId: string
  readonly kind: ScheduleKind
  readonly cron: string | null
  readonly timeZone: string
  readonly once: Date | null
  readonly request: ScheduledRequest
  readonly actsFor: string | null
  readonly login: string | null
  readonly paused: boolean
  readonly nextAt: Date | null
  readonly createdAt: Date
  readonly modifiedAt: Date
}

const COLUMNS = /* sql */ `
  c.id, c.stack_id as "stackId", s.organization_id as "organizationId", c.kind, c.cron, c.time_zone as "timeZone", c.once,
  c.request, c.acts_for as "actsFor", u.login, c.paused, c.next_at as "nextAt", c.created_at as "createdAt",
  c.modified_at as "modifiedAt"`

const TABLES = /* sql */ `
  schedules c join stacks s on s.id = c.stack_id left join users u on u.id = c.acts_for`

const LIST = {
  name: 'schedules-of-stack',
  text: /* sql */ `select ${COLUMNS} from ${TABLES} where c.stack_id = $1 order by c.created_at, c.id`,
}

export async function selectSchedules(db: Queryable, stackId: string): Promise<readonly ScheduleRow[]> {
  return (await db.query<ScheduleRow>(LIST, [stackId])).rows
}

const FIND = {
  name: 'schedule-find',
  text: /* sql */ `select ${COLUMNS} from ${TABLES} where c.stack_id = $1 and c.id = $2`,
}

export async function findSchedule(
  db: Queryable,
  stackId: string,
  scheduleId: string,
): Promise<ScheduleRow | undefined> {
  if (!isUuid(scheduleId)) return undefined
  return (await db.query<ScheduleRow>(FIND, [stackId, scheduleId])).rows[0]
}

export interface NewSchedule {
  readonly id: string
  readonly stackId: string
  readonly kind: ScheduleKind
  readonly cron: string | null
  readonly timeZone: string
  readonly once: Date | null
  readonly request: ScheduledRequest
  readonly actsFor: string
  readonly nextAt: Date | null
}

const SAVE = {
  name: 'schedule-save',
  text: /* sql */ `
    insert into schedules (id, stack_id, kind, cron, time_zone, once, request, acts_for, next_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict (id) do update
       set cron = excluded.cron, time_zone = excluded.time_zone, once = excluded.once, request = excluded.request,
           acts_for = excluded.acts_for, next_at = excluded.next_at, retry_at = null, modified_at = now()`,
}

export async function saveSchedule(tx: Queryable, schedule: NewSchedule): Promise<void> {
  const { id, stackId, kind, cron, timeZone, once, request, actsFor, nextAt } = schedule
  const json = JSON.stringify(request)
  await tx.query(SAVE, [id, stackId, kind, cron, timeZone, once, json, actsFor, nextAt])
}

export async function setPaused(
  tx: Queryable,
  scheduleId: string,
  paused: boolean,
  nextAt: Date | null,
): Promise<void> {
  const text =
    'update schedules set paused = $2, next_at = $3, retry_at = null, modified_at = now() where id = $1'
  await tx.query(text, [scheduleId, paused, nextAt])
}

/** False when there was none. */
export async function deleteSchedule(tx: Queryable, stackId: string, scheduleId: string): Promise<boolean> {
  if (!isUuid(scheduleId)) return false
  const text = 'delete from schedules where stack_id = $1 and id = $2'
  return (await tx.query(text, [stackId, scheduleId])).rowCount === 1
}

export async function existsForStack(db: Queryable, stackId: string): Promise<boolean> {
  return (await db.query('select from schedules where stack_id = $1 limit 1', [stackId])).rowCount > 0
}

export async function countOf(tx: Queryable, stackId: string): Promise<number> {
  const text = 'select count(*) as count from schedules where stack_id = $1'
  return (await tx.query<{ count: number }>(text, [stackId])).rows[0]?.count ?? 0
}
