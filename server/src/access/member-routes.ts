/** Who belongs to an organization, in the shapes of Pulumi's API. */
import {
  AddMemberRequest,
  ListMembersResponse,
  MEMBER_PATH,
  MEMBER_TEAMS_PATH,
  MEMBERS_PATH,
  MemberTeamsResponse,
  OrganizationMember,
  PatchMemberRequest,
} from '@daypass/contract/organizations.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { recordAudit } from '../audit/audit.ts'
import { isRefusal, refuse } from '../refuse.ts'
import {
  deleteMember,
  findMember,
  insertMember,
  listMembers,
  type Member,
  type MemberRole,
  setRole,
} from './member.sql.ts'
import { adminOf, memberOf } from './organization.ts'
import { findPerson } from './person.sql.ts'
import { lastAdmin, noSuchUser } from './person.ts'
import { actorOf } from './principal.ts'
import type { AccessServices } from './user-routes.ts'

const InOrganization = Type.Object({ organization: Type.String() })
const OneMember = Type.Object({ organization: Type.String(), login: Type.String({ maxLength: 100 }) })
type OneMember = Static<typeof OneMember>
const MembersQuery = Type.Object({
  type: Type.Optional(Type.String({ description: 'Taken, and the same for each value.' })),
  continuationToken: Type.Optional(Type.String({ maxLength: 100 })),
  includeSuspended: Type.Optional(Type.Boolean()),
})
const NOTHING = Type.Null({ description: 'Nothing.' })
const PAGE = 100

export function memberRoutes(app: FastifyInstance, { db, tokens }: AccessServices): void {
  const tags = ['Members']

  app.get<{ Params: Static<typeof InOrganization>; Querystring: Static<typeof MembersQuery> }>(
    MEMBERS_PATH,
    {
      schema: {
        operationId: 'listOrganizationMembers',
        summary: 'List the members of an organization',
        tags,
        params: InOrganization,
        querystring: MembersQuery,
        response: { 200: ListMembersResponse },
      },
    },
    async ({ principal, params, query }, reply) => {
      const membership = memberOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const rows = await listMembers(db, membership.organizationId, {
        after: query.continuationToken ?? '',
        limit: PAGE + 1,
        includeDeactivated: query.includeSuspended === true,
      })
      const last = rows.length > PAGE ? rows[PAGE - 1] : undefined
      return {
        members: rows.slice(0, PAGE).map(memberAnswer),
        ...(last && { continuationToken: last.login }),
      }
    },
  )

  app.get<{ Params: OneMember }>(
    MEMBER_TEAMS_PATH,
    {
      schema: {
        operationId: 'getOrganizationMemberTeams',
        summary: 'List the teams that a member is in',
        tags,
        params: OneMember,
        response: { 200: MemberTeamsResponse },
      },
    },
    async ({ principal, params: { organization, login } }, reply) => {
      const membership = memberOf(principal, organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const member = await findMember(db, membership.organizationId, login)
      return member ? { teams: [...member.teams] } : refuse(reply, noSuchMember(login))
    },
  )

  app.post<{ Params: OneMember; Body: Static<typeof AddMemberRequest> }>(
    MEMBER_PATH,
    {
      schema: {
        operationId: 'addOrganizationMember',
        summary: 'Add somebody to an organization',
        tags,
        params: OneMember,
        body: AddMemberRequest,
        response: { 200: OrganizationMember },
      },
    },
    async ({ principal, params: { organization, login }, body: { role } }, reply) => {
      const membership = adminOf(principal, organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const { organizationId } = membership
      const added = await db.transaction(async (tx) => {
        const person = await findPerson(tx, login)
        if (person === undefined) return noSuchUser(login)
        if (!(await insertMember(tx, { organizationId, userId: person.id, role })))
          return alreadyMember(login)
        const actor = actorOf(principal)
        await recordAudit(tx, {
          organizationId,
          actor,
          action: 'member.added',
          target: login,
          details: { role },
        })
        return (await findMember(tx, organizationId, login)) ?? noSuchUser(login)
      })
      if (isRefusal(added)) return refuse(reply, added)
      tokens.forget()
      return memberAnswer(added)
    },
  )

  app.patch<{ Params: OneMember; Body: Static<typeof PatchMemberRequest> }>(
    MEMBER_PATH,
    {
      schema: {
        operationId: 'updateOrganizationMember',
        summary: 'Give a member another role',
        tags,
        params: OneMember,
        body: PatchMemberRequest,
        response: { 204: NOTHING },
      },
    },
    async ({ principal, params: { organization, login }, body }, reply) => {
      const membership = adminOf(principal, organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const role = body.role ?? roleNamed(body.fgaRoleId)
      if (role === undefined) return refuse(reply, unknownRole)
      const { organizationId } = membership
      const refusal = await db
        .transaction(async (tx) => {
          const member = await findMember(tx, organizationId, login)
          if (member === undefined) return noSuchMember(login)
          if (member.role === role) return undefined
          await setRole(tx, organizationId, member.userId, role)
          const details = { before: member.role, role }
          const actor = actorOf(principal)
          await recordAudit(tx, {
            organizationId,
            actor,
            action: 'member.role_changed',
            target: login,
            details,
          })
          return undefined
        })
        .catch(lastAdmin)
      if (refusal) return refuse(reply, refusal)
      tokens.forget()
      return reply.code(204).send()
    },
  )

  app.delete<{ Params: OneMember }>(
    MEMBER_PATH,
    {
      schema: {
        operationId: 'deleteOrganizationMember',
        summary: 'Remove a member from an organization',
        tags,
        params: OneMember,
        response: { 204: NOTHING },
      },
    },
    async ({ principal, params: { organization, login } }, reply) => {
      const membership = memberOf(principal, organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      // Whoever wants to leave may.
      const leaves = principal.kind === 'user' && !principal.service && principal.login === login
      const allowed = leaves ? membership : adminOf(principal, organization)
      if (isRefusal(allowed)) return refuse(reply, allowed)
      const { organizationId } = allowed
      const refusal = await db
        .transaction(async (tx) => {
          const member = await findMember(tx, organizationId, login)
          if (member === undefined || !(await deleteMember(tx, organizationId, member.userId)))
            return noSuchMember(login)
          const actor = actorOf(principal)
          await recordAudit(tx, { organizationId, actor, action: 'member.removed', target: login })
          return undefined
        })
        .catch(lastAdmin)
      if (refusal) return refuse(reply, refusal)
      tokens.forget()
      return reply.code(204).send()
    },
  )
}

/** A role of Pulumi's finer kind is here one of the three, under its name. */
function memberAnswer(member: Member): OrganizationMember {
  const { role, login, name, email, createdAt, teams, deactivated } = member
  const created = createdAt.toISOString()
  return {
    role,
    user: { name, githubLogin: login, avatarUrl: '', email },
    created,
    knownToPulumi: true,
    virtualAdmin: false,
    fgaRole: { id: role, name: role, modifiedAt: created },
    teams: [...teams],
    suspended: deactivated,
  }
}

const ROLES: readonly MemberRole[] = ['admin', 'member', 'billing-manager']

function roleNamed(id: string | null | undefined): MemberRole | undefined {
  return ROLES.find((role) => role === id)
}

const unknownRole = {
  status: 400,
  reason: 'unknown_role',
  message: 'The field "role" of the body must be admin, member or billing-manager.',
} as const

function alreadyMember(login: string) {
  return {
    status: 409,
    reason: 'member_exists',
    message: `Conflict: "${login}" is a member already; PATCH changes the role.`,
  } as const
}

function noSuchMember(login: string) {
  return {
    status: 404,
    reason: 'member_not_found',
    message: `Not Found: this organization has no member "${login}".`,
  } as const
}
