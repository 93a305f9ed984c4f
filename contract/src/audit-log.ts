/** The audit log as Pulumi's API has it. Owns: paths and shapes. Does not own: what is recorded (server/audit). */
import { type Static, Type } from 'typebox'
import { UserInfo } from './deployments.ts'

export const AUDIT_LOG_PATH = '/api/orgs/:organization/auditlogs'

export const AuditLogEvent = Type.Object(
  {
    timestamp: Type.Integer({ description: 'Seconds since 1970.' }),
    sourceIP: Type.String({ description: 'Not recorded here: empty.' }),
    event: Type.String(),
    description: Type.String(),
    user: UserInfo,
    actorName: Type.String({
      description: 'Ours: `user:<login>`, the login of a token, `deployment:<id>`, or `daypass` itself.',
    }),
    details: Type.Record(Type.String(), Type.Unknown(), { description: 'Ours: what the event is about.' }),
  },
  { title: 'AuditLogEvent' },
)
export type AuditLogEvent = Static<typeof AuditLogEvent>

export const ListAuditLogResponse = Type.Object(
  { auditLogEvents: Type.Array(AuditLogEvent), continuationToken: Type.Optional(Type.String()) },
  { title: 'ResponseAuditLogs' },
)

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
export const ListAuditEventTypesResponse = Type.Object(
  { eventTypes: Type.Array(AuditEventType) },
  { title: 'ListAuditLogEventTypesResponse' },
)

const Time = Type.Optional(Type.Integer({ minimum: 0, maximum: 253_402_300_799 }))
const Name = Type.Optional(Type.String({ maxLength: 200 }))
/** The CLI and Pulumi's description call two of these differently. */
export const AuditLogQuery = Type.Object({
  startTime: Time,
  endTime: Time,
  eventFilter: Name,
  eventType: Name,
  userFilter: Name,
  user: Name,
  format: Name,
  continuationToken: Type.Optional(Type.String({ maxLength: 20 })),
})
export type AuditLogQuery = Static<typeof AuditLogQuery>
