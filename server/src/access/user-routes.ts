/** The caller: who they are, and their tokens. Shapes as Pulumi Cloud's. */

import {
  CreateAccessTokenResponse,
  CreatePersonalTokenRequest,
  ListAccessTokensResponse,
  USER_TOKENS_PATH,
} from '@daypass/contract/access-tokens.ts'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { recordAudit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { listAccessTokens, revokeAccessToken } from './access-token.sql.ts'
import { makeAccessToken, tokenAnswer } from './access-token.ts'
import { userOf } from './authenticate.ts'
import { memberOf } from './organization-scope.ts'
import { actorOf, type Principal, personOf, visibleMemberships } from './principal.ts'
import { maxExpiryDaysOfPerson } from './service-token.sql.ts'
import { whyNoMaker } from './service-token.ts'
import { expiryOf } from './token-expiry.ts'
import type { TokenLookup } from './token-lookup.ts'
import { setDefaultOrganization } from './user.sql.ts'

const NOTHING = Type.Null({ description: 'Nothing.' })

export interface AccessServices {
  readonly db: Database
  readonly tokens: TokenLookup
  readonly now: () => Date
  readonly randomBytes: (count: number) => Buffer
  readonly randomUuid: () => string
}

export function userRoutes(app: FastifyInstance, services: AccessServices): void {
  const { db, tokens, now } = services

  app.get('/api/user', { config: { allowStackToken: true } }, async (request) => describe(request.principal))

  app.get('/api/user/organizations/default', { config: { allowStackToken: true } }, async (request) => ({
    GitHubLogin: defaultOrganization(request.principal),
    Messages: [],
  }))

  app.post<{ Params: { organization: string } }>(
    '/api/user/organizations/:organization/default',
    {
      schema: {
        operationId: 'updateDefaultOrganization',
        summary: 'Choose where a name without an organization belongs',
        tags: ['People'],
        params: Type.Object({ organization: Type.String() }),
        response: { 204: NOTHING },
      },
    },
    async (request, reply) => {
      const user = userOf(request)
      const membership = memberOf(user, request.params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const refusal = whyNoMaker(user)
      if (refusal) return refuse(reply, refusal)
      await setDefaultOrganization(db, user.userId, membership.organizationId)
      tokens.forget()
      return reply.code(204).send()
    },
  )

  const ofTokens = { tags: ['Tokens'] }

  app.get(
    USER_TOKENS_PATH,
    {
      schema: {
        ...ofTokens,
        operationId: 'listPersonalTokens',
        summary: "List the caller's access tokens",
        response: { 200: ListAccessTokensResponse },
      },
    },
    async (request, reply) => {
      const user = userOf(request)
      const refusal = whyNoMaker(user)
      if (refusal) return refuse(reply, refusal)
      const listed = await listAccessTokens(db, user.userId)
      const shown = { name: '', admin: false, type: 'personal' } as const
      return {
        tokens: listed.map((token) =>
          tokenAnswer({ ...token, ...shown, createdBy: token.exchanged ? null : user.login }),
        ),
      }
    },
  )

  app.post<{ Body: CreatePersonalTokenRequest }>(
    USER_TOKENS_PATH,
    {
      schema: {
        ...ofTokens,
        operationId: 'createPersonalToken',
        summary: 'Make an access token that acts as the caller',
        querystring: Type.Object({ reason: Type.Optional(Type.String({ maxLength: 500 })) }),
        body: CreatePersonalTokenRequest,
        response: { 200: CreateAccessTokenResponse },
      },
    },
    async (request, reply) => {
      const user = userOf(request)
      const refusal = whyNoMaker(user)
      if (refusal) return refuse(reply, refusal)
      const { description, expires } = request.body
      const expiry = expiryOf(expires, await maxExpiryDaysOfPerson(db, user.userId), now())
      if (isRefusal(expiry)) return refuse(reply, expiry)
      return makeAccessToken(services, user, { description, expiresAt: expiry.expiresAt })
    },
  )

  app.delete<{ Params: { id: string } }>(
    `${USER_TOKENS_PATH}/:id`,
    {
      schema: {
        ...ofTokens,
        operationId: 'deletePersonalToken',
        summary: "Revoke one of the caller's access tokens",
        params: TokenId,
        querystring: Type.Object({ reason: Type.Optional(Type.String({ maxLength: 500 })) }),
        response: { 204: NOTHING },
      },
    },
    async (request, reply) => {
      const user = userOf(request)
      const refusal = whyNoMaker(user)
      if (refusal) return refuse(reply, refusal)
      const { id } = request.params
      const revoked = await db.transaction(async (tx) => {
        const done = await revokeAccessToken(tx, user.userId, id)
        if (done) {
          await recordAudit(tx, {
            organizationId: null,
            actor: actorOf(user),
            action: 'token.revoked',
            target: id,
          })
        }
        return done
      })
      if (!revoked) {
        return refuse(reply, {
          status: 404,
          reason: 'token_not_found',
          message: 'You have no access token with this id.',
        })
      }
      tokens.forget()
      return reply.code(204).send()
    },
  )
}

const TokenId = Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$' }) })

/** Every field that the CLI or a generated client refuses to miss. A job is shown as the person behind it, in its organization. */
function describe(principal: Principal): object {
  const user = personOf(principal)
  return {
    id: user.userId,
    githubLogin: user.login,
    name: user.name,
    email: user.email,
    avatarUrl: '',
    organizations: visibleMemberships(principal).map(({ organization, role }) => ({
      githubLogin: organization,
      name: organization,
      avatarUrl: '',
      role,
    })),
    identities: [],
    siteAdmin: user.siteAdmin,
    hasMFA: false,
    isOrgManaged: false,
    isManagedByMultiOrg: false,
    ...tokenInfo(principal),
  }
}

/** None for a person's own token. */
function tokenInfo(principal: Principal): {
  tokenInfo?: { name: string; organization: string; team: string }
} {
  const organization = defaultOrganization(principal)
  if (principal.kind === 'deployment') {
    return { tokenInfo: { name: `deployment ${principal.deploymentId}`, organization, team: '' } }
  }
  const { service } = principal
  return service ? { tokenInfo: { name: service.token, organization, team: service.team } } : {}
}

/** Where a name without an organization belongs: a job's own organization, or the person's first. */
function defaultOrganization(principal: Principal): string {
  return visibleMemberships(principal)[0]?.organization ?? ''
}
