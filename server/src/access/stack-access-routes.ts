/** What people and teams were given of a stack, in the shapes of Pulumi's API. */
import {
  COLLABORATOR_PATH,
  COLLABORATORS_PATH,
  GIVE_COLLABORATOR_PATH,
  GiveCollaboratorRequest,
  ListCollaboratorsResponse,
  ListStackTeamsResponse,
  OWN_PERMISSION_PATH,
  OwnPermission,
  STACK_TEAM_PATH,
  STACK_TEAMS_PATH,
  UpdateStackTeamRequest,
} from '@daypass/contract/stack-access.ts'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Static, Type } from 'typebox'
import { isRefusal, refuse } from '../refuse.ts'
import { creatorOf, listCollaborators } from './collaborator.sql.ts'
import { changeCollaborator } from './collaborator.ts'
import { canAdministerStack, canWriteStack, STACK_PERMISSION, type StackPermission } from './permission.ts'
import { type Principal, personOf } from './principal.ts'
import { stackPlaceFor } from './stack-access.ts'
import { listTeamsOfStack } from './team.sql.ts'
import { teamSeenBy } from './team.ts'
import { changeGrant } from './team-update.ts'
import type { AccessServices } from './user-routes.ts'

const names = { organization: Type.String(), project: Type.String(), stack: Type.String() }
const OneStack = Type.Object(names)
const OnePerson = Type.Object({ ...names, login: Type.String({ maxLength: 100 }) })
const OneTeam = Type.Object({ ...names, team: Type.String({ maxLength: 100 }) })
type OneStack = Static<typeof OneStack>
type OnePerson = Static<typeof OnePerson>
type OneTeam = Static<typeof OneTeam>
const NOTHING = Type.Null({ description: 'Nothing.' })
const tags = ['Stack permissions']

export function stackAccessRoutes(app: FastifyInstance, services: AccessServices): void {
  collaboratorRoutes(app, services)
  stackTeamRoutes(app, services)
}

function collaboratorRoutes(app: FastifyInstance, { db }: AccessServices): void {
  app.get<{ Params: OneStack }>(
    COLLABORATORS_PATH,
    {
      schema: {
        operationId: 'listStackPermissions',
        summary: 'List who was given a permission on a stack',
        tags,
        params: OneStack,
        response: { 200: ListCollaboratorsResponse },
      },
    },
    async ({ principal, params }, reply) => {
      const place = await stackPlaceFor(db, principal, params, 'read')
      if (isRefusal(place)) return refuse(reply, place)
      const collaborators = await listCollaborators(db, place.id)
      const creator = await creatorOf(db, place.id)
      return {
        users: collaborators.map(({ login, name, email, permission }) => ({
          user: { githubLogin: login, name, email, avatarUrl: '' },
          permission,
        })),
        ...(creator !== undefined && { stackCreatorUserName: creator }),
      }
    },
  )

  app.get<{ Params: OneStack }>(
    OWN_PERMISSION_PATH,
    {
      schema: {
        operationId: 'getOwnStackPermission',
        summary: 'What the caller may do with a stack',
        tags,
        params: OneStack,
        response: { 200: OwnPermission },
      },
    },
    async ({ principal, params }, reply) => {
      const place = await stackPlaceFor(db, principal, params, 'read')
      if (isRefusal(place)) return refuse(reply, place)
      const { read, write, admin } = STACK_PERMISSION
      const most = canWriteStack(principal, place) ? write : read
      return { permission: canAdministerStack(principal, place) ? admin : most } satisfies OwnPermission
    },
  )

  const change = async (
    request: { readonly principal: Principal; readonly params: OnePerson },
    permission: StackPermission,
    reply: FastifyReply,
  ) => {
    const { principal, params } = request
    const refusal = await db.transaction((tx) => changeCollaborator(tx, principal, params, permission))
    return refusal ? refuse(reply, refusal) : reply.code(204).send()
  }

  app.put<{ Params: OnePerson; Body: GiveCollaboratorRequest }>(
    GIVE_COLLABORATOR_PATH,
    {
      schema: {
        summary: 'Give a member of the organization a permission on a stack',
        tags,
        params: OnePerson,
        body: GiveCollaboratorRequest,
        response: { 204: NOTHING },
      },
    },
    (request, reply) => change(request, request.body.permission, reply),
  )

  app.delete<{ Params: OnePerson }>(
    COLLABORATOR_PATH,
    {
      schema: {
        operationId: 'deleteStackPermission',
        summary: 'Take away what a person was given of a stack, or has for having made it',
        tags,
        params: OnePerson,
        response: { 204: NOTHING },
      },
    },
    (request, reply) => change(request, 0, reply),
  )
}

function stackTeamRoutes(app: FastifyInstance, { db }: AccessServices): void {
  app.get<{ Params: OneStack }>(
    STACK_TEAMS_PATH,
    {
      schema: {
        operationId: 'listStackTeams',
        summary: 'List the teams that were given a permission on a stack',
        tags,
        params: OneStack,
        response: { 200: ListStackTeamsResponse },
      },
    },
    async ({ principal, params }, reply) => {
      const place = await stackPlaceFor(db, principal, params, 'read')
      if (isRefusal(place)) return refuse(reply, place)
      const teams = await listTeamsOfStack(db, place.id, personOf(principal).userId)
      return { projectName: params.project, teams }
    },
  )

  app.patch<{ Params: OneTeam; Body: UpdateStackTeamRequest }>(
    STACK_TEAM_PATH,
    {
      schema: {
        operationId: 'updateTeamStackPermissions',
        summary: 'Say what a team may do with a stack',
        tags,
        params: OneTeam,
        body: UpdateStackTeamRequest,
        response: { 204: NOTHING },
      },
    },
    async ({ principal, params: { organization, project, stack, team }, body }, reply) => {
      const refusal = await db.transaction(async (tx) => {
        const place = await stackPlaceFor(tx, principal, { organization, project, stack }, 'admin')
        if (isRefusal(place)) return place
        const found = await teamSeenBy(tx, principal, organization, team)
        if (isRefusal(found)) return found
        const grant = { projectName: project, stackName: stack, permission: body.permissions }
        return changeGrant(tx, principal, found, grant)
      })
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )
}
