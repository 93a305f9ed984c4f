/** Making, changing, pausing and removing schedules: each in one transaction under the stack's lock. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database, Queryable } from '../db/database.ts'
import { checkRunnable } from '../deployments/runnable.ts'
import { isRefusal } from '../refuse.ts'
import type { StackSecrets } from '../secrets/stack-secrets.ts'
import { mergedForDeployment } from '../settings/deployment-settings.ts'
import { mergeSettings } from '../settings/merge.ts'
import type { SettingsPatch } from '../settings/read-settings.ts'
import { hasSavedSettings } from '../settings/saved.ts'
import { sealSettings } from '../settings/seal.ts'
import type { StoredSettings } from '../settings/settings.ts'
import { holdStack, type Stack, stackNotFound } from '../stacks/stack.ts'
import { cronProblem } from './cron.ts'
import type { ReadSchedule } from './read-request.ts'
import {
  countOf,
  deleteSchedule,
  findSchedule,
  type ScheduleRow,
  saveSchedule,
  setPaused,
} from './schedule.sql.ts'
import { MOST_SCHEDULES, nextOf, type ScheduledRequest, type ScheduleKind, type Timing } from './schedule.ts'

export interface ScheduleServices {
  readonly db: Database
  readonly secrets: StackSecrets
  readonly randomUuid: () => string
  readonly now: () => Date
}

export interface Scheduler {
  readonly userId: string
  /** For the audit: `user:<login>`. */
  readonly actor: string
  readonly isOrganizationAdmin: boolean
}

/** @param scheduleId Of the one to change; undefined makes one. */
export async function saveAs(
  services: ScheduleServices,
  stack: Stack,
  by: Scheduler,
  given: {
    readonly kind: ScheduleKind
    readonly scheduleId: string | undefined
    readonly read: ReadSchedule
  },
): Promise<ScheduleRow | Refusal> {
  const { db, randomUuid, now } = services
  const { kind, scheduleId, read } = given
  return db.transaction(async (tx) => {
    if (!(await holdStack(tx, stack.id))) return stackNotFound({ ...stack, stack: stack.name })
    const before = scheduleId === undefined ? undefined : await findSchedule(tx, stack.id, scheduleId)
    if (scheduleId !== undefined && before?.kind !== kind) return noSchedule(kind)
    if (!(await hasSavedSettings(tx, stack.id))) return noSettings
    if (!before && (await countOf(tx, stack.id)) >= MOST_SCHEDULES) return tooMany
    const timing = timingOf(read, before)
    if (!timing) return missing(kind === 'raw' ? 'scheduleCron or scheduleOnce' : 'scheduleCron')
    const wrong = timingProblem(timing, now())
    if (wrong) return wrong
    const request = await requestOf(tx, services, stack, by, read.request, before)
    if (isRefusal(request)) return request
    const id = before?.id ?? randomUuid()
    await saveSchedule(tx, {
      id,
      stackId: stack.id,
      kind,
      cron: 'cron' in timing ? timing.cron : null,
      timeZone: timing.timeZone,
      once: 'once' in timing ? timing.once : null,
      request,
      actsFor: by.userId,
      nextAt: nextOf(timing, now()) ?? null,
    })
    await audit(tx, stack, by, before ? 'schedule.changed' : 'schedule.created', id)
    const saved = await findSchedule(tx, stack.id, id)
    if (!saved) throw new Error(`Schedule ${id} was not saved.`)
    return saved
  })
}

function timingOf(read: ReadSchedule, before: ScheduleRow | undefined): Timing | undefined {
  const timeZone = read.timeZone ?? before?.timeZone ?? 'UTC'
  if (read.cron !== undefined) return { cron: read.cron, timeZone }
  const once = read.once
  if (once !== undefined) return { once: new Date(Math.floor(once.getTime() / 1000) * 1000), timeZone }
  if (before?.cron) return { cron: before.cron, timeZone }
  return before?.once ? { once: before.once, timeZone } : undefined
}

function timingProblem(timing: Timing, now: Date): Refusal | undefined {
  if ('cron' in timing) {
    const problem = cronProblem(timing.cron, timing.timeZone, now)
    return problem === undefined ? undefined : { status: 400, reason: 'invalid_field', message: problem }
  }
  return timing.once > now ? undefined : inThePast(timing.once)
}

/** Checked as the deployment that it will be, so that nobody learns at night what could be said now. */
async function requestOf(
  tx: Queryable,
  { secrets }: ScheduleServices,
  stack: Stack,
  by: Scheduler,
  read: ReadSchedule['request'],
  before: ScheduleRow | undefined,
): Promise<ScheduledRequest | Refusal> {
  const asked = read ?? (before && { ...before.request, settings: before.request.settings as SettingsPatch })
  if (!asked) return missing('request')
  const context = { secrets, tx, stackId: stack.id }
  const merged = await mergedForDeployment(context, stack.organizationId, asked, by)
  if ('reason' in merged) return merged
  const refusal = checkRunnable(merged.settings)
  if (refusal) return refusal
  const settings = await sealedPatch(context, asked.settings)
  if (isRefusal(settings)) return settings
  return { operation: asked.operation, inheritSettings: asked.inheritSettings, settings }
}

/** What the request says of its own, sealed; credentials are bound to what they are for, so that must be there too. */
async function sealedPatch(
  context: Parameters<typeof sealSettings>[0],
  patch: SettingsPatch,
): Promise<StoredSettings | Refusal> {
  const draft = mergeSettings({}, patch)
  const git = draft.sourceContext?.git
  const image = draft.executorContext?.executorImage
  if (git?.gitAuth !== undefined && git.repoUrl === undefined) {
    return missing('request.sourceContext.git.repoUrl, which belongs to gitAuth,')
  }
  if (image !== undefined && image.reference === undefined) {
    return missing('request.executorContext.executorImage.reference')
  }
  const sealed = await sealSettings(context, draft)
  return 'reason' in sealed ? sealed : sealed.settings
}

export async function pauseSchedule(
  { db, now }: ScheduleServices,
  stack: Stack,
  by: Scheduler,
  { scheduleId, paused }: { readonly scheduleId: string; readonly paused: boolean },
): Promise<Refusal | undefined> {
  return db.transaction(async (tx) => {
    await holdStack(tx, stack.id)
    const row = await findSchedule(tx, stack.id, scheduleId)
    if (!row) return noSchedule()
    if (row.paused === paused) return undefined
    const { cron, once, timeZone } = row
    // What came while it was paused was not missed: it was not wanted.
    const next = cron !== null ? nextOf({ cron, timeZone }, now()) : row.nextAt
    if (!paused && once !== null && row.nextAt !== null && once <= now()) return inThePast(once)
    await setPaused(tx, scheduleId, paused, next ?? null)
    await audit(tx, stack, by, paused ? 'schedule.paused' : 'schedule.resumed', scheduleId)
    return undefined
  })
}

/** Removing one that is gone already is no mistake. */
export async function removeSchedule(
  { db }: ScheduleServices,
  stack: Stack,
  by: Scheduler,
  scheduleId: string,
): Promise<void> {
  await db.transaction(async (tx) => {
    await holdStack(tx, stack.id)
    if (await deleteSchedule(tx, stack.id, scheduleId))
      await audit(tx, stack, by, 'schedule.removed', scheduleId)
  })
}

async function audit(
  tx: Queryable,
  { organizationId, organization, project, name }: Stack,
  { actor }: Scheduler,
  action: string,
  scheduleId: string,
): Promise<void> {
  const target = `${organization}/${project}/${name}`
  await recordAudit(tx, { organizationId, actor, action, target, details: { scheduleId } })
}

export function noSchedule(kind?: ScheduleKind): Refusal {
  const what = kind === undefined || kind === 'raw' ? 'schedule' : `${kind} schedule`
  return {
    status: 404,
    reason: 'schedule_not_found',
    message: `Not Found: this stack has no ${what} with this id.`,
  }
}

function missing(field: string): Refusal {
  return { status: 400, reason: 'invalid_field', message: `${field} is missing.` }
}

function inThePast(once: Date): Refusal {
  const message = `The time ${once.toISOString()} has passed; give the schedule one that is to come.`
  return { status: 400, reason: 'schedule_in_past', message }
}

const tooMany: Refusal = {
  status: 400,
  reason: 'too_many_schedules',
  message: `A stack may have ${MOST_SCHEDULES} schedules; remove one that is not needed any more.`,
}

const noSettings: Refusal = {
  status: 400,
  reason: 'no_settings',
  message:
    'Bad Request: this stack has no deployment settings; save some first, with PUT or POST …/deployments/settings.',
}
