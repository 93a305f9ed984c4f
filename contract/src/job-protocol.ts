/**
 * What a runner and the server say to each other. No path holds an id: a job asks for its own things only,
 * and the server knows which job asks from its token.
 *
 * Owns: the shapes. Does not own: the paths (job-paths, which needs no library), the rules of the queue (server/deployments) or of a job (runner).
 */
import { type Static, Type } from 'typebox'

export const Operation = Type.Union([
  Type.Literal('preview'),
  Type.Literal('update'),
  Type.Literal('refresh'),
  Type.Literal('destroy'),
  Type.Literal('detect-drift'),
  Type.Literal('remediate-drift'),
])
export type Operation = Static<typeof Operation>

/** `POST RUNNER_CLAIM_PATH`, `Authorization: Bearer <pool token>`: 200 with a {@link Claim}, or 204 after the wait. */
export const ClaimRequest = Type.Object(
  {
    runnerName: Type.String({ minLength: 1, maxLength: 100 }),
    runnerVersion: Type.String({ maxLength: 100 }),
    launcher: Type.String({ maxLength: 40 }),
    /** Where it runs, for people to see. Older runners do not say. */
    platform: Type.Optional(Type.String({ maxLength: 100 })),
    hostname: Type.Optional(Type.String({ maxLength: 255 })),
    pid: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 53 - 1 })),
    /** How long the server may hold the request open, in seconds. */
    waitSeconds: Type.Integer({ minimum: 0, maximum: 50 }),
  },
  { additionalProperties: false },
)
export type ClaimRequest = Static<typeof ClaimRequest>

/** Durations only: a runner's clock and the server's need not agree. */
export const LeaseTimes = Type.Object({
  /** The server ends the deployment when it hears nothing for this long. */
  leaseSeconds: Type.Number(),
  /** How often the runner beats. */
  beatSeconds: Type.Number(),
  /** Without an acknowledged beat for this long, the runner sends SIGINT and then kills the job before the lease ends. */
  giveUpSeconds: Type.Number(),
})
export type LeaseTimes = Static<typeof LeaseTimes>

export const GitAuth = Type.Union([
  Type.Object({ kind: Type.Literal('token'), token: Type.String() }),
  Type.Object({ kind: Type.Literal('basic'), username: Type.String(), password: Type.String() }),
  Type.Object({
    kind: Type.Literal('ssh'),
    privateKey: Type.String(),
    passphrase: Type.Union([Type.String(), Type.Null()]),
  }),
])
export type GitAuth = Static<typeof GitAuth>

export const GitSource = Type.Object({
  repoUrl: Type.String(),
  /** Bare name or full ref. At most one of branch and commit is set; neither: what the repository's HEAD names. */
  branch: Type.Union([Type.String(), Type.Null()]),
  commit: Type.Union([Type.String(), Type.Null()]),
  /** Name of the tag that the commit was found by, for PULUMI_CI_TAG_NAME. */
  tag: Type.Union([Type.String(), Type.Null()]),
  /** The program is made from it: its placeholders are filled in. */
  template: Type.Boolean(),
  /** Folder of Pulumi.yaml inside the repository, `''` for its root. */
  repoDir: Type.String(),
  auth: Type.Union([GitAuth, Type.Null()]),
  /** The server gets the credential from the git host when the source is fetched: `JOB_SOURCE_CREDENTIAL_PATH`. */
  authFromHost: Type.Boolean(),
  /** The branch that the commit was pushed to, or that the pull request comes from, for PULUMI_CI_BRANCH_NAME. */
  commitBranch: Type.Union([Type.String(), Type.Null()]),
})
export type GitSource = Static<typeof GitSource>

export const ExecutorImage = Type.Object({
  reference: Type.String(),
  credentials: Type.Union([Type.Object({ username: Type.String(), password: Type.String() }), Type.Null()]),
})
export type ExecutorImage = Static<typeof ExecutorImage>

/** What a runner may keep of a job's dependencies for the next one. */
export const JobCache = Type.Object({
  /** Names pool, organization, project and stack by what never changes hands; for keys, not for reading. */
  scope: Type.String(),
  /** Grows each time that somebody clears the project's cache. */
  generation: Type.Integer(),
  /** Only an update of what the stack's own settings name may leave something for others. */
  mayWrite: Type.Boolean(),
})
export type JobCache = Static<typeof JobCache>

export const AwsExchange = Type.Object({
  roleArn: Type.String(),
  /** Template as saved; the runner fills it in (trust/aws/session-name.ts). */
  sessionName: Type.String(),
  /** Null: not asked for, AWS's own default of 3600 s applies. */
  durationSeconds: Type.Union([Type.Integer(), Type.Null()]),
  policyArns: Type.Array(Type.String()),
  /**
   * Roles to assume one after the other from there, each with the session of the one before; duration and policies are of the
   * last. Absent: none.
   */
  chain: Type.Optional(
    Type.Array(Type.Object({ roleArn: Type.String(), externalId: Type.Union([Type.String(), Type.Null()]) })),
  ),
})
export type AwsExchange = Static<typeof AwsExchange>

export const AzureExchange = Type.Object({
  clientId: Type.String(),
  tenantId: Type.String(),
  /** Null: the program says itself what it works on. */
  subscriptionId: Type.Union([Type.String(), Type.Null()]),
})
export type AzureExchange = Static<typeof AzureExchange>

export const GoogleExchange = Type.Object({
  /** A number, as text; the id of a project where somebody mistook them. */
  projectNumber: Type.String(),
  workloadPoolId: Type.String(),
  providerId: Type.String(),
  /** E-mail address. */
  serviceAccount: Type.String(),
  /** Where the program works unless it says so itself. Null: not said. Pools themselves are in `global`, always. */
  region: Type.Union([Type.String(), Type.Null()]),
  /** Of the service account's access tokens. Null: not asked for, Google's own default of 3600 s applies. */
  tokenLifetimeSeconds: Type.Union([Type.Integer(), Type.Null()]),
})
export type GoogleExchange = Static<typeof GoogleExchange>

const Exchanges = {
  aws: Type.Union([AwsExchange, Type.Null()]),
  azure: Type.Union([AzureExchange, Type.Null()]),
  google: Type.Union([GoogleExchange, Type.Null()]),
}

/** Absent (null in the spec) without an `oidc` block and an audience of the stack's: then the job holds no token at all. */
export const JobIdentity = Type.Object({
  issuerUrl: Type.String(),
  subject: Type.String(),
  /** Of exchanges, and of the token that a job is given unasked. Null: there is no `oidc` block, and so neither. */
  audience: Type.Union([Type.String(), Type.Null()]),
  /** The job itself gets no token for `audience`: what it may have of the clouds, its supervisor exchanged. */
  withheld: Type.Boolean(),
  /** False: the job is given credentials as they are, and none that could be renewed. */
  renew: Type.Boolean(),
  /** For whom the job may ask for a token besides. */
  audiences: Type.Array(Type.String()),
  ...Exchanges,
  /** Further identities, beside the one above. */
  named: Type.Array(Type.Object({ name: Type.String(), ...Exchanges })),
  /** The saved `oidc` object as JSON text, for PULUMI_DEPLOY_OIDC_CONFIG; null without one. */
  configJson: Type.Union([Type.String(), Type.Null()]),
})
export type JobIdentity = Static<typeof JobIdentity>
export type NamedIdentity = JobIdentity['named'][number]

export const JobSpec = Type.Object({
  deploymentId: Type.String(),
  version: Type.Integer(),
  organization: Type.String(),
  project: Type.String(),
  stack: Type.String(),
  operation: Operation,
  /** What `pulumi` in the job logs in to; equal to what people use, for the state names it. */
  backendUrl: Type.String(),
  consoleUrl: Type.String(),
  /** PULUMI_ACCESS_TOKEN of the job: this stack's state and secrets, while the lease lives. */
  stackToken: Type.String(),
  timeoutSeconds: Type.Integer(),
  /** Null: the program is in the executor image. */
  source: Type.Union([GitSource, Type.Null()]),
  /** That it previews or is a review stack of, for PULUMI_PR_NUMBER. */
  pullRequestNumber: Type.Union([Type.Integer(), Type.Null()]),
  /** Of a review stack: the name of the stack it was made after, whose config file is taken where it has none. */
  templateStack: Type.Optional(Type.String()),
  preRunCommands: Type.Array(Type.String()),
  environment: Type.Array(Type.Object({ name: Type.String(), value: Type.String(), secret: Type.Boolean() })),
  skipInstallDependencies: Type.Boolean(),
  /** Program that runs pre-run commands, `bash` by default. */
  shell: Type.String(),
  executorImage: Type.Union([ExecutorImage, Type.Null()]),
  /** Null: the settings do not ask for a cache. */
  cache: Type.Union([JobCache, Type.Null()]),
  identity: Type.Union([JobIdentity, Type.Null()]),
})
export type JobSpec = Static<typeof JobSpec>

export const Claim = Type.Object({ jobToken: Type.String(), lease: LeaseTimes, job: JobSpec })
export type Claim = Static<typeof Claim>

/** Answer of start and beat. `cancelRequested` is repeated here for a supervisor whose long poll was cut. */
export const BeatAnswer = Type.Object({ lease: LeaseTimes, cancelRequested: Type.Boolean() })
export type BeatAnswer = Static<typeof BeatAnswer>

/** `GET JOB_CANCELLATION_PATH?waitSeconds=25`: held open until a cancel or the end of the wait. */
export const CancellationAnswer = Type.Object({ cancelRequested: Type.Boolean() })
export type CancellationAnswer = Static<typeof CancellationAnswer>

/** `POST JOB_STEP_PATH`: begins or ends a log step. Idempotent. Steps count from 0. Answer 204. */
export const StepReport = Type.Object(
  {
    step: Type.Integer({ minimum: 0, maximum: 10_000 }),
    name: Type.String({ minLength: 1, maxLength: 200 }),
    status: Type.Union([Type.Literal('running'), Type.Literal('succeeded'), Type.Literal('failed')]),
  },
  { additionalProperties: false },
)
export type StepReport = Static<typeof StepReport>

/** `POST JOB_LOG_PATH`: appends at `offset`, the number of lines the step already has. Repeating is harmless. */
export const LogAppend = Type.Object(
  {
    step: Type.Integer({ minimum: 0, maximum: 10_000 }),
    offset: Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 }),
    lines: Type.Array(
      Type.Object(
        {
          /** RFC 3339, by the runner's clock. */
          timestamp: Type.String(),
          /** With its newline. */
          line: Type.String({ maxLength: 100_000 }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 1000 },
    ),
  },
  { additionalProperties: false },
)
export type LogAppend = Static<typeof LogAppend>
export const LogAppendAnswer = Type.Object({ nextOffset: Type.Integer() })
export type LogAppendAnswer = Static<typeof LogAppendAnswer>

/**
 * `POST JOB_ID_TOKEN_PATH`: a fresh token for each call, recorded before it is answered.
 * `exchange` lives 5 minutes and stays with the supervisor; `job` lives 15 and is put into the job.
 */
export const IdTokenRequest = Type.Object(
  {
    purpose: Type.Union([Type.Literal('exchange'), Type.Literal('job')]),
    /** Absent: the organization's, which only a stack with an `oidc` block has. */
    audience: Type.Optional(Type.String({ minLength: 1, maxLength: 600 })),
    /** Who is asked with it: session tags are for AWS alone. */
    cloud: Type.Optional(Type.Literal('aws')),
  },
  { additionalProperties: false },
)
export type IdTokenRequest = Static<typeof IdTokenRequest>
export const IdTokenAnswer = Type.Object({
  token: Type.String(),
  subject: Type.String(),
  audience: Type.String(),
  lifetimeSeconds: Type.Integer(),
  /** RFC 3339, by the server's clock, for showing only. */
  expiresAt: Type.String(),
})
export type IdTokenAnswer = Static<typeof IdTokenAnswer>

/**
 * `POST JOB_SOURCE_CREDENTIAL_PATH`: what the job's own source is fetched with, where `authFromHost` says so. Short-lived
 * where the host can, and never put into the job's environment. Null: it is fetched without. 503: the host could not be
 * asked, ask again.
 */
export const SourceCredential = Type.Object({ auth: Type.Union([GitAuth, Type.Null()]) })
export type SourceCredential = Static<typeof SourceCredential>

/**
 * `POST JOB_FINGERPRINTS_PATH`: by what the server recognizes credentials in engine events and outputs, which the program
 * sends past the runner. The credentials themselves never leave the runner. Answer 204. Repeating is harmless.
 */
export const FingerprintReport = Type.Object(
  {
    /** Of `anchorOf`: odd, 32 bits. */
    multiplier: Type.Integer({ minimum: 1, maximum: 2 ** 32 - 1 }),
    /** Of the HMAC-SHA256s: 32 bytes in hex. */
    key: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    /** One for each form in which a credential may turn up. */
    fingerprints: Type.Array(
      Type.Object(
        {
          anchor: Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1 }),
          /** Of the whole form, in UTF-16 units. */
          length: Type.Integer({ minimum: 16, maximum: 100_000 }),
          /** Of its UTF-8, in hex. */
          mac: Type.String({ pattern: '^[0-9a-f]{64}$' }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 4000 },
    ),
  },
  { additionalProperties: false },
)
export type FingerprintReport = Static<typeof FingerprintReport>

/** `POST JOB_FINISH_PATH`: answer 204. Repeating the same result is harmless. */
export const FinishReport = Type.Object(
  {
    result: Type.Union([Type.Literal('succeeded'), Type.Literal('failed')]),
    /** Why it failed: a stable word and a sentence that says what to do. */
    failure: Type.Union([
      Type.Object({ code: Type.String({ pattern: '^[a-z][a-z0-9_]*$' }), message: Type.String() }),
      Type.Null(),
    ]),
  },
  { additionalProperties: false },
)
export type FinishReport = Static<typeof FinishReport>
