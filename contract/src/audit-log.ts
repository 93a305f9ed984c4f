/** The audit log as Pulumi's API has it. Owns: paths and shapes. Does not own: what is recorded (server/audit). */
import { type Static, Type } from 'typebox'
import { UserInfo } from './deployments.ts'

export const AUDIT_LOG_PATH = '/api/orgs/:organization/auditlogs'
/** Ours: what was done to the installation itself. */
export const INSTALLATION_AUDIT_LOG_PATH = '/api/daypass/auditlogs'

export const AuditLogEvent = Type.Object(
  {
    timestamp: Type.Integer({ description: 'Seconds since 1970.' }),
    sourceIP: Type.String({ description: 'Not recorded here: empty.' }),
    event: Type.String(),
    description: Type.String(),
    user: UserInfo,
    actorName: Type.String({
      description: '`user:<login>`, the login of a token, `deployment:<id>`, or `daypass` itself.',
    }),
    details: Type.Record(Type.String(), Type.Unknown(), {
      description: 'Ours: `target`, and whatever else the event is about.',
    }),
  },
  { title: 'AuditLogEvent' },
)
export type AuditLogEvent = Static<typeof AuditLogEvent>

export const ListAuditLogResponse = Type.Object(
  { auditLogEvents: Type.Array(AuditLogEvent), continuationToken: Type.Optional(Type.String()) },
  { title: 'ResponseAuditLogs' },
)
export type ListAuditLogResponse = Static<typeof ListAuditLogResponse>

export const AuditEventType = Type.Object(
  {
    event: Type.String(),
    displayName: Type.String(),
    description: Type.String(),
    requiresOrgAdmin: Type.Boolean(),
    requiresStackAdmin: Type.Boolean(),
    authenticationFailure: Type.Boolean(),
    deprecated: Type.Boolean(),
  },
  { title: 'AuditLogEventTypeCatalogEntry' },
)
export type AuditEventType = Static<typeof AuditEventType>

export const ListAuditEventTypesResponse = Type.Object(
  { eventTypes: Type.Array(AuditEventType) },
  { title: 'ListAuditLogEventTypesResponse' },
)

const seconds = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: 253_402_300_799, description }))
const Event = Type.Optional(Type.String({ maxLength: 100, description: 'Only events of this kind.' }))
const User = Type.Optional(
  Type.String({ maxLength: 200, description: 'Only what this login did, or this `actorName`.' }),
)

/** The CLI and Pulumi's description call two of these differently. */
const FILTER = {
  eventType: Event,
  eventFilter: Event,
  user: User,
  userFilter: User,
  continuationToken: Type.Optional(
    Type.String({ pattern: '^(?:[1-9][0-9]{0,17})?$', description: 'Of the page before.' }),
  ),
}

/** The newest first, read backwards from a time. */
export const AuditLogQuery = Type.Object({
  ...FILTER,
  startTime: seconds('The newest time to read, in seconds since 1970; 0: now. To be read to the beginning.'),
})
export type AuditLogQuery = Static<typeof AuditLogQuery>

/** The newest first, of a range of time. */
export const AuditLogRangeQuery = Type.Object({
  ...FILTER,
  startTime: seconds('The oldest time to read, in seconds since 1970.'),
  endTime: seconds('The newest time to read, in seconds since 1970; 0: now.'),
})
export type AuditLogRangeQuery = Static<typeof AuditLogRangeQuery>

export const ExportFormat = Type.Union([Type.Literal('csv'), Type.Literal('cef'), Type.Literal('jsonl')], {
  description: 'csv when nothing is said; jsonl is ours: one event a line.',
})
export type ExportFormat = Static<typeof ExportFormat>
