/** Tracing a token, for admins of the organization whose deployment it was issued for. */
import { TokenTrace, TRACE_PATH } from '@daypass/contract/token-trace.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { adminOf } from '../access/organization.ts'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { traceToken } from './trace.ts'

const Organization = Type.Object({ organization: Type.String() })
const Query = Type.Object({
  /** An id of a token or deployment, a subject, or an AWS session's name or ARN. */
  of: Type.String({ minLength: 1, maxLength: 600 }),
  /** When the cloud saw it: RFC 3339, such as `2026-11-29T08:41:00Z`. */
  at: Type.Optional(
    Type.String({ pattern: '^20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d(?::\\d\\d(?:\\.\\d{1,9})?)?Z$' }),
  ),
})

export function traceRoutes(
  app: FastifyInstance,
  { db, now }: { readonly db: Database; readonly now: () => Date },
): void {
  app.get<{ Params: Static<typeof Organization>; Querystring: Static<typeof Query> }>(
    TRACE_PATH,
    { schema: { params: Organization, querystring: Query, response: { 200: TokenTrace } } },
    async ({ principal, params, query: { of, at } }, reply) => {
      const admin = adminOf(principal, params.organization)
      if (isRefusal(admin)) return refuse(reply, admin)
      const time = at === undefined ? undefined : new Date(at)
      if (time !== undefined && Number.isNaN(time.getTime())) return refuse(reply, NO_TIME)
      return traceToken(db, { organizationId: admin.organizationId, of: of.trim(), at: time }, now())
    },
  )
}

const NO_TIME = {
  status: 400,
  reason: 'no_time',
  message: 'There is no such time: give it as 2026-11-29T08:41:00Z.',
} as const
