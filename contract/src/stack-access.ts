/** Who may do what with one stack. Owns: paths and shapes. Does not own: who may do what (server/access). */
import { type Static, Type } from 'typebox'
import { UserInfo } from './deployments.ts'
import { StackPermission } from './organizations.ts'
import { STACK_PATH } from './stack-path.ts'

export const COLLABORATORS_PATH = `${STACK_PATH}/collaborators`
export const COLLABORATOR_PATH = `${COLLABORATORS_PATH}/:login`
/** Ours: Pulumi's API takes a permission away, and has no call that gives one to a person. */
export const GIVE_COLLABORATOR_PATH = '/api/daypass/stacks/:organization/:project/:stack/collaborators/:login'
/** Ours: what the caller may do with the stack. */
export const OWN_PERMISSION_PATH = '/api/daypass/stacks/:organization/:project/:stack/permission'
export const STACK_TEAMS_PATH = `${STACK_PATH}/teams`
export const STACK_TEAM_PATH = '/api/console/stacks/:organization/:project/:stack/teams/:team'

export const ListCollaboratorsResponse = Type.Object(
  {
    users: Type.Array(
      Type.Object({ user: UserInfo, permission: StackPermission }, { title: 'UserPermission' }),
    ),
    stackCreatorUserName: Type.Optional(
      Type.String({ description: 'Administers it for having made it. Absent: that was taken away.' }),
    ),
  },
  { title: 'ListStackCollaboratorsResponse' },
)
export type ListCollaboratorsResponse = Static<typeof ListCollaboratorsResponse>

export const OwnPermission = Type.Object(
  { permission: Type.Union([Type.Literal(101), Type.Literal(102), Type.Literal(103)]) },
  { title: 'OwnPermission', description: '101 reads, 102 writes too, 103 administers it.' },
)
export type OwnPermission = Static<typeof OwnPermission>

export const GiveCollaboratorRequest = Type.Object(
  { permission: StackPermission },
  { additionalProperties: false },
)
export type GiveCollaboratorRequest = Static<typeof GiveCollaboratorRequest>

export const ListStackTeamsResponse = Type.Object(
  {
    projectName: Type.String(),
    teams: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          displayName: Type.String(),
          description: Type.String(),
          permission: StackPermission,
          isMember: Type.Boolean(),
        },
        { title: 'StackTeam' },
      ),
    ),
  },
  { title: 'ListTeamsByStackResponse' },
)
export type ListStackTeamsResponse = Static<typeof ListStackTeamsResponse>

export const UpdateStackTeamRequest = Type.Object(
  { permissions: StackPermission },
  { title: 'UpdateTeamStackPermissionsRequest', additionalProperties: false },
)
export type UpdateStackTeamRequest = Static<typeof UpdateStackTeamRequest>
