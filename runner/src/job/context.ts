/**
 * What every step of a job is given.
 */
import type { JobSpec } from '@daypass/contract/job-protocol.ts'
import type { JobPlane } from '../control-plane.ts'
import type { Job, JobPaths, Launcher, StepExit, StepProcess } from '../launch/launcher.ts'
import type { Pause } from '../pause.ts'
import type { AwsCredentials } from './exchange/aws.ts'
import type { Failure } from './failure.ts'
import type { StepTokens } from './identity.ts'
import type { StepLog } from './log.ts'
import type { Redactor } from './redact.ts'
import type { Supervision } from './supervise.ts'

/** The runner's settings that reach into jobs. */
export interface JobSettings {
  readonly runnerName: string
  readonly runnerVersion: string
  /** Allows http, local repositories and private addresses as sources. */
  readonly allowInsecureGit: boolean
  readonly awsStsUrl: string | undefined
  readonly gitTimeoutSeconds: number
  /** Content of a known_hosts file; undefined: any host key is accepted. */
  readonly sshKnownHosts: string | undefined
  /** Variables of the runner's own environment that jobs get, by `--forward-env`. */
  readonly forwardedEnvironment: Readonly<Record<string, string>>
}

export interface JobServices {
  readonly fetch: typeof globalThis.fetch
  readonly pause: Pause
  readonly now: () => Date
  /** All addresses of a host, as `dns.lookup` finds them. */
  readonly resolveHost: (host: string) => Promise<readonly string[]>
}

/** What one step leaves for the next. */
export interface Findings {
  aws: AwsCredentials | undefined
  /** Folder of Pulumi.yaml, as the job sees it. */
  programFolder: string
  runtime: string
  /** What pre-run commands wrote to PULUMI_ENV. */
  readonly published: Map<string, string>
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
  readonly supervision: Supervision
  /** Undefined without an `oidc` block: then the job holds no token at all. */
  readonly tokens: StepTokens | undefined
  readonly findings: Findings
}

export interface StepContext extends JobContext {
  readonly log: StepLog
  /** Runs a process of this step to its end, its output into the log, under the job's supervision. */
  run(step: StepProcess, timeout?: AbortSignal): Promise<{ readonly exit: StepExit; readonly facts: string }>
}

/** Undefined: the step succeeded. */
export type StepResult = Failure | undefined
export type Step = (context: StepContext) => Promise<StepResult>
