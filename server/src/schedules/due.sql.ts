/** Schedules whose time has come. */
import type { Queryable } from '../db/database.ts'
import type { ScheduledRequest, ScheduleKind } from './schedule.ts'

/** Of one look. */
export const MOST_DUE = 500

const IS_DUE = 'next_at <= $1 and not paused and (retry_at is null or retry_at <= $1)'

/** Of each stack the first, then of each the second: one that has a hundred takes nobody's turn. */
const DUE = {
  name: 'schedules-due',
  text: /* sql */ `
    select id, stack_id as "stackId"
      from (select id, stack_id, next_at, row_number() over (partition by stack_id order by next_at, id) as turn
              from schedules where ${IS_DUE}) due
     order by turn, next_at, id limit ${MOST_DUE}`,
}

/** A look without locks: each is looked at again by {@link lockDue}. */
export async function dueSchedules(
  db: Queryable,
  now: Date,
): Promise<readonly { readonly id: string; readonly stackId: string }[]> {
  return (await db.query<{ id: string; stackId: string }>(DUE, [now])).rows
}

export interface DueRow {
  readonly id: string
  readonly stackId: string
  readonly organizationId: string
  readonly stackName: string
  readonly kind: ScheduleKind
  readonly cron: string | null
  readonly timeZone: string
  readonly request: ScheduledRequest
  readonly actsFor: string | null
  readonly nextAt: Date
}

const LOCK = {
  name: 'schedule-lock-due',
  text: /* sql */ `
    select c.id, c.stack_id as "stackId", s.organization_id as "organizationId",
           o.name || '/' || s.project || '/' || s.name as "stackName", c.kind, c.cron, c.time_zone as "timeZone",
           c.request, c.acts_for as "actsFor", c.next_at as "nextAt"
      from schedules c join stacks s on s.id = c.stack_id join organizations o on o.id = s.organization_id
     where c.id = $1 and c.next_at <= $2 and not c.paused and (c.retry_at is null or c.retry_at <= $2)
       for no key update of c`,
}

/** Undefined when another server was quicker, or it was paused, changed or removed. The stack is held. */
export async function lockDue(tx: Queryable, scheduleId: string, now: Date): Promise<DueRow | undefined> {
  return (await tx.query<DueRow>(LOCK, [scheduleId, now])).rows[0]
}

export async function setNext(tx: Queryable, scheduleId: string, nextAt: Date | null): Promise<void> {
  await tx.query('update schedules set next_at = $2, retry_at = null where id = $1', [scheduleId, nextAt])
}

/** It could not be fired: until then it is not due. */
export async function postpone(db: Queryable, scheduleId: string, until: Date): Promise<void> {
  await db.query('update schedules set retry_at = $2 where id = $1', [scheduleId, until])
}

/** For the rest of the transaction: somebody who holds a stack for long does not hold up all schedules. */
export async function waitBriefly(tx: Queryable): Promise<void> {
  await tx.query(`select set_config('lock_timeout', '2s', true)`)
}
