/** Tokens of organizations, for their admins, and of teams, for their admins too. */
import {
  CreateOrganizationTokenRequest,
  CreateTeamTokenRequest,
  CreateTokenResponse,
  ListTokensQuery,
  ListTokensResponse,
  ORGANIZATION_TOKENS_PATH,
  ReasonQuery,
  TEAM_TOKENS_PATH,
} from '@daypass/contract/access-tokens.ts'
import type { Refusal } from '@daypass/contract/errors.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { recordAudit } from '../audit/audit.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { revokeTokenOf } from './access-token.sql.ts'
import { makeServiceToken } from './access-token.ts'
import { userOf } from './authenticate.ts'
import { findOrganizationSettings } from './organization.sql.ts'
import { adminOf } from './organization.ts'
import { actorOf } from './principal.ts'
import { teamAdministeredBy } from './team.ts'
import { readExpiry } from './token-expiry.ts'
import { tokenList } from './token-list.ts'
import { type AccessServices, TokenId } from './user-routes.ts'

interface Owner {
  readonly organizationId: string
  readonly organization: string
  readonly team: { readonly id: string; readonly name: string } | undefined
}
type Params = { readonly organization: string; readonly team?: string; readonly id?: string }
type OwnedRequest = FastifyRequest<{ Params: Params }>
type Body = Omit<CreateOrganizationTokenRequest, 'roleID'>

const NOTHING = Type.Null({ description: 'Nothing.' })
const organization = Type.String()
const team = Type.String()

export function serviceTokenRoutes(app: FastifyInstance, services: AccessServices): void {
  const { db, tokens, now } = services

  const ownerOf = async ({ principal, params }: OwnedRequest): Promise<Owner | Refusal> => {
    if (params.team === undefined) {
      const membership = adminOf(principal, params.organization)
      return isRefusal(membership) ? membership : { ...membership, team: undefined }
    }
    const found = await teamAdministeredBy(db, principal, params.organization, params.team)
    return isRefusal(found) ? found : { ...found.membership, team: found.team }
  }

  const list = async (request: OwnedRequest, reply: FastifyReply) => {
    const owner = await ownerOf(request)
    if (isRefusal(owner)) return refuse(reply, owner)
    const { organizationId } = owner
    return tokenList(db, { organizationId, teamId: owner.team?.id }, request.query as ListTokensQuery)
  }

  const create = async (request: OwnedRequest, reply: FastifyReply) => {
    const owner = await ownerOf(request)
    if (isRefusal(owner)) return refuse(reply, owner)
    const { name, description, expires, admin } = request.body as Body
    const settings = await findOrganizationSettings(db, owner.organizationId)
    const read = readExpiry(expires, now(), settings?.maxTokenDays ?? null)
    if (isRefusal(read)) return refuse(reply, read)
    const by = { userId: userOf(request).userId, actor: actorOf(request.principal) }
    const made = await makeServiceToken(services, by, {
      ...owner,
      name,
      description: description ?? '',
      ...read,
      admin: admin === true,
      reason: (request.query as ReasonQuery).reason,
    })
    return isRefusal(made) ? refuse(reply, made) : made
  }

  const remove = async (request: OwnedRequest, reply: FastifyReply) => {
    const owner = await ownerOf(request)
    if (isRefusal(owner)) return refuse(reply, owner)
    const { organizationId } = owner
    const { id = '' } = request.params
    const { reason } = request.query as ReasonQuery
    const revoked = await db.transaction(async (tx) => {
      const name = await revokeTokenOf(tx, { organizationId, teamId: owner.team?.id }, id)
      if (name === undefined) return false
      await recordAudit(tx, {
        organizationId,
        actor: actorOf(request.principal),
        action: owner.team ? 'team_token.revoked' : 'organization_token.revoked',
        target: name,
        details: { id, ...(owner.team && { team: owner.team.name }), ...(reason && { reason }) },
      })
      return true
    })
    if (!revoked) return refuse(reply, noSuchToken)
    tokens.forget()
    return reply.code(204).send()
  }

  for (const of of [
    {
      path: ORGANIZATION_TOKENS_PATH,
      word: 'Org',
      what: 'an organization',
      params: { organization },
      body: CreateOrganizationTokenRequest,
    },
    {
      path: TEAM_TOKENS_PATH,
      word: 'Team',
      what: 'a team',
      params: { organization, team },
      body: CreateTeamTokenRequest,
    },
  ]) {
    const { path, word, what, body } = of
    const params = Type.Object(of.params)
    const about = (verb: string, summary: string) => ({
      operationId: `${verb}${word}Token${verb === 'list' ? 's' : ''}`,
      summary,
      tags: ['Access tokens'],
    })
    app.get<{ Params: Params }>(
      path,
      {
        schema: {
          ...about('list', `List the tokens of ${what}`),
          params,
          querystring: ListTokensQuery,
          response: { 200: ListTokensResponse },
        },
      },
      list,
    )
    app.post<{ Params: Params }>(
      path,
      {
        schema: {
          ...about('create', `Make a token of ${what}`),
          params,
          querystring: ReasonQuery,
          body,
          response: { 200: CreateTokenResponse },
        },
      },
      create,
    )
    app.delete<{ Params: Params }>(
      `${path}/:id`,
      {
        schema: {
          ...about('delete', `Revoke a token of ${what}`),
          params: Type.Object({ ...of.params, id: TokenId }),
          querystring: ReasonQuery,
          response: { 204: NOTHING },
        },
      },
      remove,
    )
  }
}

const noSuchToken: Refusal = {
  status: 404,
  reason: 'token_not_found',
  message: 'Not Found: there is no such token here.',
}
