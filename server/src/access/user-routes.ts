/** The caller: who they are, and their tokens. Shapes as Pulumi Cloud's. */

import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { recordAudit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import { refuse } from '../refuse.ts'
import { listAccessTokens, revokeAccessToken } from './access-token.sql.ts'
import { makeAccessToken } from './access-token.ts'
import { userOf } from './authenticate.ts'
import { actorOf, type Principal, personOf, visibleMemberships } from './principal.ts'
import type { TokenLookup } from './token-lookup.ts'

export interface AccessServices {
  readonly db: Database
  readonly tokens: TokenLookup
  readonly now: () => Date
  readonly randomBytes: (count: number) => Buffer
  readonly randomUuid: () => string
}

const NewToken = Type.Object(
  {
    description: Type.String({ maxLength: 200 }),
    /** Unix time in seconds; 0, null or absent: never. */
    expires: Type.Optional(Type.Union([Type.Integer({ minimum: 0, maximum: 253_402_300_799 }), Type.Null()])),
  },
  { additionalProperties: false },
)

export function userRoutes(app: FastifyInstance, services: AccessServices): void {
  const { db, tokens, now } = services

  app.get('/api/user', { config: { allowStackToken: true } }, async (request) => describe(request.principal))

  app.get('/api/user/organizations/default', { config: { allowStackToken: true } }, async (request) => ({
    GitHubLogin: defaultOrganization(request.principal),
    Messages: [],
  }))

  app.get('/api/user/tokens', async (request) => {
    const listed = await listAccessTokens(db, userOf(request).userId)
    return {
      tokens: listed.map((token) => ({
        id: token.id,
        name: '',
        description: token.description,
        created: token.createdAt.toISOString(),
        lastUsed: unixSeconds(token.lastUsedAt),
        expires: unixSeconds(token.expiresAt),
        admin: false,
        createdBy: userOf(request).login,
        type: 'personal',
      })),
    }
  })

  app.post<{ Body: Type.Static<typeof NewToken> }>(
    '/api/user/tokens',
    { schema: { body: NewToken } },
    async (request, reply) => {
      const user = userOf(request)
      const { description, expires } = request.body
      const expiresAt = expires ? new Date(expires * 1000) : null
      if (expiresAt !== null && expiresAt <= now()) {
        return refuse(reply, {
          status: 400,
          reason: 'invalid_request',
          message:
            'The field "expires" of the body lies in the past; it counts seconds since 1970, and 0 means never.',
        })
      }
      return makeAccessToken(services, user, { description, expiresAt })
    },
  )

  app.delete<{ Params: { id: string } }>(
    '/api/user/tokens/:id',
    { schema: { params: TokenId } },
    async (request, reply) => {
      const user = userOf(request)
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
    ...(principal.kind === 'deployment' && {
      tokenInfo: {
        name: `deployment ${principal.deploymentId}`,
        organization: defaultOrganization(principal),
        team: '',
      },
    }),
  }
}

/** Where a name without an organization belongs: a job's own organization, or the person's first. */
function defaultOrganization(principal: Principal): string {
  return visibleMemberships(principal)[0]?.organization ?? ''
}

function unixSeconds(time: Date | null): number {
  return time === null ? 0 : Math.floor(time.getTime() / 1000)
}
