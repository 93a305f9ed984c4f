/** Firing what is due: by whichever server looks first, once for each planned time. */
import { canWriteStack, isOrganizationAdmin } from '../access/permission.ts'
import { actingUser } from '../access/person.ts'
import { stackPlaceOf } from '../access/stack-place.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Queryable } from '../db/database.ts'
import { type RequestServices, requestDeploymentIn } from '../deployments/request.ts'
import type { SettingsPatch } from '../settings/read-settings.ts'
import { holdStack } from '../stacks/stack.ts'
import { type DueRow, dueSchedules, lockDue, MOST_DUE, postpone, setNext, waitBriefly } from './due.sql.ts'
import { hasRun, insertRun, latestRuns, type NewRun, pruneRuns } from './run.sql.ts'
import { deleteSchedule } from './schedule.sql.ts'
import { planOf, type Timing } from './schedule.ts'

/** What could not be fired is not tried with every look. */
export const RETRY_SECONDS = 60
/** Later than this it is worth a word. */
const LATE_SECONDS = 60

const NOBODY_WAS_THERE = 'No server of this database was running at this time, or none could fire it.'

type Outcome = Pick<NewRun, 'result' | 'message' | 'deploymentId'>

/**
 * Fires all that is due at `now`, each in a transaction of its own: one that fails, or whose stack is held for long,
 * holds up no other, however many of them there are.
 *
 * @param onFailure Told of each that could not be fired; it is tried again {@link RETRY_SECONDS} later.
 */
export async function fireDue(
  services: RequestServices,
  now: Date,
  onFailure: (scheduleId: string, error: unknown) => void,
): Promise<void> {
  for (;;) {
    const due = await dueSchedules(services.db, now)
    for (const one of due) {
      try {
        await services.db.transaction((tx) => fire(tx, services, one, now))
      } catch (error) {
        onFailure(one.id, error)
        await postpone(services.db, one.id, new Date(now.getTime() + RETRY_SECONDS * 1000))
      }
    }
    if (due.length < MOST_DUE) return
  }
}

async function fire(
  tx: Queryable,
  services: RequestServices,
  due: { readonly id: string; readonly stackId: string },
  now: Date,
): Promise<void> {
  await waitBriefly(tx)
  if (!(await holdStack(tx, due.stackId))) return
  const schedule = await lockDue(tx, due.id, now)
  if (!schedule) return
  const { planned, missed, hasMore, next } = planOf(timingOf(schedule), schedule.nextAt, now)
  const note = (plannedAt: Date, outcome: Outcome): Promise<boolean> =>
    insertRun(tx, {
      id: services.randomUuid(),
      scheduleId: due.id,
      plannedAt,
      executedAt: now,
      ...outcome,
    })
  for (const [index, time] of missed.entries()) {
    const earlier = hasMore && index === 0 ? ' So were others before it, which are not listed.' : ''
    await note(time, refusedFor('missed', `${NOBODY_WAS_THERE}${earlier}`))
  }
  await setNext(tx, due.id, next ?? null)
  if (await hasRun(tx, due.id, planned)) return
  const outcome = await attempt(tx, services, schedule, planned, now)
  await note(planned, outcome)
  await pruneRuns(tx, due.id)
  if (schedule.kind === 'ttl' && outcome.result === 'queued') await disappear(tx, schedule)
}

function timingOf({ cron, timeZone, nextAt }: DueRow): Timing {
  return cron === null ? { once: nextAt, timeZone } : { cron, timeZone }
}

async function attempt(
  tx: Queryable,
  services: RequestServices,
  schedule: DueRow,
  planned: Date,
  now: Date,
): Promise<Outcome> {
  const { id, stackId, organizationId, request } = schedule
  const person = schedule.actsFor === null ? undefined : await actingUser(tx, schedule.actsFor)
  const place = await stackPlaceOf(tx, stackId)
  if (!person || !place || !canWriteStack(person, place)) {
    const who = person ? `${person.login} may not write this stack any more` : 'Whoever saved it is gone'
    return refusedFor('refused', `${who}; somebody who may write it has to save the schedule again.`)
  }
  const before = (await latestRuns(tx, [id], { onlyQueued: true })).get(id)
  if (before?.deploymentStatus === 'waiting' || before?.deploymentStatus === 'ready') {
    const message = `Not queued: deployment ${before.deploymentVersion} of this schedule has not started yet.`
    return refusedFor('missed', message)
  }
  const requester = {
    userId: person.userId,
    isOrganizationAdmin: isOrganizationAdmin(person, organizationId),
  }
  const requested = await requestDeploymentIn(tx, services, requester, stackId, {
    operation: request.operation,
    inheritSettings: request.inheritSettings,
    settings: request.settings as SettingsPatch,
    trigger: 'schedule',
    initiator: 'schedule',
  })
  if ('reason' in requested) return refusedFor('refused', requested.message)
  const lateSeconds = Math.floor((now.getTime() - planned.getTime()) / 1000)
  const message =
    lateSeconds > LATE_SECONDS
      ? `Queued ${Math.floor(lateSeconds / 60)} min late: no server of this database was running, or none could fire it.`
      : null
  return { result: 'queued', message, deploymentId: requested.id }
}

function refusedFor(result: 'refused' | 'missed', message: string): Outcome {
  return { result, message, deploymentId: null }
}

/** A time to live that has come is no schedule any more: the deployment tells the rest. */
async function disappear(tx: Queryable, { id, stackId, organizationId, stackName }: DueRow): Promise<void> {
  await deleteSchedule(tx, stackId, id)
  const entry = { organizationId, actor: 'daypass', action: 'schedule.removed', target: stackName }
  await recordAudit(tx, { ...entry, details: { scheduleId: id, fired: true } })
}
