/**
 * One deployment from claim to end: the ordered list of its steps, and its endings (succeeded, failed, stopped).
 *
 * Owns the order and what each ending reports. Does not own how a step works (`steps/`), where it runs (`launch/`)
 * or when it must stop (`supervise.ts`).
 */
import type { Claim, JobSpec } from '@daypass/contract/job-protocol.ts'
import type { JobToken } from '@daypass/contract/tokens.ts'
import { type PoolPlane, untilAnswered } from '../control-plane.ts'
import type { DependencyCache } from '../dependency-cache.ts'
import type { Job, JobUser, Launcher } from '../launch/launcher.ts'
import type { WorkFolder } from '../work-folder.ts'
import { createJobBroker } from './broker/job-broker.ts'
import type { Findings, JobContext, JobServices, JobSettings, Step } from './context.ts'
import { type Failure, failure } from './failure.ts'
import { newFingerprintKey } from './fingerprints.ts'
import { secretsOf } from './git/fetch-script.ts'
import { openStepTokens } from './identity.ts'
import { type JobLog, openJobLog } from './log.ts'
import { createRedactor, type Redactor } from './redact.ts'
import { runStep } from './run-step.ts'
import { restoreCache, saveCache } from './steps/cache.ts'
import { installDependencies } from './steps/dependencies.ts'
import { fetchCredentials } from './steps/fetch-credentials.ts'
import { getSource } from './steps/get-source.ts'
import { preRunCommand } from './steps/pre-run.ts'
import { pulumiStepName, runPulumi } from './steps/pulumi.ts'
import { setup } from './steps/setup.ts'
import { takeConfig } from './steps/take-config.ts'
import { supervise } from './supervise.ts'

/** How long a finished job waits for the server to take its result. */
const FINISH_PATIENCE_SECONDS = 60

export interface RunDeploymentOptions {
  readonly plane: PoolPlane
  readonly launcher: Launcher
  /** Why the job cannot run on this runner. */
  readonly refusal: string | undefined
  readonly workFolder: WorkFolder
  readonly user: JobUser
  readonly dependencyCache: DependencyCache | undefined
  readonly settings: JobSettings
  readonly services: JobServices
  /** The runner's own log. */
  readonly say: (sentence: string) => void
  readonly runnerStop: AbortSignal
  readonly graceSeconds: number
}

/** The whole of a deployment, in order. */
export function stepsOf(spec: JobSpec): readonly (readonly [name: string, run: Step])[] {
  return [
    ['Setup', setup],
    ...(spec.identity ? [['Fetch credentials via OIDC', fetchCredentials] as const] : []),
    ['Get source', getSource],
    ...(hasCache(spec) ? [['Restore cache', restoreCache] as const] : []),
    ...(spec.skipInstallDependencies ? [] : [['Download dependencies', installDependencies] as const]),
    ...(spec.templateStack === undefined ? [] : [['Stack configuration', takeConfig] as const]),
    ...spec.preRunCommands.map(
      (command, index) => [`Pre-run command ${index + 1}`, preRunCommand(command)] as const,
    ),
    [pulumiStepName(spec.operation), runPulumi],
    ...(hasCache(spec) ? [['Save cache', saveCache] as const] : []),
  ]
}

/** Only what we install ourselves is cached: a pre-run command already has credentials, which could get into it. */
function hasCache({ cache, skipInstallDependencies }: JobSpec): boolean {
  return cache !== null && !skipInstallDependencies
}

export async function runDeployment(options: RunDeploymentOptions, claim: Claim): Promise<void> {
  const { say, services } = options
  const { clock } = services
  const { job: spec } = claim
  const plane = options.plane.forJob(claim.jobToken as JobToken)
  const title = `${spec.organization}/${spec.project}/${spec.stack} #${spec.version} (${spec.operation})`
  const report = (sentence: string): void => say(`${title}: ${sentence}`)

  const leaseFrom = clock()
  const patience = AbortSignal.timeout(claim.lease.leaseSeconds * 1000)
  const [started, folder] = await Promise.all([
    untilAnswered(() => plane.start(patience), patience, services.pause),
    options.workFolder.createJob(options.user).catch((error: unknown) => String(error)),
  ])
  if (typeof folder === 'string') {
    const message = `The runner could not make a folder for the job: ${folder}`
    report(message)
    await plane.finish({ result: 'failed', failure: failure('sandbox_failed', message) }, patience)
    return
  }
  const removeFolder = async (): Promise<void> => {
    if (!(await options.workFolder.removeJob(folder)))
      report(`its folder ${folder.path} could not be removed; remove it.`)
  }
  if (started.kind !== 'ok') {
    report(`not started: ${started.kind === 'away' ? started.reason : started.sentence}`)
    await removeFolder()
    return
  }
  say(`${title}: started.`)

  const supervision = supervise({
    plane,
    lease: started.value.lease,
    leaseFrom,
    timeoutSeconds: spec.timeoutSeconds,
    cancelRequested: started.value.cancelRequested,
    runnerStop: options.runnerStop,
    pause: services.pause,
    clock,
    report,
    graceSeconds: options.graceSeconds,
  })
  const { redactor, tooLarge } = redactorFor(claim, options.settings)
  const refusal =
    options.refusal === undefined ? tooLarge : failure('executor_image_not_supported', options.refusal)
  const over = supervision.leaseLost
  const log = openJobLog({ plane, redactor, now: services.now, pause: services.pause, report, over })
  const job: Job = { folder, user: options.user, network: 'host' }
  const findings: Findings = {
    aws: undefined,
    awsSession: undefined,
    azureTokens: undefined,
    googleSession: undefined,
    broker: undefined,
    awsProfiles: new Map(),
    stepLog: undefined,
    programFolder: '',
    runtime: { name: '', options: {} },
    dependencies: undefined,
    toolVersion: undefined,
    cache: undefined,
    published: new Map(),
  }
  const { identity } = spec
  const tokens =
    identity && identity.audience !== null && !identity.withheld
      ? openStepTokens({ ...services, plane, job, redactor, report, over })
      : undefined
  const broker =
    identity &&
    createJobBroker({
      ...options,
      ...services,
      identity,
      plane,
      redactor,
      report,
      over,
      findings,
      interrupt: supervision.interrupt,
      relayEnded: (how) => supervision.stop(relayFailure(how)),
    })
  const context: JobContext = {
    spec,
    settings: options.settings,
    services,
    plane,
    launcher: options.launcher,
    job,
    paths: options.launcher.paths(folder),
    redactor,
    fingerprintKey: newFingerprintKey(services.randomBytes),
    supervision,
    tokens,
    broker: broker ?? undefined,
    findings,
    dependencyCache: options.dependencyCache,
  }
  try {
    const failed = refusal ? refuseAtSetup(refusal, log) : await runSteps(context, log)
    tokens?.close()
    await log.flush()
    await finish(context, failed, report)
  } finally {
    tokens?.close()
    findings.awsSession?.close()
    findings.azureTokens?.close()
    findings.googleSession?.close()
    await broker?.close()
    supervision.close()
    await context.findings.cache?.archive?.drop()
    await removeFolder()
  }
}

async function runSteps(context: JobContext, log: JobLog): Promise<Failure | undefined> {
  const { supervision } = context
  for (const [name, run] of stepsOf(context.spec)) {
    if (supervision.interrupt.aborted) return supervision.ending()
    const stepLog = log.beginStep(name)
    context.findings.stepLog = stepLog
    const failed = await attempt(name, run, context, stepLog)
    context.findings.stepLog = undefined
    // Why it was stopped says more than how the program took it.
    const why = supervision.ending() ?? failed
    if (failed && failed === why) stepLog.say(failed.message)
    stepLog.end(why ? 'failed' : 'succeeded')
    if (why) return why
  }
  return undefined
}

/** Whoever listens at its address next, a program would believe. */
function relayFailure(how: string): Failure {
  return failure(
    'sandbox_failed',
    `The relay by which programs ask for tokens and credentials is gone (${how}), so the deployment was stopped.`,
  )
}

/** Nothing may run that could print what is not hidden. */
function refuseAtSetup(why: Failure, log: JobLog): Failure {
  const stepLog = log.beginStep('Setup')
  stepLog.say(why.message)
  stepLog.end('failed')
  return why
}

/** A step that throws is a fault of the runner; the deployment ends as failed all the same, at once. */
async function attempt(
  name: string,
  run: Step,
  context: JobContext,
  log: ReturnType<JobLog['beginStep']>,
): Promise<Failure | undefined> {
  const { launcher, job, supervision } = context
  try {
    return await run({
      ...context,
      log,
      run: (step, timeout) => runStep({ launcher, job, log, supervision }, step, timeout),
    })
  } catch (error) {
    return failure('sandbox_failed', `The runner could not do the step "${name}": ${String(error)}`)
  }
}

async function finish(
  { plane, services, supervision, redactor }: JobContext,
  failed: Failure | undefined,
  report: (sentence: string) => void,
): Promise<void> {
  const result = {
    result: failed ? ('failed' as const) : ('succeeded' as const),
    failure: failed ? { code: failed.code, message: redactor.redact(failed.message) } : null,
  }
  report(failed ? `failed: ${result.failure?.message}` : 'succeeded.')
  if (supervision.leaseTaken()) return
  // After a silence too: a server that was away extends the lease of whoever it had before, and learns the end here.
  const patience = AbortSignal.timeout(FINISH_PATIENCE_SECONDS * 1000)
  const answer = await untilAnswered(() => plane.finish(result, patience), patience, services.pause)
  if (answer.kind !== 'ok') {
    report(`its result did not reach the server: ${answer.kind === 'away' ? answer.reason : answer.sentence}`)
  }
}

function redactorFor(
  { job, jobToken }: Claim,
  { forwardedSecrets }: JobSettings,
): { redactor: Redactor; tooLarge: Failure | undefined } {
  const redactor = createRedactor()
  for (const token of [jobToken, job.stackToken, ...forwardedSecrets]) redactor.add(token)
  const hidden = [
    ...[job.executorImage?.credentials?.password ?? []]
      .flat()
      .map((value) => ['the registry credentials', value] as const),
    ...secretsOf(job.source?.auth ?? null).map((value) => ['the Git credentials', value] as const),
    ...job.environment
      .filter(({ secret }) => secret)
      .map(({ name, value }) => [`the secret ${name}`, value] as const),
  ]
  const first = hidden.find(([, value]) => !redactor.addFromUser(value))
  return { redactor, tooLarge: first && tooLarge(first[0]) }
}

function tooLarge(what: string): Failure {
  return failure(
    'secrets_too_large',
    `The runner cannot hide ${what} in the log: all secrets of a deployment together may have about 90,000 characters. Make it smaller, or let the program fetch it from where it is kept.`,
  )
}
