/** Inviting people to an organization: for its admins. */
import {
  CreateInvitationRequest,
  INVITATION_PATH,
  INVITATIONS_PATH,
  ListInvitationsResponse,
  MadeInvitation,
} from '@daypass/contract/invitations.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { recordAudit } from '../audit/audit.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { deleteInvitation, listInvitations } from './invitation.sql.ts'
import { invite } from './invitation.ts'
import { adminOf } from './organization.ts'
import { actorOf, personOf } from './principal.ts'
import { type AccessServices, TokenId } from './user-routes.ts'

const InOrganization = Type.Object({ organization: Type.String() })
type InOrganization = Static<typeof InOrganization>
const OneInvitation = Type.Object({ organization: Type.String(), id: TokenId })
type OneInvitation = Static<typeof OneInvitation>

export function invitationRoutes(
  app: FastifyInstance,
  services: AccessServices & { readonly config: { readonly baseUrl: string } },
): void {
  const { db, now, config } = services
  const tags = ['Members']

  app.get<{ Params: InOrganization }>(
    INVITATIONS_PATH,
    {
      schema: {
        summary: 'List the invitations that nobody has accepted yet',
        tags,
        params: InOrganization,
        response: { 200: ListInvitationsResponse },
      },
    },
    async ({ principal, params }, reply) => {
      const membership = adminOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const rows = await listInvitations(db, membership.organizationId)
      return {
        invitations: rows.map(({ id, login, name, email, role, createdAt, creator, expiresAt }) => ({
          ...{ id, login, name, email, role },
          created: createdAt.toISOString(),
          createdBy: creator,
          expires: expiresAt.toISOString(),
        })),
      }
    },
  )

  app.post<{ Params: InOrganization; Body: CreateInvitationRequest }>(
    INVITATIONS_PATH,
    {
      schema: {
        summary: 'Make a link with which somebody becomes a member',
        tags,
        params: InOrganization,
        body: CreateInvitationRequest,
        response: { 201: MadeInvitation },
      },
    },
    async ({ principal, params, body }, reply) => {
      const membership = adminOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const { login, name, email } = body
      const role = body.role ?? 'member'
      const wanted = { ...membership, login, name: name || login, email: email ?? '', role }
      const by = { userId: personOf(principal).userId, actor: actorOf(principal) }
      const made = await invite(services, wanted, by, now())
      if (isRefusal(made)) return refuse(reply, made)
      const url = `${config.baseUrl.replace(/\/$/, '')}/invitation?${new URLSearchParams({ code: made.code })}`
      return reply.code(201).send({ id: made.id, login, role, url, expires: made.expiresAt.toISOString() })
    },
  )

  app.delete<{ Params: OneInvitation }>(
    INVITATION_PATH,
    {
      schema: {
        summary: 'Take an invitation back',
        tags,
        params: OneInvitation,
        response: { 204: Type.Null({ description: 'Nothing.' }) },
      },
    },
    async ({ principal, params }, reply) => {
      const membership = adminOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const { organizationId } = membership
      const login = await db.transaction(async (tx) => {
        const whose = await deleteInvitation(tx, organizationId, params.id)
        if (whose !== undefined) {
          const entry = { organizationId, actor: actorOf(principal), action: 'invitation.removed' }
          await recordAudit(tx, { ...entry, target: whose, details: { id: params.id } })
        }
        return whose
      })
      return login === undefined ? refuse(reply, noSuchInvitation) : reply.code(204).send()
    },
  )
}

const noSuchInvitation = {
  status: 404,
  reason: 'invitation_not_found',
  message: 'Not Found: there is no such invitation; one that was accepted is gone.',
} as const
