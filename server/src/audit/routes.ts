/** Reading the audit log, for admins of an organization. */
import {
  AUDIT_LOG_PATH,
  AuditLogQuery,
  ListAuditEventTypesResponse,
  ListAuditLogResponse,
} from '@daypass/contract/audit-log.ts'
import type { Refusal } from '@daypass/contract/errors.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { listActions, listAudit } from './audit-log.sql.ts'
import { ACTIONS_OF_EVERY_ORGANIZATION, auditEvent, eventType } from './audit-log.ts'

export interface AuditRouteServices {
  readonly db: Database
  /** Who may is for access to say, which records here. */
  readonly adminOf: (
    request: FastifyRequest,
    organization: string,
  ) => { readonly organizationId: string } | Refusal
}

const InOrganization = Type.Object({ organization: Type.String() })
type InOrganization = Static<typeof InOrganization>
type ListRequest = FastifyRequest<{ Params: InOrganization; Querystring: AuditLogQuery }>
const PAGE = 100

export function auditRoutes(app: FastifyInstance, { db, adminOf }: AuditRouteServices): void {
  const tags = ['Audit log']

  const list = async (
    request: ListRequest,
    reply: FastifyReply,
    { from, until }: { readonly from: number | undefined; readonly until: number | undefined },
  ) => {
    const admin = adminOf(request, request.params.organization)
    if (isRefusal(admin)) return refuse(reply, admin)
    const { query } = request
    const token = query.continuationToken ?? ''
    const rows = await listAudit(db, {
      organizationId: admin.organizationId,
      from: timeOf(from),
      until: timeOf(until),
      action: query.eventFilter || query.eventType || undefined,
      who: query.userFilter || query.user || undefined,
      beforeSeq: /^[1-9][0-9]{0,14}$/.test(token) ? Number(token) : undefined,
      limit: PAGE + 1,
    })
    const last = rows.length > PAGE ? rows[PAGE - 1] : undefined
    return {
      auditLogEvents: rows.slice(0, PAGE).map(auditEvent),
      ...(last && { continuationToken: String(last.seq) }),
    }
  }
  const about = {
    tags,
    params: InOrganization,
    querystring: AuditLogQuery,
    response: { 200: ListAuditLogResponse },
  }

  // In the first form `startTime` is where to begin reading backwards.
  app.get<{ Params: InOrganization; Querystring: AuditLogQuery }>(
    AUDIT_LOG_PATH,
    {
      schema: {
        ...about,
        operationId: 'listAuditLogEvents',
        summary: 'Read the audit log, the newest first, up to `startTime`',
      },
    },
    (request, reply) => list(request, reply, { from: undefined, until: request.query.startTime }),
  )

  app.get<{ Params: InOrganization; Querystring: AuditLogQuery }>(
    `${AUDIT_LOG_PATH}/v2`,
    {
      schema: {
        ...about,
        operationId: 'listAuditLogEventsV2',
        summary: 'Read the audit log, the newest first, from `startTime` to `endTime`',
      },
    },
    (request, reply) => list(request, reply, { from: request.query.startTime, until: request.query.endTime }),
  )

  app.get<{ Params: InOrganization }>(
    `${AUDIT_LOG_PATH}/event-types`,
    {
      schema: {
        operationId: 'listAuditLogEventTypes',
        summary: 'List the kinds of events that the audit log has',
        tags,
        params: InOrganization,
        response: { 200: ListAuditEventTypesResponse },
      },
    },
    async (request, reply) => {
      const admin = adminOf(request, request.params.organization)
      if (isRefusal(admin)) return refuse(reply, admin)
      const recorded = await listActions(db, admin.organizationId)
      const actions = new Set([...ACTIONS_OF_EVERY_ORGANIZATION, ...recorded])
      return { eventTypes: [...actions].sort().map(eventType) }
    },
  )
}

/** 0: not given. */
function timeOf(seconds: number | undefined): Date | undefined {
  return seconds ? new Date(seconds * 1000) : undefined
}
