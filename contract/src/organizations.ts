/**
 * People, organizations, members and teams as Pulumi's API has them. Required fields are always there: clients generated
 * from Pulumi's description refuse a whole answer for one that is missing.
 *
 * Owns: paths and shapes. Does not own: who may do what (server/access).
 */
import { type Static, type TSchema, Type } from 'typebox'
import { UserInfo } from './deployments.ts'

export const ORGANIZATION_PATH = '/api/orgs/:organization'
export const ORGANIZATION_METADATA_PATH = `${ORGANIZATION_PATH}/metadata`
export const MEMBERS_PATH = `${ORGANIZATION_PATH}/members`
export const MEMBER_PATH = `${MEMBERS_PATH}/:login`
export const TEAMS_PATH = `${ORGANIZATION_PATH}/teams`
export const TEAM_PATH = `${TEAMS_PATH}/:team`

const maybe = <Schema extends TSchema>(schema: Schema) => Type.Optional(Type.Union([schema, Type.Null()]))

export const OrganizationRole = Type.Union(
  [
    Type.Literal('none'),
    Type.Literal('member'),
    Type.Literal('admin'),
    Type.Literal('potential-member'),
    Type.Literal('stack-collaborator'),
    Type.Literal('billing-manager'),
  ],
  { title: 'OrganizationRole' },
)
/** Those that a person can have here. */
export const MemberRole = Type.Union([
  Type.Literal('admin'),
  Type.Literal('member'),
  Type.Literal('billing-manager'),
])

export const OrganizationSummary = Type.Object(
  { name: Type.String(), githubLogin: Type.String(), avatarUrl: Type.String(), role: OrganizationRole },
  { title: 'OrganizationSummaryWithRole' },
)

export const TokenInfo = Type.Object(
  { name: Type.String(), organization: Type.String(), team: Type.String() },
  { title: 'TokenInfo' },
)

export const User = Type.Object(
  {
    id: Type.String(),
    githubLogin: Type.String(),
    name: Type.String(),
    email: Type.String(),
    avatarUrl: Type.String(),
    organizations: Type.Array(OrganizationSummary),
    identities: Type.Array(Type.String()),
    siteAdmin: Type.Boolean(),
    tokenInfo: Type.Optional(TokenInfo),
    hasMFA: Type.Boolean(),
    isOrgManaged: Type.Boolean(),
    isManagedByMultiOrg: Type.Boolean(),
  },
  { title: 'User' },
)
export type User = Static<typeof User>

export const DefaultOrganization = Type.Object(
  { GitHubLogin: Type.String(), Messages: Type.Array(Type.Unknown()) },
  { title: 'AppGetDefaultOrganizationResponse' },
)

/** The first four as Pulumi has them; the rest is ours, and for members alone. */
export const Organization = Type.Object(
  {
    githubLogin: Type.String(),
    name: Type.String(),
    avatarUrl: Type.String(),
    repos: Type.Array(Type.Unknown()),
    defaultStackPermission: Type.Integer(),
    membersCanCreateStacks: Type.Boolean(),
    membersCanDeleteStacks: Type.Boolean(),
    membersCanTransferStacks: Type.Boolean(),
    membersCanCreateTeams: Type.Boolean(),
    maxAccessTokenExpiryDays: Type.Integer({ description: '0: no limit of its own.' }),
    defaultAgentPoolID: Type.Optional(Type.String()),
  },
  { title: 'Organization' },
)
export type Organization = Static<typeof Organization>

export const OrganizationMetadata = Type.Object(
  {
    id: Type.String(),
    kind: Type.String(),
    created: Type.String(),
    userRole: OrganizationRole,
    stackCount: Type.Integer(),
    memberCount: Type.Integer(),
    defaultStackPermission: Type.Integer(),
    membersCanCreateStacks: Type.Boolean(),
    membersCanDeleteStacks: Type.Boolean(),
    membersCanTransferStacks: Type.Boolean(),
    membersCanCreateTeams: Type.Boolean(),
    maxAccessTokenExpiryDays: Type.Integer(),
    auditLogsEnabled: Type.Boolean(),
    webhooksEnabled: Type.Boolean(),
    features: Type.Record(Type.String(), Type.Boolean()),
    accountCount: Type.Integer(),
    environmentCount: Type.Integer(),
    defaultAccountPermission: Type.Integer(),
    defaultEnvironmentPermission: Type.String(),
    membersCanCreateAccounts: Type.Boolean(),
    insightsTrialUsingPolicy: Type.Boolean(),
    aiEnablement: Type.String(),
    naturalLanguageSearchDisabled: Type.Boolean(),
    neoAgentDisabled: Type.Boolean(),
    neoApprovalMode: Type.String(),
    neoCLIExplanationsDisabled: Type.Boolean(),
    neoEnabled: Type.Boolean(),
    neoTaskSharingMode: Type.String(),
    preferredVCS: Type.String(),
  },
  { title: 'OrganizationMetadata' },
)
export type OrganizationMetadata = Static<typeof OrganizationMetadata>

export const StackPermission = Type.Union(
  [Type.Literal(0), Type.Literal(101), Type.Literal(102), Type.Literal(103)],
  { description: '0 none, 101 read, 102 write, 103 admin.' },
)

const NoSwitch = maybe(Type.Literal(false))
const NoWord = maybe(Type.Literal(''))

/** Every field of Pulumi's model; of those that mean nothing here, only "not given" is taken. */
export const PatchOrganizationRequest = Type.Object(
  {
    setDefaultStackPermission: maybe(StackPermission),
    setMembersCanCreateStacks: maybe(Type.Boolean()),
    setMembersCanDeleteStacks: maybe(Type.Boolean()),
    setMembersCanTransferStacks: maybe(Type.Boolean()),
    setMembersCanCreateTeams: maybe(Type.Boolean()),
    setMaxAccessTokenExpiryDays: maybe(Type.Integer({ minimum: 0, maximum: 730 })),
    setDefaultAgentPoolID: maybe(Type.String({ maxLength: 100 })),
    setMembersCanInviteCollaborators: NoSwitch,
    setPreferredVCS: NoWord,
    setDefaultDeploymentRoleId: NoWord,
    setAiEnablement: NoWord,
    setDefaultAccountPermission: maybe(Type.Literal(0)),
    setDefaultEnvironmentPermission: NoWord,
    setMembersCanCreateAccounts: NoSwitch,
    setNaturalLanguageSearchDisabled: NoSwitch,
    setNeoAgentDisabled: NoSwitch,
    setNeoApprovalMode: NoWord,
    setNeoCLIExplanationsDisabled: NoSwitch,
    setNeoEnabled: NoSwitch,
    setNeoTaskSharingMode: NoWord,
  },
  { title: 'PatchOrganizationRequest', additionalProperties: false },
)
export type PatchOrganizationRequest = Static<typeof PatchOrganizationRequest>

export const OrganizationMember = Type.Object(
  {
    role: OrganizationRole,
    user: UserInfo,
    created: Type.String(),
    knownToPulumi: Type.Boolean(),
    virtualAdmin: Type.Boolean(),
    fgaRole: Type.Object(
      { id: Type.String(), name: Type.String(), modifiedAt: Type.String() },
      { title: 'FGARole' },
    ),
    teams: Type.Array(Type.String()),
    suspended: Type.Boolean(),
  },
  { title: 'OrganizationMember' },
)
export type OrganizationMember = Static<typeof OrganizationMember>

export const ListMembersResponse = Type.Object(
  { members: Type.Array(OrganizationMember), continuationToken: Type.Optional(Type.String()) },
  { title: 'ListOrganizationMembersResponse' },
)

export const AddMemberRequest = Type.Object(
  { role: MemberRole },
  { title: 'AddOrganizationMemberRequest', additionalProperties: false },
)
export const PatchMemberRequest = Type.Object(
  {
    role: maybe(MemberRole),
    fgaRoleId: maybe(Type.String({ description: 'As answered in `fgaRole`: a role by its name.' })),
  },
  { title: 'UpdateOrganizationMemberRequest', additionalProperties: false },
)

export const MEMBER_TEAMS_PATH = `${MEMBER_PATH}/teams`
export const MemberTeamsResponse = Type.Object(
  { teams: Type.Array(Type.String()) },
  { title: 'GetOrganizationMemberTeamsResponse' },
)

export const ROLES_PATH = `${ORGANIZATION_PATH}/roles`
/** As Pulumi has a role of its finer kind; what it allows in detail is said nowhere, for it is built in. */
export const Role = Type.Object(
  {
    id: Type.String(),
    orgId: Type.String(),
    name: Type.String(),
    description: Type.String(),
    resourceType: Type.String(),
    uxPurpose: Type.String(),
    defaultIdentifier: Type.String(),
    version: Type.Integer(),
    isOrgDefault: Type.Boolean(),
    created: Type.String(),
    modified: Type.String(),
  },
  { title: 'PermissionDescriptorRecord' },
)
export const ListRolesResponse = Type.Object({ roles: Type.Array(Role) }, { title: 'ListRolesResponse' })

const TeamRole = Type.Union([Type.Literal('member'), Type.Literal('admin'), Type.Literal('none')])

export const TeamStackPermission = Type.Object(
  { projectName: Type.String(), stackName: Type.String(), permission: StackPermission },
  { title: 'TeamStackPermission' },
)

export const Team = Type.Object(
  {
    kind: Type.Literal('pulumi'),
    name: Type.String(),
    displayName: Type.String(),
    description: Type.String(),
    members: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String(),
            githubLogin: Type.String(),
            avatarUrl: Type.String(),
            role: TeamRole,
          },
          { title: 'TeamMemberInfo' },
        ),
      ),
    ),
    stacks: Type.Optional(Type.Array(TeamStackPermission)),
    environments: Type.Optional(Type.Array(Type.Unknown())),
    accounts: Type.Optional(Type.Array(Type.Unknown())),
    userRole: TeamRole,
  },
  { title: 'Team' },
)
export type Team = Static<typeof Team>

export const ListTeamsResponse = Type.Object({ teams: Type.Array(Team) }, { title: 'ListTeamsResponse' })

export const TEAM_NAME = '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$'
const Words = Type.String({ maxLength: 500 })

export const CreateTeamRequest = Type.Object(
  {
    name: Type.String({
      pattern: TEAM_NAME,
      description: 'Letters, digits, "_", "." and "-", beginning with a letter or digit; at most 100.',
    }),
    displayName: maybe(Words),
    description: maybe(Words),
    /** The Pulumi Service provider says here once more what the path says. */
    organization: maybe(Type.String()),
    teamType: maybe(Type.Literal('pulumi')),
    githubTeamID: maybe(Type.Literal(0)),
  },
  { title: 'CreatePulumiTeamRequest', additionalProperties: false },
)
export type CreateTeamRequest = Static<typeof CreateTeamRequest>

const StackNames = { projectName: Type.String(), stackName: Type.String() }
const Grant = Type.Object(
  {
    ...StackNames,
    permission: StackPermission,
    permissionSetName: maybe(Type.Literal('')),
  },
  { additionalProperties: false },
)

/** A bag of single actions: each that is given is done, all or none. */
export const UpdateTeamRequest = Type.Object(
  {
    newDisplayName: maybe(Words),
    newDescription: maybe(Words),
    memberAction: maybe(
      Type.Union([
        Type.Literal(''),
        Type.Literal('add'),
        Type.Literal('remove'),
        Type.Literal('promote'),
        Type.Literal('demote'),
      ]),
    ),
    member: maybe(Type.String({ maxLength: 100 })),
    addStackPermission: maybe(Grant),
    editStackPermission: maybe(Grant),
    removeStack: maybe(Type.Object(StackNames, { additionalProperties: false })),
    addEnvironmentPermission: Type.Optional(Type.Null()),
    editEnvironmentPermission: Type.Optional(Type.Null()),
    removeEnvironment: Type.Optional(Type.Null()),
  },
  { title: 'UpdateTeamRequest', additionalProperties: false },
)
export type UpdateTeamRequest = Static<typeof UpdateTeamRequest>
