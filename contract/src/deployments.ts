/**
 * Deployments as Pulumi's API answers them. Required fields are always there: clients generated from Pulumi's
 * description refuse a whole answer for one that is missing, and ignore what they do not know.
 *
 * Owns: paths and answered shapes. Does not own: the queue behind them (server/deployments).
 */

import { type Static, Type } from 'typebox'
import { Operation } from './job-protocol.ts'
import { STACK_PATH } from './stack-path.ts'

export const DEPLOYMENTS_PATH = `${STACK_PATH}/deployments`
export const DEPLOYMENT_PATH = `${DEPLOYMENTS_PATH}/:deploymentId`
export const DEPLOYMENT_VERSION_PATH = `${DEPLOYMENTS_PATH}/version/:version`
export const DEPLOYMENT_CANCEL_PATH = `${DEPLOYMENT_PATH}/cancel`
export const DEPLOYMENT_LOGS_PATH = `${DEPLOYMENT_PATH}/logs`
export const DEPLOYMENT_UPDATES_PATH = `${DEPLOYMENT_PATH}/updates`
export const DEPLOYMENTS_PAUSE_PATH = `${DEPLOYMENTS_PATH}/pause`
export const DEPLOYMENTS_RESUME_PATH = `${DEPLOYMENTS_PATH}/resume`
export const DEPLOYMENTS_METADATA_PATH = `${DEPLOYMENTS_PATH}/metadata`
/** The project's dependency cache, addressed through any stack of it. */
export const DEPLOYMENTS_CACHE_PATH = `${DEPLOYMENTS_PATH}/cache`
export const ORGANIZATION_DEPLOYMENTS_PATH = '/api/orgs/:organization/deployments'
export const ORGANIZATION_DEPLOYMENTS_METADATA_PATH = `${ORGANIZATION_DEPLOYMENTS_PATH}/metadata`
export const ORGANIZATION_DEPLOYMENTS_PAUSE_PATH = `${ORGANIZATION_DEPLOYMENTS_PATH}/pause`
export const ORGANIZATION_DEPLOYMENTS_RESUME_PATH = `${ORGANIZATION_DEPLOYMENTS_PATH}/resume`

/** Says who asked, in a word of the client's choice (`automation-api`, `console`); answered as `initiator`. */
export const INITIATOR_HEADER = 'x-pulumi-deployment-initiator'
/** A sentence about something that was done otherwise than asked. */
export const WARNING_HEADER = 'x-pulumi-warning'

export const JobStatus = Type.Union([
  Type.Literal('not-started'),
  Type.Literal('accepted'),
  Type.Literal('running'),
  Type.Literal('failed'),
  Type.Literal('succeeded'),
  Type.Literal('skipped'),
])
export type JobStatus = Static<typeof JobStatus>

export const StepStatus = Type.Union([
  Type.Literal('not-started'),
  Type.Literal('running'),
  Type.Literal('failed'),
  Type.Literal('succeeded'),
])
export type StepStatus = Static<typeof StepStatus>

export const CreateDeploymentResponse = Type.Object(
  {
    id: Type.String(),
    version: Type.Integer({ description: 'Its number in its stack, counted from 1.' }),
    consoleUrl: Type.String(),
  },
  { title: 'CreateDeploymentResponse' },
)
export type CreateDeploymentResponse = Static<typeof CreateDeploymentResponse>

export const UserInfo = Type.Object(
  {
    name: Type.String(),
    githubLogin: Type.String(),
    avatarUrl: Type.String(),
    email: Type.Optional(Type.String()),
  },
  { title: 'UserInfo' },
)
export type UserInfo = Static<typeof UserInfo>

export const DeploymentJob = Type.Object(
  {
    status: JobStatus,
    /** RFC 3339. */
    started: Type.Optional(Type.String()),
    lastUpdated: Type.Optional(Type.String()),
    steps: Type.Array(
      Type.Object({
        name: Type.String(),
        status: StepStatus,
        started: Type.Optional(Type.String()),
        lastUpdated: Type.Optional(Type.String()),
      }),
    ),
  },
  { title: 'DeploymentJob' },
)
export type DeploymentJob = Static<typeof DeploymentJob>

/** What keeps a deployment from starting, as a stable word and as a sentence. */
export const WaitingFor = Type.Object({
  reason: Type.Union([
    Type.Literal('stack_paused'),
    Type.Literal('organization_paused'),
    Type.Literal('deployment'),
    Type.Literal('organization_limit'),
    Type.Literal('no_runner'),
    Type.Literal('runner'),
  ]),
  message: Type.String(),
  /** With the reason `deployment`: the first of its stack. */
  deployment: Type.Optional(Type.Object({ id: Type.String(), version: Type.Integer() })),
})
export type WaitingFor = Static<typeof WaitingFor>

const Common = {
  id: Type.String(),
  /** `YYYY-MM-DD HH:MM:SS.mmm`, UTC. */
  created: Type.String(),
  modified: Type.String(),
  status: JobStatus,
  version: Type.Integer(),
  requestedBy: UserInfo,
  initiator: Type.Optional(Type.String()),
  pulumiOperation: Operation,
  /** Ours beside Pulumi's fields, before it has started. */
  waitingFor: Type.Optional(WaitingFor),
}

/** How far an update got, in the words of a list. */
export const UpdateResult = Type.Union([
  Type.Literal('not-started'),
  Type.Literal('in-progress'),
  Type.Literal('succeeded'),
  Type.Literal('failed'),
])
export type UpdateResult = Static<typeof UpdateResult>

/** Every kind that the history of a stack can have. */
export const UpdateKind = Type.Union([
  Type.Literal('update'),
  Type.Literal('preview'),
  Type.Literal('refresh'),
  Type.Literal('rename'),
  Type.Literal('destroy'),
  Type.Literal('import'),
  Type.Literal('resource-import'),
  Type.Literal('Pupdate'),
  Type.Literal('Prefresh'),
  Type.Literal('Pdestroy'),
  Type.Literal('Pimport'),
  Type.Literal('Prename'),
])
export type UpdateKind = Static<typeof UpdateKind>

export const NestedUpdate = Type.Object(
  {
    id: Type.String(),
    updateID: Type.String(),
    version: Type.Integer(),
    /** Seconds since 1970, 0 before it began. */
    startTime: Type.Integer(),
    endTime: Type.Integer(),
    result: UpdateResult,
    kind: UpdateKind,
    message: Type.String(),
    environment: Type.Record(Type.String(), Type.String()),
  },
  { title: 'DeploymentNestedUpdate' },
)
export type NestedUpdate = Static<typeof NestedUpdate>

export const GetDeploymentResponse = Type.Object(
  {
    ...Common,
    /** Ours beside Pulumi's fields: why it did not succeed, as a stable word and as a sentence that says what to do. */
    failure: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
    projectName: Type.String(),
    stackName: Type.String(),
    latestVersion: Type.Integer(),
    paused: Type.Boolean(),
    agentPool: Type.Optional(Type.Object({ id: Type.String(), name: Type.String() })),
    /** What `pulumi deployment get` counts. */
    updates: Type.Array(NestedUpdate),
    /** Absent before a runner has taken the deployment. */
    jobs: Type.Optional(Type.Array(DeploymentJob)),
    configuration: Type.Object({
      environmentVariables: Type.Array(
        Type.Object({ name: Type.String(), value: Type.Optional(Type.String()), secret: Type.Boolean() }),
      ),
      source: Type.Optional(
        Type.Object({
          git: Type.Optional(
            Type.Object({
              repoURL: Type.String(),
              branch: Type.Optional(Type.String()),
              repoDir: Type.Optional(Type.String()),
              commit: Type.Optional(Type.String()),
            }),
          ),
          template: Type.Optional(Type.Object({ sourceUrl: Type.String() })),
        }),
      ),
    }),
  },
  { title: 'GetDeploymentResponse' },
)
export type GetDeploymentResponse = Static<typeof GetDeploymentResponse>

export const ListedDeployment = Type.Object(
  {
    ...Common,
    projectName: Type.String(),
    stackName: Type.String(),
    paused: Type.Boolean(),
    agentPool: Type.Optional(Type.Object({ id: Type.String(), name: Type.String() })),
    jobs: Type.Array(DeploymentJob),
    updates: Type.Array(NestedUpdate),
  },
  { title: 'ListedDeployment' },
)
export type ListedDeployment = Static<typeof ListedDeployment>

export const ListDeploymentsResponse = Type.Object(
  {
    deployments: Type.Array(ListedDeployment),
    itemsPerPage: Type.Integer(),
    total: Type.Integer(),
  },
  { title: 'ListDeploymentsResponse' },
)
export type ListDeploymentsResponse = Static<typeof ListDeploymentsResponse>

/** An update of a stack, whole, as its history has it. */
export const UpdateInfo = Type.Object(
  {
    updateID: Type.String(),
    version: Type.Integer(),
    latestVersion: Type.Integer(),
    requestedBy: UserInfo,
    info: Type.Object({
      kind: UpdateKind,
      startTime: Type.Integer(),
      endTime: Type.Integer(),
      message: Type.String(),
      environment: Type.Record(Type.String(), Type.String()),
      config: Type.Record(
        Type.String(),
        Type.Object({ string: Type.String(), secret: Type.Boolean(), object: Type.Boolean() }),
      ),
      result: UpdateResult,
      version: Type.Integer(),
      resourceChanges: Type.Optional(Type.Record(Type.String(), Type.Integer())),
      resourceCount: Type.Optional(Type.Integer()),
    }),
  },
  { title: 'UpdateInfo' },
)

/** One entry of the tail: either a header that begins a step, or a line with its newline. */
export const LogEntry = Type.Object({
  header: Type.Optional(Type.String()),
  timestamp: Type.Optional(Type.String()),
  line: Type.Optional(Type.String()),
})
export type LogEntry = Static<typeof LogEntry>

export const DeploymentLogs = Type.Object(
  {
    __type: Type.Literal('DeploymentLogs'),
    lines: Type.Array(LogEntry),
    /** Absent: the deployment has ended and all of it was read. */
    nextToken: Type.Optional(Type.String()),
  },
  { title: 'DeploymentLogs' },
)
export type DeploymentLogs = Static<typeof DeploymentLogs>

export const DeploymentLogsStep = Type.Object(
  {
    __type: Type.Literal('DeploymentLogsStep'),
    name: Type.String(),
    lines: Type.Array(Type.Object({ timestamp: Type.String(), line: Type.String() })),
    /** Absent: there is no more for now. */
    nextOffset: Type.Optional(Type.Integer()),
  },
  { title: 'DeploymentLogsStep' },
)
export type DeploymentLogsStep = Static<typeof DeploymentLogsStep>

export const StackDriftStatus = Type.Object({
  driftDetected: Type.Boolean(),
  /** Empty when there was none. */
  latestDriftRun: Type.String(),
  runInProgress: Type.Boolean(),
})
export type StackDriftStatus = Static<typeof StackDriftStatus>

export const StackDeploymentsMetadata = Type.Object({
  /** Either of the two below. */
  paused: Type.Boolean(),
  stackPaused: Type.Boolean(),
  organizationPaused: Type.Boolean(),
  hasSchedules: Type.Boolean(),
  /** Absent before anybody has looked for drift. */
  drift: Type.Optional(StackDriftStatus),
})
export type StackDeploymentsMetadata = Static<typeof StackDeploymentsMetadata>

export const OrganizationDeploymentsMetadata = Type.Object({
  paused: Type.Boolean(),
  concurrency: Type.Integer(),
  deploymentCounts: Type.Object({
    notStarted: Type.Integer(),
    accepted: Type.Integer(),
    running: Type.Integer(),
    failed: Type.Integer(),
    succeeded: Type.Integer(),
    skipped: Type.Integer(),
    total: Type.Integer(),
  }),
})
export type OrganizationDeploymentsMetadata = Static<typeof OrganizationDeploymentsMetadata>
