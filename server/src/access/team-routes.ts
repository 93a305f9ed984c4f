/** `/api/orgs/{org}/teams`, as Pulumi has them. */
import type { Refusal } from '@daypass/contract/errors.ts'
import {
  CreateTeamRequest,
  ListTeamsResponse,
  TEAM_PATH,
  TEAMS_PATH,
  Team,
  UpdateTeamRequest,
} from '@daypass/contract/organizations.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { recordAudit } from '../audit/audit.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { userOf } from './authenticate.ts'
import { adminOf, memberOf } from './organization-scope.ts'
import { actorOf, type Membership, type UserPrincipal } from './principal.ts'
import { revokeTokensOfTeam } from './service-token.ts'
import { deleteTeamRow, findTeam, insertTeam, listTeams, type TeamRow } from './team.sql.ts'
import { changeTeam, teamActionOf } from './team.ts'
import type { AccessServices } from './user-routes.ts'

const Organization = Type.Object({ organization: Type.String() })
type Organization = Static<typeof Organization>
const OneTeam = Type.Object({ organization: Type.String(), team: Type.String() })
type OneTeam = Static<typeof OneTeam>
const NOTHING = Type.Null({ description: 'Nothing.' })
const TAGS = ['Organizations']

export function teamRoutes(app: FastifyInstance, services: AccessServices): void {
  const { db, tokens, randomUuid } = services

  app.get<{ Params: Organization }>(
    TEAMS_PATH,
    {
      schema: {
        operationId: 'listTeams',
        summary: 'List the teams of an organization',
        tags: TAGS,
        params: Organization,
        response: { 200: ListTeamsResponse },
      },
    },
    async (request, reply) => {
      const membership = memberOf(request.principal, request.params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const teams = await listTeams(db, membership.organizationId)
      return { teams: teams.map((team) => teamAnswer(team, userOf(request), membership)) }
    },
  )

  app.post<{ Params: Organization; Body: CreateTeamRequest }>(
    `${TEAMS_PATH}/pulumi`,
    {
      schema: {
        operationId: 'createPulumiTeam',
        summary: 'Make a team',
        tags: TAGS,
        params: Organization,
        body: CreateTeamRequest,
        response: { 200: Team },
      },
    },
    async (request, reply) => {
      const membership = adminOf(request.principal, request.params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const { organizationId } = membership
      const { name, displayName, description } = request.body
      const team = {
        id: randomUuid(),
        name,
        displayName: displayName || name,
        description: description ?? '',
      }
      const isMade = await db.transaction(async (tx) => {
        if (!(await insertTeam(tx, { ...team, organizationId }))) return false
        const actor = actorOf(request.principal)
        await recordAudit(tx, { organizationId, actor, action: 'team.created', target: name })
        return true
      })
      if (!isMade) return refuse(reply, teamExists(name))
      return teamAnswer({ ...team, members: [], stacks: [] }, userOf(request), membership)
    },
  )

  const one = { tags: TAGS, params: OneTeam }

  app.get<{ Params: OneTeam }>(
    TEAM_PATH,
    { schema: { ...one, operationId: 'getTeam', summary: 'Read a team', response: { 200: Team } } },
    async (request, reply) => {
      const membership = memberOf(request.principal, request.params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const team = await findTeam(db, membership.organizationId, request.params.team)
      return team ? teamAnswer(team, userOf(request), membership) : refuse(reply, noSuchTeam)
    },
  )

  const update = {
    ...one,
    operationId: 'updateTeam',
    summary: 'Change one thing of a team',
    body: UpdateTeamRequest,
    response: { 204: NOTHING },
  }
  app.patch<{ Params: OneTeam; Body: UpdateTeamRequest }>(
    TEAM_PATH,
    { schema: update },
    async (request, reply) => {
      const membership = memberOf(request.principal, request.params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const action = teamActionOf(request.body)
      if (isRefusal(action)) return refuse(reply, action)
      const refusal = await db.transaction(async (tx) => {
        const team = await findTeam(tx, membership.organizationId, request.params.team)
        if (team === undefined) return noSuchTeam
        const { login } = userOf(request)
        return changeTeam(tx, { team, membership, actor: actorOf(request.principal), login }, action)
      })
      tokens.forget()
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )

  app.delete<{ Params: OneTeam }>(
    TEAM_PATH,
    { schema: { ...one, operationId: 'deleteTeam', summary: 'Delete a team', response: { 204: NOTHING } } },
    async (request, reply) => {
      const membership = adminOf(request.principal, request.params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const { organizationId } = membership
      const actor = actorOf(request.principal)
      const isGone = await db.transaction(async (tx) => {
        const team = await findTeam(tx, organizationId, request.params.team)
        if (team === undefined) return false
        await revokeTokensOfTeam(tx, { organizationId, teamId: team.id, actor })
        await deleteTeamRow(tx, team.id)
        await recordAudit(tx, { organizationId, actor, action: 'team.deleted', target: team.name })
        return true
      })
      tokens.forget()
      return isGone ? reply.code(204).send() : refuse(reply, noSuchTeam)
    },
  )
}

/** Which stacks a team was given is for its members and the organization's admins. */
function teamAnswer(team: TeamRow, caller: UserPrincipal, membership: Membership): Team {
  const userRole = team.members.find(({ login }) => login === caller.login)?.role
  const seesStacks = userRole !== undefined || membership.role === 'admin'
  return {
    kind: 'pulumi',
    name: team.name,
    displayName: team.displayName,
    description: team.description,
    members: team.members.map(({ login, name, email, role }) => ({
      name,
      githubLogin: login,
      avatarUrl: '',
      ...(email !== '' && { email }),
      role,
    })),
    stacks: (seesStacks ? team.stacks : []).map(({ project, name, permission }) => ({
      projectName: project,
      stackName: name,
      permission,
    })),
    ...(userRole && { userRole }),
  }
}

export const noSuchTeam: Refusal = {
  status: 404,
  reason: 'team_not_found',
  message: 'Not Found: this organization has no such team.',
}

function teamExists(name: string): Refusal {
  return { status: 409, reason: 'team_exists', message: `There is already a team "${name}".` }
}
