/** Teams, in the shapes of Pulumi's API. */
import {
  CreateTeamRequest,
  ListTeamsResponse,
  TEAM_PATH,
  TEAMS_PATH,
  Team as TeamAnswer,
  UpdateTeamRequest,
} from '@daypass/contract/organizations.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { recordAudit } from '../audit/audit.ts'
import type { Queryable } from '../db/database.ts'
import { isUniqueViolation } from '../db/errors.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { revokeTokensOfTeam } from './access-token.sql.ts'
import { allOrNothing } from './all-or-nothing.ts'
import { userOf } from './authenticate.ts'
import { findOrganizationSettings } from './organization.sql.ts'
import { adminsOnly, memberOf } from './organization.ts'
import { readableStacks } from './permission.ts'
import { actorOf, isPersonThemselves, type Membership, type Principal, personOf } from './principal.ts'
import {
  deleteTeamRow,
  findTeam,
  insertTeam,
  insertTeamMember,
  listTeamMembers,
  listTeamStacks,
  listTeams,
  type Team,
} from './team.sql.ts'
import { teamAdministeredBy, teamSeenBy } from './team.ts'
import { updateTeam } from './team-update.ts'
import type { AccessServices } from './user-routes.ts'

const InOrganization = Type.Object({ organization: Type.String() })
const OneTeam = Type.Object({ organization: Type.String(), team: Type.String() })
type OneTeam = Static<typeof OneTeam>
const NOTHING = Type.Null({ description: 'Nothing.' })

export function teamRoutes(app: FastifyInstance, { db, tokens, randomUuid }: AccessServices): void {
  const tags = ['Teams']

  app.get<{ Params: Static<typeof InOrganization> }>(
    TEAMS_PATH,
    {
      schema: {
        operationId: 'listTeams',
        summary: 'List the teams of an organization',
        tags,
        params: InOrganization,
        response: { 200: ListTeamsResponse },
      },
    },
    async ({ principal, params }, reply) => {
      const membership = memberOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const teams = await listTeams(db, membership.organizationId, personOf(principal).userId)
      return { teams: teams.map(shortAnswer) }
    },
  )

  app.post<{ Params: Static<typeof InOrganization>; Body: CreateTeamRequest }>(
    `${TEAMS_PATH}/pulumi`,
    {
      schema: {
        operationId: 'createPulumiTeam',
        summary: 'Make a team',
        tags,
        params: InOrganization,
        body: CreateTeamRequest,
        response: { 200: TeamAnswer },
      },
    },
    async (request, reply) => {
      const { principal, params, body } = request
      const membership = memberOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const { organizationId, role } = membership
      const settings = await findOrganizationSettings(db, organizationId)
      const mayCreate = role === 'admin' || (role === 'member' && settings?.membersCreateTeams === true)
      if (!mayCreate) return refuse(reply, adminsOnly)
      if (body.organization && body.organization !== membership.organization) return refuse(reply, otherOwner)
      const team = {
        id: randomUuid(),
        organizationId,
        name: body.name,
        displayName: body.displayName || body.name,
        description: body.description ?? '',
      }
      const maker = userOf(request)
      const made = db.transaction(async (tx) => {
        await insertTeam(tx, team)
        const place = { organizationId, teamId: team.id }
        if (isPersonThemselves(maker)) await insertTeamMember(tx, place, maker.userId, 'admin')
        const actor = actorOf(principal)
        await recordAudit(tx, { organizationId, actor, action: 'team.created', target: team.name })
        const stored = await findTeam(tx, organizationId, team.name, maker.userId)
        if (stored === undefined) throw new Error('the team was made and is not there')
        return fullAnswer(tx, principal, membership, stored)
      })
      const answer = await made.catch((error: unknown) => {
        if (isUniqueViolation(error, 'teams_organization_id_name_key')) return teamExists(body.name)
        throw error
      })
      if (isRefusal(answer)) return refuse(reply, answer)
      tokens.forget()
      return answer
    },
  )

  app.get<{ Params: OneTeam }>(
    TEAM_PATH,
    {
      schema: {
        operationId: 'getTeam',
        summary: 'Read a team with its members and stacks',
        tags,
        params: OneTeam,
        response: { 200: TeamAnswer },
      },
    },
    async ({ principal, params }, reply) => {
      const found = await teamSeenBy(db, principal, params.organization, params.team)
      if (isRefusal(found)) return refuse(reply, found)
      return fullAnswer(db, principal, found.membership, found.team)
    },
  )

  app.patch<{ Params: OneTeam; Body: UpdateTeamRequest }>(
    TEAM_PATH,
    {
      schema: {
        operationId: 'updateTeam',
        summary: 'Change what a team is called, who is in it, or what it may do with a stack',
        tags,
        params: OneTeam,
        body: UpdateTeamRequest,
        response: { 204: NOTHING },
      },
    },
    async ({ principal, params, body }, reply) => {
      const refusal = await allOrNothing(db, async (tx) => {
        const found = await teamSeenBy(tx, principal, params.organization, params.team)
        return isRefusal(found) ? found : updateTeam(tx, principal, found, body)
      })
      if (refusal) return refuse(reply, refusal)
      tokens.forget()
      return reply.code(204).send()
    },
  )

  app.delete<{ Params: OneTeam }>(
    TEAM_PATH,
    {
      schema: {
        operationId: 'deleteTeam',
        summary: 'Delete a team and revoke its tokens',
        tags,
        params: OneTeam,
        response: { 204: NOTHING },
      },
    },
    async ({ principal, params }, reply) => {
      const found = await teamAdministeredBy(db, principal, params.organization, params.team)
      if (isRefusal(found)) return refuse(reply, found)
      const { membership, team } = found
      await db.transaction(async (tx) => {
        await revokeTokensOfTeam(tx, team.id)
        await deleteTeamRow(tx, team.id)
        const { organizationId } = membership
        const actor = actorOf(principal)
        await recordAudit(tx, { organizationId, actor, action: 'team.deleted', target: team.name })
      })
      tokens.forget()
      return reply.code(204).send()
    },
  )
}

function shortAnswer({ name, displayName, description, userRole }: Team): TeamAnswer {
  return { kind: 'pulumi', name, displayName, description, userRole }
}

async function fullAnswer(
  db: Queryable,
  principal: Principal,
  { organizationId, organization }: Membership,
  team: Team,
): Promise<TeamAnswer> {
  const readable = readableStacks(principal, organization)
  const stacks = await listTeamStacks(db, { organizationId, teamId: team.id }, readable)
  const members = await listTeamMembers(db, team.id)
  return {
    ...shortAnswer(team),
    members: members.map(({ login, name, role }) => ({ name, githubLogin: login, avatarUrl: '', role })),
    stacks: stacks.map(({ project, stack, permission }) => ({
      projectName: project,
      stackName: stack,
      permission,
    })),
    environments: [],
    accounts: [],
  }
}

const otherOwner = {
  status: 400,
  reason: 'other_owner',
  message: 'organization is not that of the path: leave it out, or call the other path.',
} as const

function teamExists(name: string) {
  return {
    status: 409,
    reason: 'team_exists',
    message: `Conflict: there is already a team "${name}".`,
  } as const
}
