/** Trying policies: what they would say of a token with these claims, and why, for admins of an organization. */
import { TRY_LOGIN_PATH, TryLoginRequest, TryLoginResponse } from '@daypass/contract/oidc-login.ts'
import { audienceOf } from '@daypass/contract/token-exchange.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Database, Queryable } from '../../db/database.ts'
import { isRefusal, refuse } from '../../refuse.ts'
import { adminOf } from '../organization.ts'
import { findOwnPool } from '../pool.sql.ts'
import { judge } from './judge.ts'
import { findPoliciesOf } from './policy.sql.ts'
import type { Wanted } from './policy.ts'
import { noSuchIssuer } from './registry.ts'
import { isOauthError, readWanted } from './token-request.ts'
import { LONGEST_TOKEN } from './verify.ts'

const OfIssuer = Type.Object({
  organization: Type.String(),
  issuerId: Type.String({ pattern: '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$' }),
})

export function tryRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  app.post<{ Params: Static<typeof OfIssuer>; Body: TryLoginRequest }>(
    TRY_LOGIN_PATH,
    {
      schema: {
        operationId: 'tryOidcLogin',
        summary: 'Say what the policies of an issuer make of a token with these claims, and why',
        tags: ['OIDC logins'],
        params: OfIssuer,
        body: TryLoginRequest,
        response: { 200: TryLoginResponse },
      },
      // As much as a token may hold.
      config: { bodyBytes: LONGEST_TOKEN },
    },
    async ({ principal, params, body }, reply) => {
      const membership = adminOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const { organizationId, organization } = membership
      const asked = readWanted(body.tokenType, body.scope ?? '')
      if (isOauthError(asked))
        return refuse(reply, { status: 400, reason: 'invalid_request', message: asked.sentence })
      const row = await findPoliciesOf(db, organizationId, params.issuerId)
      if (row === undefined) return refuse(reply, noSuchIssuer)
      const wanted = await withPoolId(db, organizationId, asked)
      const judgement = judge(row.policies, wanted, {
        claims: body.claims,
        audience: audienceOf(organization),
      })
      return {
        allowed: judgement.isAllowed,
        version: row.version,
        policies: judgement.policies.map(({ decision, reasons }) => ({
          decision,
          applies: reasons.length === 0,
          reasons: [...reasons],
        })),
      }
    },
  )
}

/** Policies name a pool by its id. */
async function withPoolId(db: Queryable, organizationId: string, wanted: Wanted): Promise<Wanted> {
  if (wanted.tokenType !== 'runner') return wanted
  const pool = await findOwnPool(db, organizationId, wanted.pool)
  return pool === undefined ? wanted : { tokenType: 'runner', pool: pool.id }
}
