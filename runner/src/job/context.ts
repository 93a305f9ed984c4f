/**
 * What every step of a job is given.
 */
import type { JobSpec } from '@daypass/contract/job-protocol.ts'
import type { JobPlane } from '../control-plane.ts'
import type { DependencyCache, IncomingArchive } from '../dependency-cache.ts'
import type { Job, JobPaths, Launcher, StepExit, StepProcess } from '../launch/launcher.ts'
import type { Pause } from '../pause.ts'
import type { BrokerAddress } from './broker/broker.ts'
import type { JobBroker } from './broker/job-broker.ts'
import type { Choice } from './dependencies/choose.ts'
import type { AwsCredentials } from './exchange/aws.ts'
import type { AzureTokens } from './exchange/azure-tokens.ts'
import type { AccessToken } from './exchange/exchange.ts'
import type { KeptSession } from './exchange/kept-session.ts'
import type { Failure } from './failure.ts'
import type { FingerprintKey } from './fingerprints.ts'
import type { StepTokens } from './identity.ts'
import type { StepLog } from './log.ts'
import type { Redactor } from './redact.ts'
import type { Runtime } from './steps/project-runtime.ts'
import type { Supervision } from './supervise.ts'

/** The runner's settings that reach into jobs. */
export interface JobSettings {
  readonly runnerName: string
  readonly runnerVersion: string
  /** Allows http, local repositories and private addresses as sources. */
  readonly allowInsecureGit: boolean
  readonly cloudUrls: CloudUrls
  readonly gitTimeoutSeconds: number
  /** Content of a known_hosts file; undefined: any host key is accepted. */
  readonly sshKnownHosts: string | undefined
  /** Variables that every step of every job has: `--forward-env`, the proxy, certificate authorities. */
  readonly forwardedEnvironment: Readonly<Record<string, string>>
  /** What in them must not be seen in a log. */
  readonly forwardedSecrets: readonly string[]
  /** The proxy, and not this machine, finds out the addresses of hosts. */
  readonly usesProxy: boolean
}

/** Where tokens are exchanged instead of at the clouds' own addresses: through private endpoints, or at local clouds. */
export interface CloudUrls {
  readonly awsSts: string | undefined
  /** As all that paths are appended to, without a slash at its end. */
  readonly azureAuthority: string | undefined
  readonly googleSts: string | undefined
  readonly googleIam: string | undefined
}

export interface JobServices {
  readonly fetch: typeof globalThis.fetch
  readonly pause: Pause
  readonly now: () => Date
  /** Milliseconds that only go forward. */
  readonly clock: () => number
  readonly randomBytes: (count: number) => Buffer
  /** All addresses of a host, as `dns.lookup` finds them. */
  readonly resolveHost: (host: string) => Promise<readonly string[]>
}

/** What one step leaves for the next. */
export interface Findings {
  aws: AwsCredentials | undefined
  /** Renewed, and asked for at the broker; then `aws` is not given to the job. */
  awsSession: KeptSession<AwsCredentials> | undefined
  /** Of a job that may not have the token itself: asked for at the broker. */
  azureTokens: AzureTokens | undefined
  googleSession: KeptSession<AccessToken> | undefined
  /** Where programs ask; undefined without an identity, and where it could not be opened. */
  broker: BrokerAddress | undefined
  /** Of further identities, by name. */
  readonly awsProfiles: Map<string, AwsCredentials>
  /** Of the step that runs, for what the supervisor has to say meanwhile. */
  stepLog: StepLog | undefined
  /** Folder of Pulumi.yaml, as the job sees it. */
  programFolder: string
  runtime: Runtime
  /** How its dependencies are installed; undefined until somebody looked. */
  dependencies: Choice | Failure | undefined
  /** What the tool that installs them says about itself. */
  toolVersion: string | undefined
  cache: CacheUse | undefined
  /** What pre-run commands wrote to PULUMI_ENV. */
  readonly published: Map<string, string>
}

/** What became of the cache in this job. */
export interface CacheUse {
  readonly store: DependencyCache
  readonly key: string
  readonly restored: boolean
  /** Packed, and kept if the update succeeds. */
  readonly archive?: IncomingArchive
  /** Why nothing was packed. */
  readonly why?: string
}

export interface JobContext {
  readonly spec: JobSpec
  readonly settings: JobSettings
  readonly services: JobServices
  readonly plane: JobPlane
  readonly launcher: Launcher
  readonly job: Job
  readonly paths: JobPaths
  readonly redactor: Redactor
  readonly fingerprintKey: FingerprintKey
  readonly supervision: Supervision
  /** Undefined without an `oidc` block: then the job is given no token unasked. */
  readonly tokens: StepTokens | undefined
  /** Undefined without an identity. */
  readonly broker: JobBroker | undefined
  readonly findings: Findings
  /** Undefined: this runner keeps none. */
  readonly dependencyCache: DependencyCache | undefined
}

export interface StepContext extends JobContext {
  readonly log: StepLog
  /** Runs a process of this step to its end, its output into the log, under the job's supervision. */
  run(step: StepProcess, timeout?: AbortSignal): Promise<{ readonly exit: StepExit; readonly facts: string }>
}

/** Undefined: the step succeeded. */
export type StepResult = Failure | undefined
export type Step = (context: StepContext) => Promise<StepResult>
