/**
 * Organizations, their members and teams, as Pulumi's API has them.
 *
 * Owns: paths, words and shapes. Does not own: who may do what (server/access).
 */
import { type Static, Type } from 'typebox'

export const ORGANIZATION_PATH = '/api/orgs/:organization'
export const MEMBERS_PATH = `${ORGANIZATION_PATH}/members`
export const MEMBER_PATH = `${MEMBERS_PATH}/:login`
export const TEAMS_PATH = `${ORGANIZATION_PATH}/teams`
export const TEAM_PATH = `${TEAMS_PATH}/:team`

/** What somebody may do with a stack: each number includes those below it. */
export const STACK_PERMISSION = { none: 0, read: 101, write: 102, admin: 103 } as const
export const StackPermission = Type.Union([
  Type.Literal(0),
  Type.Literal(101),
  Type.Literal(102),
  Type.Literal(103),
])
export type StackPermission = Static<typeof StackPermission>

export const OrganizationRole = Type.Union([
  Type.Literal('admin'),
  Type.Literal('member'),
  Type.Literal('billing-manager'),
])
export type OrganizationRole = Static<typeof OrganizationRole>

/** Of the models that clients are generated with: null stands for what was not given. */
const maybe = <Schema extends Parameters<typeof Type.Optional>[0]>(schema: Schema) =>
  Type.Optional(Type.Union([schema, Type.Null()]))

export const Organization = Type.Object(
  {
    githubLogin: Type.String(),
    name: Type.String(),
    avatarUrl: Type.String(),
    repos: Type.Array(Type.Object({})),
  },
  { title: 'Organization' },
)

export const OrganizationMetadata = Type.Object(
  {
    id: Type.String(),
    kind: Type.String(),
    created: Type.String(),
    userRole: OrganizationRole,
    membersCanCreateStacks: Type.Boolean(),
    membersCanDeleteStacks: Type.Boolean(),
    /** Always false: a transfer needs an admin of both organizations. */
    membersCanTransferStacks: Type.Boolean(),
    membersCanCreateTeams: Type.Boolean(),
    auditLogsEnabled: Type.Boolean(),
    stackCount: Type.Integer(),
    memberCount: Type.Integer(),
    defaultStackPermission: StackPermission,
    /** 0: as long as any token may live. */
    maxAccessTokenExpiryDays: Type.Integer(),
    defaultAgentPoolID: Type.Optional(Type.String()),
  },
  { title: 'OrganizationMetadata' },
)
export type OrganizationMetadata = Static<typeof OrganizationMetadata>

export const UpdateOrganizationRequest = Type.Object(
  {
    setDefaultStackPermission: maybe(StackPermission),
    setMembersCanCreateStacks: maybe(Type.Boolean()),
    setMembersCanDeleteStacks: maybe(Type.Boolean()),
    setMembersCanTransferStacks: maybe(Type.Literal(false)),
    setMembersCanCreateTeams: maybe(Type.Literal(false)),
    setMembersCanInviteCollaborators: maybe(Type.Literal(false)),
    setMaxAccessTokenExpiryDays: maybe(Type.Integer({ minimum: 0, maximum: 730 })),
    /** A pool's id; "" for the installation's shared pool. */
    setDefaultAgentPoolID: maybe(Type.String({ maxLength: 100 })),
  },
  { additionalProperties: false, title: 'UpdateOrganizationRequest' },
)
export type UpdateOrganizationRequest = Static<typeof UpdateOrganizationRequest>

export const MemberInfo = Type.Object({
  name: Type.String(),
  githubLogin: Type.String(),
  avatarUrl: Type.String(),
  email: Type.Optional(Type.String()),
})

export const OrganizationMember = Type.Object(
  {
    role: OrganizationRole,
    user: MemberInfo,
    created: Type.String(),
    knownToPulumi: Type.Boolean(),
    virtualAdmin: Type.Boolean(),
    fgaRole: Type.Object({ id: Type.String(), name: Type.String(), modifiedAt: Type.String() }),
    teams: Type.Array(Type.String()),
    /** Cannot log in until a site admin lets them again. */
    suspended: Type.Boolean(),
  },
  { title: 'OrganizationMember' },
)
export type OrganizationMember = Static<typeof OrganizationMember>

export const ListMembersResponse = Type.Object(
  { members: Type.Array(OrganizationMember), continuationToken: Type.Optional(Type.String()) },
  { title: 'ListOrganizationMembersResponse' },
)

export const MemberRequest = Type.Object(
  { role: maybe(OrganizationRole), fgaRoleId: maybe(Type.String()) },
  { additionalProperties: false, title: 'OrganizationMemberRequest' },
)
export type MemberRequest = Static<typeof MemberRequest>

const TeamRole = Type.Union([Type.Literal('member'), Type.Literal('admin')])

export const TeamStackPermission = Type.Object(
  {
    projectName: Type.String(),
    stackName: Type.String(),
    permission: StackPermission,
    permissionSetName: maybe(Type.String()),
  },
  { title: 'TeamStackPermission' },
)

export const Team = Type.Object(
  {
    kind: Type.Literal('pulumi'),
    name: Type.String(),
    displayName: Type.String(),
    description: Type.String(),
    members: Type.Array(
      Type.Object({
        name: Type.String(),
        githubLogin: Type.String(),
        avatarUrl: Type.String(),
        email: Type.Optional(Type.String()),
        role: TeamRole,
      }),
    ),
    stacks: Type.Array(TeamStackPermission),
    /** The caller's; absent when they are not in it. */
    userRole: Type.Optional(TeamRole),
  },
  { title: 'Team' },
)
export type Team = Static<typeof Team>

export const ListTeamsResponse = Type.Object({ teams: Type.Array(Team) }, { title: 'ListTeamsResponse' })

export const CreateTeamRequest = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,39}$' }),
    displayName: maybe(Type.String({ maxLength: 100 })),
    description: maybe(Type.String({ maxLength: 500 })),
  },
  { additionalProperties: false, title: 'CreatePulumiTeamRequest' },
)
export type CreateTeamRequest = Static<typeof CreateTeamRequest>

const StackGrant = Type.Object(
  {
    projectName: Type.String(),
    stackName: Type.String(),
    permission: StackPermission,
    permissionSetName: maybe(Type.String()),
  },
  { additionalProperties: false },
)

/** One action a request: exactly one of them, but for the two texts, which may come together. */
export const UpdateTeamRequest = Type.Object(
  {
    newDisplayName: maybe(Type.String({ maxLength: 100 })),
    newDescription: maybe(Type.String({ maxLength: 500 })),
    memberAction: maybe(
      Type.Union([
        Type.Literal('add'),
        Type.Literal('remove'),
        Type.Literal('promote'),
        Type.Literal('demote'),
      ]),
    ),
    member: maybe(Type.String({ maxLength: 100 })),
    addStackPermission: maybe(StackGrant),
    editStackPermission: maybe(StackGrant),
    removeStack: maybe(
      Type.Object({ projectName: Type.String(), stackName: Type.String() }, { additionalProperties: false }),
    ),
    addEnvironmentPermission: Type.Optional(Type.Null()),
    editEnvironmentPermission: Type.Optional(Type.Null()),
    removeEnvironment: Type.Optional(Type.Null()),
  },
  { additionalProperties: false, title: 'UpdateTeamRequest' },
)
export type UpdateTeamRequest = Static<typeof UpdateTeamRequest>
