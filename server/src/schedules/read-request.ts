/** The bodies of the schedule calls. What a client did not set arrives as nothing, `null` or an empty string. */
import type { Operation } from '@daypass/contract/job-protocol.ts'
import { readDeploymentRequest } from '../deployments/request.ts'
import {
  badField,
  type Fields,
  flag,
  type Json,
  type ReadField,
  type Refused,
  reading,
  readObject,
  text,
} from '../settings/fields.ts'
import type { SettingsPatch } from '../settings/read-settings.ts'
import { isTimeZone, normalCron } from './cron.ts'
import type { ScheduleKind } from './schedule.ts'

/** Undefined: not said. A change keeps what it does not say of the time. */
export interface ReadSchedule {
  readonly cron: string | undefined
  readonly once: Date | undefined
  readonly timeZone: string | undefined
  readonly request:
    | { readonly operation: Operation; readonly inheritSettings: boolean; readonly settings: SettingsPatch }
    | undefined
}

const scheduleCron: ReadField = (value, path, blank) => {
  const given = text()(value, path, blank)
  if (typeof given !== 'string') return given
  const cron = normalCron(given)
  if (cron !== undefined) return cron
  throw badField(
    path,
    'must be a cron expression of five fields (minute hour day month weekday), such as "0 4 * * 1".',
  )
}

/** Date, time, and an offset from UTC; none is UTC. */
const TIME = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2})?)(?:[.,]\d{1,9})?(Z|z|[+-]\d{2}:?\d{2})?$/

const time: ReadField = (value, path, blank) => {
  const given = text()(value, path, blank)
  if (typeof given !== 'string') return given
  const [, date, clock, zone = 'Z'] = TIME.exec(given) ?? []
  const at = new Date(`${date}T${clock}${zone.toUpperCase().replace(/(\d{2})(\d{2})$/, '$1:$2')}`)
  if (date === undefined || Number.isNaN(at.getTime()) || at.getUTCFullYear() < 1) {
    throw badField(path, 'must be a time such as "2030-12-31T23:59:00Z".')
  }
  return at.toISOString()
}

const timeZone: ReadField = (value, path, blank) => {
  const given = text()(value, path, blank)
  if (typeof given !== 'string' || isTimeZone(given)) return given
  throw badField(
    path,
    `names no time zone: ${JSON.stringify(given.slice(0, 100))}. Use one such as "Europe/Berlin".`,
  )
}

/** Read by the deployments themselves, below. */
const later: ReadField = (value) => value as Json

const FIELDS: Readonly<Record<ScheduleKind, Fields>> = {
  raw: { scheduleCron, scheduleOnce: time, timeZone, request: later },
  drift: { scheduleCron, timeZone, autoRemediate: flag },
  ttl: { timestamp: time, deleteAfterDestroy: flag },
}

export function readScheduleBody(
  kind: ScheduleKind,
  body: unknown,
): { readonly ok: true; readonly value: ReadSchedule } | Refused {
  const read = reading(() => {
    const fields = readObject(body, '', FIELDS[kind], undefined)
    if (fields['scheduleCron'] !== undefined && fields['scheduleOnce'] !== undefined) {
      throw badField('scheduleCron', 'and scheduleOnce exclude each other; send one.')
    }
    if (kind === 'ttl' && fields['timestamp'] === undefined) throw badField('timestamp', 'is missing.')
    return fields
  })
  if (!read.ok) return read
  const fields = read.value
  const request = requestOf(kind, fields)
  if (request && !request.ok) return request
  const once = fields['scheduleOnce'] ?? fields['timestamp']
  return {
    ok: true,
    value: {
      cron: fields['scheduleCron'] as string | undefined,
      once: once === undefined ? undefined : new Date(String(once)),
      timeZone: fields['timeZone'] as string | undefined,
      request: request?.value,
    },
  }
}

/** Drift and ttl schedules are deployment requests of a fixed form; a switch that is not set is off. */
function requestOf(kind: ScheduleKind, fields: Readonly<Record<string, Json>>) {
  const options = (operation: string, option: object) =>
    readDeploymentRequest({ operation, inheritSettings: true, operationContext: { options: option } })
  switch (kind) {
    case 'raw':
      return fields['request'] === undefined ? undefined : readDeploymentRequest(fields['request'])
    case 'drift':
      return options('detect-drift', { remediateIfDriftDetected: fields['autoRemediate'] === true })
    case 'ttl':
      return options('destroy', { deleteAfterDestroy: fields['deleteAfterDestroy'] === true })
  }
}
