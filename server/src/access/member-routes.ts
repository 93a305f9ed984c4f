/** `/api/orgs/{org}/members`, as Pulumi has them. Members see each other, admins change who is one. */
import {
  ListMembersResponse,
  MEMBER_PATH,
  MEMBERS_PATH,
  MemberRequest,
  type OrganizationMember,
} from '@daypass/contract/organizations.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Queryable } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { listMembers, type MemberRow } from './member.sql.ts'
import { addMember, changeRole, type MemberChange, removeMember } from './member.ts'
import { adminOf, memberOf } from './organization-scope.ts'
import { actorOf } from './principal.ts'
import type { AccessServices } from './user-routes.ts'

const Organization = Type.Object({ organization: Type.String() })
const OneMember = Type.Object({ organization: Type.String(), login: Type.String() })
const ListQuery = Type.Object({
  type: Type.Optional(Type.String({ description: 'Of Pulumi; there is one kind here.' })),
  continuationToken: Type.Optional(Type.String()),
  includeSuspended: Type.Optional(Type.Boolean({ description: 'Also those who cannot log in.' })),
})
const PAGE = 500
const NOTHING = Type.Null({ description: 'Nothing.' })
const TAGS = ['Organizations']

interface OnePath {
  readonly Params: Static<typeof OneMember>
}

export function memberRoutes(app: FastifyInstance, { db, tokens }: AccessServices): void {
  app.get<{ Params: Static<typeof Organization>; Querystring: Static<typeof ListQuery> }>(
    MEMBERS_PATH,
    {
      schema: {
        operationId: 'listOrganizationMembers',
        summary: 'List the members of an organization',
        tags: TAGS,
        params: Organization,
        querystring: ListQuery,
        response: { 200: ListMembersResponse },
      },
    },
    async ({ principal, params, query }, reply) => {
      const membership = memberOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const after = query.continuationToken ?? ''
      const rows = await listMembers(db, membership.organizationId, { after, limit: PAGE + 1 })
      const page = rows.slice(0, PAGE)
      const last = rows.length > PAGE ? page.at(-1) : undefined
      const shown = page.filter(({ deactivated }) => query.includeSuspended !== false || !deactivated)
      return { members: shown.map(memberAnswer), ...(last && { continuationToken: last.login }) }
    },
  )

  const one = { tags: TAGS, params: OneMember, response: { 204: NOTHING } }
  const withRole = { ...one, body: MemberRequest }

  app.post<OnePath & { Body: MemberRequest }>(
    MEMBER_PATH,
    {
      schema: {
        ...withRole,
        operationId: 'addOrganizationMember',
        summary: 'Add a person to an organization',
      },
    },
    async (request, reply) => {
      const role = request.body.role ?? 'member'
      const refusal = await changing(request, (tx, change) => addMember(tx, change, role))
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )

  app.patch<OnePath & { Body: MemberRequest }>(
    MEMBER_PATH,
    { schema: { ...withRole, operationId: 'updateOrganizationMember', summary: "Change a member's role" } },
    async (request, reply) => {
      // The CLI knows roles by their id, which is their name here.
      const role = request.body.role ?? roleOf(request.body.fgaRoleId)
      if (role === undefined) return refuse(reply, noRole)
      const refusal = await changing(request, (tx, change) => changeRole(tx, change, role))
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )

  app.delete<OnePath>(
    MEMBER_PATH,
    { schema: { ...one, operationId: 'deleteOrganizationMember', summary: 'Remove a member' } },
    async (request, reply) => {
      const refusal = await changing(request, removeMember)
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )

  async function changing(
    { principal, params }: FastifyRequest<OnePath>,
    act: (tx: Queryable, change: MemberChange) => ReturnType<typeof removeMember>,
  ): ReturnType<typeof removeMember> {
    const membership = adminOf(principal, params.organization)
    if (isRefusal(membership)) return membership
    const change = { membership, actor: actorOf(principal), login: params.login }
    const refusal = await db.transaction((tx) => act(tx, change))
    tokens.forget()
    return refusal
  }
}

function roleOf(id: string | null | undefined): MemberRow['role'] | undefined {
  return id === 'admin' || id === 'member' || id === 'billing-manager' ? id : undefined
}

const noRole = {
  status: 400,
  reason: 'invalid_request',
  message: 'The field "role" of the body must be "admin", "member" or "billing-manager".',
} as const

function memberAnswer(row: MemberRow): OrganizationMember {
  const created = row.createdAt.toISOString()
  return {
    role: row.role,
    user: {
      name: row.name,
      githubLogin: row.login,
      avatarUrl: '',
      ...(row.email !== '' && { email: row.email }),
    },
    created,
    knownToPulumi: true,
    virtualAdmin: false,
    fgaRole: { id: row.role, name: row.role, modifiedAt: created },
    teams: [...row.teams],
    suspended: row.deactivated,
  }
}
