/**
 * Scheduled deployments as Pulumi's API answers them, with some fields of ours.
 *
 * Owns: paths and answered shapes. Does not own: what may be scheduled and when it runs (server/schedules).
 */
import { type Static, type TSchema, Type } from 'typebox'
import { DEPLOYMENTS_PATH } from './deployments.ts'
import { Operation } from './job-protocol.ts'
import { CreateDeploymentRequest } from './settings-request.ts'

export const SCHEDULES_PATH = `${DEPLOYMENTS_PATH}/schedules`
export const SCHEDULE_PATH = `${SCHEDULES_PATH}/:scheduleId`
export const SCHEDULE_PAUSE_PATH = `${SCHEDULE_PATH}/pause`
export const SCHEDULE_RESUME_PATH = `${SCHEDULE_PATH}/resume`
export const SCHEDULE_HISTORY_PATH = `${SCHEDULE_PATH}/history`
export const DRIFT_SCHEDULES_PATH = `${DEPLOYMENTS_PATH}/drift/schedules`
export const DRIFT_SCHEDULE_PATH = `${DRIFT_SCHEDULES_PATH}/:scheduleId`
export const TTL_SCHEDULES_PATH = `${DEPLOYMENTS_PATH}/ttl/schedules`
export const TTL_SCHEDULE_PATH = `${TTL_SCHEDULES_PATH}/:scheduleId`

/** What became of a time that was planned: the status of its deployment, or why there is none. */
export const ScheduleRun = Type.Object(
  {
    /** `YYYY-MM-DD HH:MM:SS.mmm`, UTC. */
    planned: Type.String(),
    executed: Type.String(),
    result: Type.String(),
    message: Type.Optional(Type.String()),
    deploymentId: Type.Optional(Type.String()),
    deploymentVersion: Type.Optional(Type.Integer()),
  },
  { title: 'ScheduleRun' },
)
export type ScheduleRun = Static<typeof ScheduleRun>

/** Generated clients need every string of Pulumi's, empty for "never"; times are `YYYY-MM-DD HH:MM:SS.mmm`, UTC. */
export const ScheduledAction = Type.Object(
  {
    id: Type.String(),
    orgID: Type.String(),
    scheduleCron: Type.Optional(Type.String()),
    /** `YYYY-MM-DD HH:MM:SS`, UTC: Pulumi's provider reads no other form. */
    scheduleOnce: Type.Optional(Type.String()),
    nextExecution: Type.String(),
    paused: Type.Boolean(),
    kind: Type.Literal('deployment'),
    definition: Type.Object({
      programID: Type.String(),
      /** The body of a create-deployment request, its secrets as ciphertexts. */
      request: Type.Object(
        { operation: Operation, inheritSettings: Type.Boolean() },
        { additionalProperties: true },
      ),
    }),
    created: Type.String(),
    modified: Type.String(),
    lastExecuted: Type.String(),
    /** Ours: the IANA time zone that the cron expression is read in. */
    timeZone: Type.String(),
    /** Ours: the login of whose rights count when it runs; absent when that person is gone. */
    actsFor: Type.Optional(Type.String()),
    /** Ours: what became of the latest time that came. */
    lastRun: Type.Optional(ScheduleRun),
  },
  { title: 'ScheduledAction' },
)
export type ScheduledAction = Static<typeof ScheduledAction>

export const ListSchedulesResponse = Type.Object(
  { schedules: Type.Array(ScheduledAction) },
  { title: 'ListScheduledActionsResponse' },
)
export type ListSchedulesResponse = Static<typeof ListSchedulesResponse>

export const ScheduleHistoryEvent = Type.Object(
  {
    id: Type.String(),
    scheduledActionID: Type.String(),
    executed: Type.String(),
    /** Of the deployment; 0 when there is none. */
    version: Type.Integer(),
    result: Type.String(),
    /** Ours. */
    planned: Type.String(),
    message: Type.Optional(Type.String()),
    deploymentId: Type.Optional(Type.String()),
  },
  { title: 'ScheduledActionHistoryEvent' },
)
export type ScheduleHistoryEvent = Static<typeof ScheduleHistoryEvent>

export const ScheduleHistoryResponse = Type.Object(
  {
    scheduleHistoryEvents: Type.Array(ScheduleHistoryEvent),
  },
  { title: 'ListScheduledActionHistoryResponse' },
)
export type ScheduleHistoryResponse = Static<typeof ScheduleHistoryResponse>

/** Generated clients send null for what nobody set. */
const maybe = <Schema extends TSchema>(schema: Schema) => Type.Optional(Type.Union([schema, Type.Null()]))
const Cron = maybe(Type.String({ description: 'Five fields, such as `0 4 * * 1`, or `@daily`.' }))
const TimeZone = maybe(
  Type.String({ description: 'Ours: an IANA name, in which the cron expression is read.' }),
)
const Flag = maybe(Type.Boolean())

/** The bodies, which the server reads by hand: what it refuses it names. */
export const CreateScheduleRequest = Type.Object(
  {
    scheduleCron: Cron,
    scheduleOnce: maybe(Type.String({ description: 'RFC 3339; instead of a cron expression.' })),
    timeZone: TimeZone,
    request: maybe(CreateDeploymentRequest),
  },
  { title: 'CreateScheduledDeploymentRequest', additionalProperties: false },
)
export const CreateDriftScheduleRequest = Type.Object(
  { scheduleCron: Cron, timeZone: TimeZone, autoRemediate: Flag },
  { title: 'CreateScheduledDriftDeploymentRequest', additionalProperties: false },
)
export const CreateTtlScheduleRequest = Type.Object(
  { timestamp: Type.String({ description: 'RFC 3339.' }), deleteAfterDestroy: Flag },
  { title: 'CreateScheduledTTLDeploymentRequest', additionalProperties: false },
)
