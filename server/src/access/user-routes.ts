/** The caller: who they are, and their tokens. Shapes as Pulumi Cloud's. */

import {
  CreatePersonalTokenRequest,
  CreateTokenResponse,
  ListTokensQuery,
  ListTokensResponse,
  PERSONAL_TOKENS_PATH,
  ReasonQuery,
} from '@daypass/contract/access-tokens.ts'
import { DefaultOrganization, User } from '@daypass/contract/organizations.ts'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { recordAudit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { revokeAccessToken } from './access-token.sql.ts'
import { makeAccessToken } from './access-token.ts'
import { userOf } from './authenticate.ts'
import { leastMaxTokenDays } from './organization.sql.ts'
import { memberOf } from './organization.ts'
import { setDefaultOrganization } from './person.sql.ts'
import { personOnly } from './person.ts'
import { actorOf, isPersonThemselves, type Principal, personOf, visibleMemberships } from './principal.ts'
import { readExpiry } from './token-expiry.ts'
import { tokenList } from './token-list.ts'
import type { TokenLookup } from './token-lookup.ts'

export interface AccessServices {
  readonly db: Database
  readonly tokens: TokenLookup
  readonly now: () => Date
  readonly randomBytes: (count: number) => Buffer
  readonly randomUuid: () => string
}

const InOrganization = Type.Object({ organization: Type.String() })
export const TokenId = Type.String({ pattern: '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })
const OneToken = Type.Object({ id: TokenId })
const NOTHING = Type.Null({ description: 'Nothing.' })

export function userRoutes(app: FastifyInstance, { db, tokens }: AccessServices): void {
  const tags = ['Users']

  app.get(
    '/api/user',
    {
      schema: { operationId: 'getCurrentUser', summary: 'Who is calling', tags, response: { 200: User } },
      config: { allowStackToken: true },
    },
    async (request) => describeUser(request.principal),
  )

  app.get(
    '/api/user/organizations/default',
    {
      schema: {
        operationId: 'getDefaultOrganization',
        summary: 'Where a name without an organization belongs',
        tags,
        response: { 200: DefaultOrganization },
      },
      config: { allowStackToken: true },
    },
    async (request) => ({ GitHubLogin: defaultOrganization(request.principal), Messages: [] }),
  )

  app.post<{ Params: { organization: string } }>(
    '/api/user/organizations/:organization/default',
    {
      schema: {
        operationId: 'updateDefaultOrganization',
        summary: 'Choose the default organization',
        tags,
        params: InOrganization,
        response: { 204: NOTHING },
      },
    },
    async (request, reply) => {
      const user = userOf(request)
      const membership = memberOf(user, request.params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      if (!isPersonThemselves(user)) return refuse(reply, personOnly(user))
      await setDefaultOrganization(db, user.userId, membership.organizationId)
      tokens.forget()
      return reply.code(204).send()
    },
  )
}

export function personalTokenRoutes(app: FastifyInstance, services: AccessServices): void {
  const { db, tokens, now } = services
  const tags = ['Access tokens']

  app.get<{ Querystring: ListTokensQuery }>(
    PERSONAL_TOKENS_PATH,
    {
      schema: {
        operationId: 'listPersonalTokens',
        summary: 'List one’s own access tokens',
        tags,
        querystring: ListTokensQuery,
        response: { 200: ListTokensResponse },
      },
    },
    async (request, reply) => {
      const user = userOf(request)
      if (!isPersonThemselves(user)) return refuse(reply, personOnly(user))
      return tokenList(db, { userId: user.userId }, request.query)
    },
  )

  app.post<{ Body: CreatePersonalTokenRequest; Querystring: ReasonQuery }>(
    PERSONAL_TOKENS_PATH,
    {
      schema: {
        operationId: 'createPersonalToken',
        summary: 'Make an access token of one’s own',
        tags,
        querystring: ReasonQuery,
        body: CreatePersonalTokenRequest,
        response: { 200: CreateTokenResponse },
      },
    },
    async (request, reply) => {
      const user = userOf(request)
      if (!isPersonThemselves(user)) return refuse(reply, personOnly(user))
      const { description, expires } = request.body
      // A token counts in all organizations of its person, so the strictest of them decides.
      const read = readExpiry(expires, now(), await leastMaxTokenDays(db, user.userId))
      if (isRefusal(read)) return refuse(reply, read)
      return makeAccessToken(services, user, { description, ...read, reason: request.query.reason })
    },
  )

  app.delete<{ Params: { id: string } }>(
    `${PERSONAL_TOKENS_PATH}/:id`,
    {
      schema: {
        operationId: 'deletePersonalToken',
        summary: 'Revoke an access token of one’s own',
        tags,
        params: OneToken,
        response: { 204: NOTHING },
      },
    },
    async (request, reply) => {
      const user = userOf(request)
      if (!isPersonThemselves(user)) return refuse(reply, personOnly(user))
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

/**
 * Every field that the CLI or a generated client refuses to miss. A job is shown as the person behind it, in its
 * organization; the token of an organization or a team as its organization, as Pulumi's service does.
 */
export function describeUser(principal: Principal): User {
  const user = personOf(principal)
  const tokenInfo = tokenInfoOf(principal)
  return {
    id: user.userId,
    githubLogin: user.service?.organization ?? user.login,
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
    ...(tokenInfo && { tokenInfo }),
  }
}

function tokenInfoOf(principal: Principal): User['tokenInfo'] {
  if (principal.kind === 'deployment') {
    const name = `deployment ${principal.deploymentId}`
    return { name, organization: defaultOrganization(principal), team: '' }
  }
  if (principal.service === undefined) return undefined
  const { name, organization, team = '' } = principal.service
  return { name, organization, team }
}

/** Where a name without an organization belongs: a job's own organization, or the person's default. */
function defaultOrganization(principal: Principal): string {
  return visibleMemberships(principal)[0]?.organization ?? ''
}
