/**
 * The models of Pulumi's API as Pulumi documents them, written here a second time and on purpose: what our own routes
 * promise (`contract/src`) must not be what they are judged by. Clients generated from Pulumi's description refuse an
 * answer for one required field that is missing or null, and for a word that they do not know; more fields are ignored.
 */
import Type, { type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

const FORMATS = {
  /** RFC 3339. */
  Time: Type.String({
    pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)$',
  }),
  /** `YYYY-MM-DD HH:MM:SS.mmm`, UTC. */
  DateTime: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}$' }),
}

const DEPLOYMENTS = `
type JobStatus = 'not-started' | 'accepted' | 'running' | 'failed' | 'succeeded' | 'skipped'
type StepStatus = 'not-started' | 'running' | 'failed' | 'succeeded'
type PulumiOperation = 'update' | 'preview' | 'destroy' | 'refresh' | 'detect-drift' | 'remediate-drift'
type UpdateResult = 'not-started' | 'in-progress' | 'succeeded' | 'failed'
type UpdateKind = 'update' | 'preview' | 'refresh' | 'rename' | 'destroy' | 'import' | 'resource-import'
  | 'Pupdate' | 'Prefresh' | 'Pdestroy' | 'Pimport' | 'Prename'
interface UserInfo { name: string, githubLogin: string, avatarUrl: string, email?: string }
interface CreateDeploymentResponse { id: string, consoleUrl: string, version: integer }
interface StepRun { name: string, status: StepStatus, started?: Time, lastUpdated?: Time }
interface DeploymentJob { status: JobStatus, started?: Time, lastUpdated?: Time, steps: StepRun[] }
interface EnvironmentVariable { name: string, value?: string, secret: boolean }
interface DeploymentSourceGit { repoURL: string, branch?: string, repoDir?: string, commit?: string }
interface DeploymentSource { git?: DeploymentSourceGit, template?: { sourceUrl: string } }
interface DeploymentConfiguration { environmentVariables: EnvironmentVariable[], source?: DeploymentSource }
interface GetDeploymentResponse { id: string, created: DateTime, modified: DateTime, status: JobStatus, version: integer,
  requestedBy: UserInfo, jobs?: DeploymentJob[], latestVersion: integer, configuration?: DeploymentConfiguration,
  initiator?: string, pulumiOperation?: PulumiOperation }
interface DeploymentNestedUpdate { id: string, updateID: string, version: integer, startTime: integer, endTime: integer,
  result: UpdateResult, kind: UpdateKind, message: string, environment: Record<string, string> }
interface ListDeploymentSnapshot { id: string, created: DateTime, modified: DateTime, status: JobStatus, version: integer,
  requestedBy: UserInfo, projectName?: string, stackName?: string, paused?: boolean, pulumiOperation: PulumiOperation,
  updates: DeploymentNestedUpdate[], jobs: DeploymentJob[], initiator?: string, agentPool?: { id: string, name: string } }
interface ListDeploymentResponseV2 { deployments: ListDeploymentSnapshot[], itemsPerPage: integer, total: integer }
interface DeploymentLogLine { header?: string, timestamp?: Time, line?: string }
interface DeploymentLogs { lines?: DeploymentLogLine[], nextToken?: string, __type: 'DeploymentLogs' }
interface DeploymentStepLogLine { timestamp: Time, line: string }
interface DeploymentLogsStep { name?: string, lines: DeploymentStepLogLine[], nextOffset?: integer, __type: 'DeploymentLogsStep' }
interface ConfigValue { string: string, secret: boolean, object: boolean }
interface UpdateProgramInfo { kind: UpdateKind, startTime: integer, message: string, environment: Record<string, string>,
  config: Record<string, ConfigValue>, result: UpdateResult, endTime: integer, version: integer,
  resourceChanges?: Record<string, integer>, resourceCount?: integer }
interface UpdateInfo { info: UpdateProgramInfo, updateID: string, version: integer, latestVersion: integer, requestedBy: UserInfo }
interface UpdateInfos { list: UpdateInfo[] }
interface DriftStatus { driftDetected: boolean, latestDriftRun: string, runInProgress: boolean }
interface StackMetadata { paused: boolean, stackPaused: boolean, organizationPaused: boolean, hasSchedules: boolean,
  drift?: DriftStatus }
interface DeploymentCounts { notStarted: integer, accepted: integer, running: integer, failed: integer, succeeded: integer,
  skipped: integer, total: integer }
interface OrganizationDeployments { paused: boolean, concurrency: integer, deploymentCounts: DeploymentCounts }
interface DriftRunUpdate { updateId: string, resourceChanges?: Record<string, integer>, modified: string, status: JobStatus }
interface DriftRun { id: string, driftDetected: boolean, created: string, status: JobStatus, deploymentId?: string,
  deploymentVersion?: integer, detectUpdate?: DriftRunUpdate, remediateUpdate?: DriftRunUpdate }
interface DriftRuns { driftRuns: DriftRun[], itemsPerPage: integer, total: integer }
interface UsageRecord { OrgID: string, Timestamp: integer, UsageRangeStart: integer, UsageRangeEnd: integer, Value: integer,
  Tags?: Record<string, string>, Count: integer }
interface UsageRecords { list: UsageRecord[] }
interface SummaryItem { year: integer, month?: integer, day?: integer, weekNumber?: integer, hour?: integer,
  resources: integer, resourceHours: integer, tags?: Record<string, string> }
interface UsageSummary { summary: SummaryItem[], tagKeys?: string[] }
`

const SETTINGS = `
type Secret = string | { secret: '', ciphertext: string }
type SettingsSource = 'console' | 'api' | 'provider' | 'github-review-stack' | 'azure-devops-review-stack'
  | 'gitlab-review-stack' | 'bitbucket-review-stack' | 'github-gitops'
type SettingsOperation = 'update' | 'preview' | 'destroy' | 'refresh' | 'detect-drift' | 'remediate-drift'
interface DockerImage { reference: string, isDefault?: boolean, credentials?: { username: string, password: Secret } }
interface GitAuth { accessToken?: Secret, sshAuth?: { sshPrivateKey: Secret, password?: Secret },
  basicAuth?: { userName: Secret, password: Secret } }
interface SourceGit { repoUrl?: string, branch?: string, repoDir?: string, commit?: string, tag?: string, gitAuth?: GitAuth }
interface SourceTemplate { sourceUrl?: string, gitAuth?: GitAuth, projectSourceUrl?: string }
interface AwsOidc { duration?: string, policyArns?: string[], roleArn: string, sessionName: string }
interface AzureOidc { clientId?: string, tenantId?: string, subscriptionId?: string }
interface GcpOidc { projectId: string, region?: string, workloadPoolId: string, providerId: string, serviceAccount: string,
  tokenLifetime?: string }
interface Oidc { aws?: AwsOidc, azure?: AzureOidc, gcp?: GcpOidc }
interface Options { skipInstallDependencies?: boolean, skipIntermediateDeployments?: boolean, shell?: string,
  deleteAfterDestroy?: boolean, remediateIfDriftDetected?: boolean }
interface OperationContext { oidc?: Oidc, preRunCommands?: string[], operation?: SettingsOperation,
  environmentVariables?: Record<string, Secret>, options?: Options,
  role?: { id: string, name?: string, defaultIdentifier?: string } }
interface GitHub { repository?: string, pullRequestTemplate?: boolean, deployCommits?: boolean, previewPullRequests?: boolean,
  deployPullRequest?: integer, paths?: string[], installationId?: string, reviewStackLabels?: string[], deployTags?: boolean,
  tagFilters?: string[] }
interface Vcs { repository?: string, deployCommits?: boolean, deployTags?: boolean, paths?: string[], tagFilters?: string[],
  installationId?: string, pullRequestTemplate?: boolean, previewPullRequests?: boolean, deployPullRequest?: integer,
  provider: 'azure_devops' | 'bitbucket' | 'custom' | 'github' | 'gitlab' }
interface DeploymentSettings { version?: integer, tag?: string,
  executorContext?: { executorImage?: DockerImage, executorRootPath?: string },
  sourceContext?: { git?: SourceGit, template?: SourceTemplate }, gitHub?: GitHub, vcs?: Vcs,
  operationContext?: OperationContext, source?: SettingsSource, agentPoolID?: string, cacheOptions?: { enable: boolean } }
interface SecretValue { secret: '', ciphertext: string }
type Removed = true
`

const SCHEDULES = `
interface ScheduledAction { id: string, orgID: string, scheduleCron?: string, scheduleOnce?: string, nextExecution: string,
  paused: boolean, kind: 'deployment', definition: { programID: string, request: Record<string, unknown> }, created: string,
  modified: string, lastExecuted: string }
interface Schedules { schedules: ScheduledAction[] }
interface ScheduleEvent { id: string, scheduledActionID: string, executed: string, version: integer, result: string }
interface ScheduleHistory { scheduleHistoryEvents: ScheduleEvent[] }
`

const WEBHOOKS = `
interface Webhook { organizationName: string, projectName?: string, stackName?: string, envName?: string, name: string,
  displayName: string, payloadUrl: string, active: boolean, format: 'raw' | 'slack' | 'ms_teams' | 'pulumi_deployments',
  filters?: string[], groups?: string[], hasSecret: boolean, secretCiphertext: string }
interface Webhooks { list: Webhook[] }
interface WebhookDelivery { id: string, kind: string, payload: string, timestamp: integer, duration: integer,
  requestUrl: string, requestHeaders: string, responseCode: integer, responseHeaders: string, responseBody: string }
interface WebhookDeliveries { list: WebhookDelivery[] }
`

const POOLS_AND_TOKENS = `
type PoolStatus = 'online' | 'offline'
interface CreateAccessTokenResponse { id: string, tokenValue: string }
interface AgentPool { created: integer, id: string, name: string, description: string, lastSeen: integer, status: PoolStatus,
  lastDeployment?: integer, isDefault: boolean }
interface AgentPools { agentPools: AgentPool[], defaultAgentPoolID?: string }
interface Agent { version: string, platform: string, hostname: string, ip: string, pid: string, lastSeen: integer,
  status: PoolStatus }
interface AgentPoolDetail { created: integer, id: string, name: string, description: string, agents: Agent[] }
interface PatchedPool { name: string, description: string }
interface TokenRole { id: string, name: string, defaultIdentifier: string }
interface AccessToken { id: string, name: string, description: string, created: string, lastUsed: integer, expires: integer,
  admin: boolean, createdBy: string, role?: TokenRole, type?: 'personal' | 'refresh' | 'organization' | 'team' }
interface AccessTokens { tokens: AccessToken[], continuationToken?: string }
`

const ACCESS = `
type Role = 'none' | 'member' | 'admin' | 'potential-member' | 'stack-collaborator' | 'billing-manager'
interface UserOrganization { name: string, githubLogin: string, avatarUrl: string, email?: string, role: Role }
interface TokenInfo { name: string, organization: string, team: string }
interface User { id: string, githubLogin: string, name: string, email: string, avatarUrl: string,
  organizations: UserOrganization[], identities: string[], siteAdmin?: boolean, tokenInfo?: TokenInfo, hasMFA: boolean,
  isOrgManaged: boolean, isManagedByMultiOrg: boolean }
interface DefaultOrganization { GitHubLogin: string, Messages: unknown[] }
interface Member { role: Role, user: { name: string, githubLogin: string, avatarUrl: string, email?: string }, created: Time,
  knownToPulumi: boolean, virtualAdmin: boolean, fgaRole: { id: string, name: string, modifiedAt: Time } }
interface Members { members: Member[], continuationToken?: string }
interface TeamMember { name: string, githubLogin: string, avatarUrl: string, email?: string, role: string }
interface TeamStack { projectName: string, stackName: string, permission: 0 | 101 | 102 | 103 | 104 }
interface Team { kind: string, name: string, displayName: string, description: string, members?: TeamMember[],
  stacks?: TeamStack[] }
interface Teams { teams: Team[] }
type IdentityKind = 'single-user' | 'bitbucket' | 'github' | 'gitlab' | 'pulumi' | 'saml'
interface OrganizationMetadata { id: string, kind: IdentityKind, created: Time, userRole: Role, accountCount: integer,
  environmentCount: integer, memberCount: integer, stackCount: integer, aiEnablement: string, auditLogsEnabled: boolean,
  webhooksEnabled: boolean, defaultAccountPermission: 0 | 1 | 2 | 3,
  defaultEnvironmentPermission: 'none' | 'read' | 'open' | 'write' | 'admin',
  defaultStackPermission: 0 | 101 | 102 | 103 | 104, features: OrganizationFeatures, insightsTrialUsingPolicy: boolean,
  membersCanCreateAccounts: boolean, membersCanCreateStacks: boolean, membersCanCreateTeams: boolean,
  membersCanDeleteStacks: boolean, membersCanTransferStacks: boolean, naturalLanguageSearchDisabled: boolean,
  neoAgentDisabled: boolean, neoApprovalMode: 'manual' | 'auto' | 'balanced', neoCLIExplanationsDisabled: boolean,
  neoEnabled: boolean, neoTaskSharingMode: 'none' | 'org', preferredVCS: 'none' | 'bitbucket' | 'github' | 'gitlab' }
interface OrganizationFeatures { agentIntegrationCatalogEnabled: boolean, agentPoolRegistrationEnabled: boolean, agentScheduledTasksEnabled:
  boolean, aiAgentsEnabled: boolean, aleEnabled: boolean, approvalsEnabled: boolean, auditLogUIFilteringEnabled:
  boolean, auditLogsEnabled: boolean, bitbucketVCSEnabled: boolean, bringYourOwnKeyEnabled: boolean,
  cliIntegrationCatalogEnabled: boolean, crossGuardEnabled: boolean, customRoleCondition: boolean,
  customRolesEnabled: boolean, customTemplatesEnabled: boolean, customVCSEnabled: boolean,
  dependencyCachingEnabled: boolean, deployEnabled: boolean, discoveredStacksEnabled: boolean,
  driftDetectionEnabled: boolean, environmentRevisionTagsEnabled: boolean, environmentSecretRotationEnabled:
  boolean, environmentsEnabled: boolean, environmentsRestoreEnabled: boolean, escEditorRevampEnabled: boolean,
  escOnboardingAzureOAuthClientEnabled: boolean, escOnboardingEnabled: boolean,
  escOnboardingGcpOAuthClientEnabled: boolean, escOnboardingV2Enabled: boolean, fixDriftWithNeoEnabled: boolean,
  ghAppDetailedDiffEnabled: boolean, gitHubEnterpriseIntegrationEnabled: boolean, iacCloudImportEnabled:
  boolean, insightsAutoPolicyPacksEnabled: boolean, insightsMonetizationEnabled: boolean,
  integrationAssistantEnabled: boolean, legacyDeploymentsOrgToken: boolean, neoByokEnabled: boolean,
  neoPlanModeEnabled: boolean, neoTaskSharingEnabled: boolean, nlpSearchEnabled: boolean,
  pangeaAccountsScanPageEnabled: boolean, policyIssueManagementEnabled: boolean, policyManagementV2Enabled:
  boolean, propertySearchUIEnabled: boolean, resourceExportEnabled: boolean, resourceSearchEnabled: boolean,
  restoreStacksEnabled: boolean, scimEnabled: boolean, selfHostedDeploymentsEnabled: boolean,
  selfServeIDPRemoval: boolean, serviceBackedConfigEnabled: boolean, themingEnabled: boolean, webhooksEnabled:
  boolean }
interface Collaborators { stackCreatorUserName?: string,
  users: { user: { name: string, githubLogin: string, avatarUrl: string, email?: string }, permission: 0 | 101 | 102 | 103 | 104 }[] }
interface StackTeam { name: string, displayName: string, description: string, isMember: boolean,
  permission: 0 | 101 | 102 | 103 | 104 }
interface StackTeams { projectName: string, teams: StackTeam[] }
interface MemberTeams { teams?: string[] }
interface RoleRecord { id: string, orgId: string, created: Time, modified: Time, version: integer, isOrgDefault: boolean,
  name?: string, description?: string, resourceType?: string, defaultIdentifier?: string,
  uxPurpose?: 'role' | 'role_private' | 'role_temporary' | 'policy' | 'set' }
interface Roles { roles: RoleRecord[] }
interface AuditEvent { timestamp: integer, sourceIP: string, event: string, description: string, user: { name: string,
  githubLogin: string, avatarUrl: string, email?: string } }
interface AuditLogs { continuationToken?: string, auditLogEvents: AuditEvent[] }
interface AuditEventType { event: string, displayName: string, description: string, requiresOrgAdmin: boolean,
  requiresStackAdmin: boolean, authenticationFailure: boolean, deprecated: boolean, replacedBy?: string }
interface AuditEventTypes { eventTypes: AuditEventType[] }
interface OidcIssuer { id: string, name: string, url: string, issuer: string, thumbprints?: string[], maxExpiration?: integer,
  created?: string, modified?: string, lastUsed?: string }
interface OidcIssuers { oidcIssuers: OidcIssuer[] }
interface AuthPolicyDefinition { decision: string, tokenType: string, authorizedPermissions: string[],
  rules: Record<string, unknown> }
interface AuthPolicy { id: string, version: integer, created?: string, modified?: string, policies: AuthPolicyDefinition[] }
interface TokenExchangeGrant { access_token: string, issued_token_type: string, token_type: 'token', expires_in: integer,
  scope: string }
interface ErrorBody { code: integer, message: string }
interface OAuthError { error: string, error_description?: string }
interface OpenApi { openapi: string, paths: Record<string, unknown> }
`

const models: Readonly<Record<string, TSchema>> = Object.assign(
  {},
  ...[DEPLOYMENTS, SETTINGS, SCHEDULES, WEBHOOKS, POOLS_AND_TOKENS, ACCESS].map((text) =>
    Type.Script(FORMATS, text),
  ),
)

/** Bare arrays have a model that holds them as `list`. @returns A sentence, or undefined when the model is kept. */
export function modelFault(name: string, body: unknown): string | undefined {
  const model = models[name]
  if (model === undefined) throw new Error(`There is no model ${name}.`)
  const [error] = Compile(model).Errors(Array.isArray(body) ? { list: body } : body)
  return error && `${name}${error.instancePath}: ${error.message}`
}
