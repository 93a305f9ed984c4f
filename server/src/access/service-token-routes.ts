/** `/api/orgs/{org}/tokens` and `/api/orgs/{org}/teams/{team}/tokens`, as Pulumi has them. */
import {
  CreateAccessTokenResponse,
  CreateOrganizationTokenRequest,
  CreateTeamTokenRequest,
  ListAccessTokensResponse,
  ORGANIZATION_TOKENS_PATH,
  TEAM_TOKENS_PATH,
} from '@daypass/contract/access-tokens.ts'
import type { Refusal } from '@daypass/contract/errors.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { isRefusal, refuse } from '../refuse.ts'
import { tokenAnswer } from './access-token.ts'
import { userOf } from './authenticate.ts'
import { adminOf, memberOf, ORGANIZATION_ADMIN_ONLY } from './organization-scope.ts'
import { actorOf, type Service } from './principal.ts'
import { listServiceTokens, maxExpiryDays } from './service-token.sql.ts'
import { makeServiceToken, revokeServiceToken, type ServiceOwner, whyNoMaker } from './service-token.ts'
import { findTeam } from './team.sql.ts'
import { expiryOf } from './token-expiry.ts'
import type { AccessServices } from './user-routes.ts'

interface Path {
  readonly organization: string
  /** On the routes of a team. */
  readonly team?: string
}
type Params = { Params: Path }
type OneParams = { Params: Path & { readonly tokenId: string } }

const Uuid = Type.String({ pattern: '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$' })
const Reason = Type.Object({ reason: Type.Optional(Type.String({ maxLength: 500 })) })
const NOTHING = Type.Null({ description: 'Nothing.' })
const TAGS = ['Tokens']

interface Kind {
  readonly kind: Service['kind']
  readonly path: string
  readonly params: Record<string, ReturnType<typeof Type.String>>
  readonly body: typeof CreateOrganizationTokenRequest | typeof CreateTeamTokenRequest
  readonly id: string
}

const KINDS: readonly Kind[] = [
  {
    kind: 'organization',
    path: ORGANIZATION_TOKENS_PATH,
    params: { organization: Type.String() },
    body: CreateOrganizationTokenRequest,
    id: 'Org',
  },
  {
    kind: 'team',
    path: TEAM_TOKENS_PATH,
    params: { organization: Type.String(), team: Type.String() },
    body: CreateTeamTokenRequest,
    id: 'Team',
  },
]

export function serviceTokenRoutes(app: FastifyInstance, services: AccessServices): void {
  for (const kind of KINDS) routesOf(app, services, kind)
}

function routesOf(
  app: FastifyInstance,
  services: AccessServices,
  { kind, path, params, body, id }: Kind,
): void {
  const { db, tokens, now } = services

  app.get<Params>(
    path,
    {
      schema: {
        operationId: `list${id}Tokens`,
        summary: `List the access tokens of ${kind === 'team' ? 'a team' : 'an organization'}`,
        tags: TAGS,
        params: Type.Object(params),
        response: { 200: ListAccessTokensResponse },
      },
    },
    async (request, reply) => {
      const owner = await ownerOf(request)
      if (isRefusal(owner)) return refuse(reply, owner)
      const listed = await listServiceTokens(db, owner.organizationId, owner.team?.id)
      return { tokens: listed.map((token) => tokenAnswer({ ...token, type: kind })) }
    },
  )

  app.post<
    Params & { Body: { name: string; description: string; expires?: number | null; admin?: boolean | null } }
  >(
    path,
    {
      schema: {
        operationId: `create${id}Token`,
        summary: `Make an access token that acts for ${kind === 'team' ? 'a team' : 'an organization'}`,
        tags: TAGS,
        params: Type.Object(params),
        querystring: Reason,
        body,
        response: { 200: CreateAccessTokenResponse },
      },
    },
    async (request, reply) => {
      const creator = userOf(request)
      const owner = await ownerOf(request)
      if (isRefusal(owner)) return refuse(reply, owner)
      const refusal = whyNoMaker(creator)
      if (refusal) return refuse(reply, refusal)
      const { name, description, expires, admin } = request.body
      const expiry = expiryOf(expires, await maxExpiryDays(db, owner.organizationId), now())
      if (isRefusal(expiry)) return refuse(reply, expiry)
      const { expiresAt } = expiry
      const made = await makeServiceToken(services, {
        ...owner,
        admin: admin === true,
        name,
        description,
        expiresAt,
        creator,
        actor: actorOf(creator),
      })
      return isRefusal(made) ? refuse(reply, made) : made
    },
  )

  app.delete<OneParams>(
    `${path}/:tokenId`,
    {
      schema: {
        operationId: `delete${id}Token`,
        summary: 'Revoke an access token',
        tags: TAGS,
        params: Type.Object({ ...params, tokenId: Uuid }),
        querystring: Reason,
        response: { 204: NOTHING },
      },
    },
    async (request, reply) => {
      const owner = await ownerOf(request)
      if (isRefusal(owner)) return refuse(reply, owner)
      const of = {
        organizationId: owner.organizationId,
        teamId: owner.team?.id,
        actor: actorOf(request.principal),
      }
      const refusal = await db.transaction((tx) => revokeServiceToken(tx, of, request.params.tokenId))
      tokens.forget()
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )

  /** Of a team also for its own admins. */
  async function ownerOf(request: FastifyRequest<Params>): Promise<ServiceOwner | Refusal> {
    const { principal, params: named } = request
    if (kind === 'organization') {
      const membership = adminOf(principal, named.organization)
      return isRefusal(membership) ? membership : { ...membership, team: undefined, admin: false }
    }
    const membership = memberOf(principal, named.organization)
    if (isRefusal(membership)) return membership
    const { organizationId, organization } = membership
    const team = await findTeam(db, organizationId, named.team ?? '')
    const { login } = userOf(request)
    const isTeamAdmin = team?.members.some((one) => one.login === login && one.role === 'admin') === true
    if (membership.role !== 'admin' && !isTeamAdmin) return ORGANIZATION_ADMIN_ONLY
    if (team === undefined) {
      return {
        status: 404,
        reason: 'team_not_found',
        message: 'Not Found: this organization has no such team.',
      }
    }
    return { organizationId, organization, team: { id: team.id, name: team.name }, admin: false }
  }
}
