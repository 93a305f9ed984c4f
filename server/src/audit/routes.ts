/** Reading the audit log: an organization's for its admins, the installation's for its own. */
import {
  AUDIT_LOG_PATH,
  AuditLogQuery,
  AuditLogRangeQuery,
  ExportFormat,
  INSTALLATION_AUDIT_LOG_PATH,
  ListAuditEventTypesResponse,
  ListAuditLogResponse,
} from '@daypass/contract/audit-log.ts'
import type { Refusal } from '@daypass/contract/errors.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Database } from '../db/database.ts'
import { sendPieces } from '../http/streamed-answer.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { listActions } from './audit-log.sql.ts'
import { type AskedFilter, eventType, readFilter, readPage } from './audit-log.ts'
import { EXPORT_FORMS, exportPieces } from './export.ts'

export interface AuditRouteServices {
  readonly db: Database
  /** Who may read is for access to say, which records here. */
  readonly adminOf: (
    request: FastifyRequest,
    organization: string,
  ) => { readonly organizationId: string } | Refusal
  readonly whyNotSiteAdmin: (request: FastifyRequest) => Refusal | undefined
}

/** Where a log is read: its path, and whose it is. */
interface Log {
  readonly path: string
  readonly params: typeof InOrganization | typeof Nothing
  readonly name: (request: FastifyRequest) => string
  /** Null: the installation's. */
  readonly owner: (request: FastifyRequest) => string | null | Refusal
}

const InOrganization = Type.Object({ organization: Type.String() })
const Nothing = Type.Object({})
const PAGE = 100

export function auditRoutes(app: FastifyInstance, services: AuditRouteServices): void {
  const organizationOf = (request: FastifyRequest): string =>
    (request.params as Static<typeof InOrganization>).organization
  readRoutes(app, services, {
    path: AUDIT_LOG_PATH,
    params: InOrganization,
    name: organizationOf,
    owner(request) {
      const admin = services.adminOf(request, organizationOf(request))
      return isRefusal(admin) ? admin : admin.organizationId
    },
  })
  readRoutes(app, services, {
    path: INSTALLATION_AUDIT_LOG_PATH,
    params: Nothing,
    name: () => 'installation',
    owner: (request) => services.whyNotSiteAdmin(request) ?? null,
  })
}

interface Range {
  readonly startTime?: number
  readonly endTime?: number
}

/** Two ways to say a time: in Pulumi's first form `startTime` is where to begin reading backwards. */
const FORMS = {
  '': {
    query: AuditLogQuery,
    about: 'up to `startTime`',
    times: ({ startTime }: Range) => ({ until: startTime }),
  },
  '/v2': {
    query: AuditLogRangeQuery,
    about: 'from `startTime` to `endTime`',
    times: ({ startTime, endTime }: Range) => ({ from: startTime, until: endTime }),
  },
} as const

function readRoutes(app: FastifyInstance, { db }: AuditRouteServices, log: Log): void {
  const tags = ['Audit log']
  const { path, params } = log
  const idOf = (what: string): string => `${what}${path === AUDIT_LOG_PATH ? '' : 'OfInstallation'}`

  for (const [form, { query, about, times }] of Object.entries(FORMS)) {
    const filterOf = (request: FastifyRequest, organizationId: string | null) => {
      const asked = request.query as AskedFilter & Range
      return readFilter(organizationId, asked, times(asked))
    }

    app.get(
      path + form,
      {
        schema: {
          operationId: idOf(form === '' ? 'listAuditLogEvents' : 'listAuditLogEventsV2'),
          summary: `Read the audit log, the newest first, ${about}`,
          tags,
          params,
          querystring: query,
          response: { 200: ListAuditLogResponse },
        },
      },
      async (request, reply) => {
        const owner = log.owner(request)
        if (isRefusal(owner)) return refuse(reply, owner)
        const { events, continuationToken } = await readPage(db, filterOf(request, owner), PAGE)
        return { auditLogEvents: events, ...(continuationToken !== undefined && { continuationToken }) }
      },
    )

    app.get(
      `${path}${form}/export`,
      {
        schema: {
          operationId: idOf(form === '' ? 'exportAuditLogEvents' : 'exportAuditLogEventsV2'),
          summary: `Download the audit log as CSV, CEF or JSON lines, the newest first, ${about}`,
          tags,
          params,
          querystring: Type.Object({ ...query.properties, format: Type.Optional(ExportFormat) }),
        },
      },
      async (request, reply): Promise<FastifyReply> => {
        const owner = log.owner(request)
        if (isRefusal(owner)) return refuse(reply, owner)
        const { format = 'csv' } = request.query as { format?: ExportFormat }
        reply.header(
          'content-disposition',
          `attachment; filename="audit-log-${log.name(request)}.${format === 'cef' ? 'cef.txt' : format}"`,
        )
        const pieces = exportPieces(db, filterOf(request, owner), format)
        return sendPieces(request, reply, { type: EXPORT_FORMS[format].type, pieces })
      },
    )
  }

  app.get(
    `${path}/event-types`,
    {
      schema: {
        operationId: idOf('listAuditLogEventTypes'),
        summary: 'List the kinds of events that stand in the audit log',
        tags,
        params,
        response: { 200: ListAuditEventTypesResponse },
      },
    },
    async (request, reply) => {
      const owner = log.owner(request)
      if (isRefusal(owner)) return refuse(reply, owner)
      return { eventTypes: (await listActions(db, owner)).map(eventType) }
    },
  )
}
