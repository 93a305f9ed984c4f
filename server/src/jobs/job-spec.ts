/**
 * What a job is told about itself, once, in the answer to the claim: names, source, commands and environment in
 * clear. The only place where a deployment's secrets are opened.
 */
import type { AwsExchange, GitAuth, JobIdentity, JobSpec } from '@daypass/contract/job-protocol.ts'
import { parseAwsSessionDuration } from '@daypass/trust/aws/duration.ts'
import { subjectOf } from '@daypass/trust/subject.ts'
import type { ClaimedDeployment } from '../deployments/claim.ts'
import { consoleUrlOf } from '../deployments/deployment.ts'
import { usableGitAuth } from '../deployments/runnable.ts'
import { originOf } from '../settings/repository-url.ts'
import { openBound, openEnvironment, type SealContext } from '../settings/seal.ts'
import type { StoredSettings, StoredValue } from '../settings/settings.ts'

export interface SpecConfig {
  readonly baseUrl: string
  readonly issuerUrl: string
}

/** Undefined when a secret does not open: the master key is another one than when it was saved. */
export async function jobSpecOf(
  context: SealContext,
  claimed: ClaimedDeployment,
  stackToken: string,
  config: SpecConfig,
): Promise<JobSpec | undefined> {
  const { settings } = claimed
  const environment = await openEnvironment(context, settings)
  const auth = await gitAuthOf(context, settings)
  if (environment === undefined || auth === undefined) return undefined
  const git = settings.sourceContext?.git ?? {}
  const { preRunCommands = [], options = {} } = settings.operationContext ?? {}
  return {
    deploymentId: claimed.id,
    version: claimed.version,
    organization: claimed.organization,
    project: claimed.project,
    stack: claimed.stack,
    operation: claimed.operation,
    backendUrl: config.baseUrl,
    consoleUrl: consoleUrlOf(config.baseUrl, claimed, claimed.version),
    stackToken,
    timeoutSeconds: claimed.timeoutSeconds,
    source: {
      repoUrl: git.repoUrl ?? '',
      branch: git.branch ?? null,
      commit: git.commit ?? null,
      repoDir: git.repoDir ?? '',
      auth: auth.gitAuth,
    },
    preRunCommands: [...preRunCommands],
    environment: [...environment],
    skipInstallDependencies: options.skipInstallDependencies === true,
    shell: options.shell ?? 'bash',
    executorImage: settings.executorContext?.executorImage?.reference ?? null,
    identity: identityOf(claimed, config),
  }
}

async function gitAuthOf(
  context: SealContext,
  settings: StoredSettings,
): Promise<{ readonly gitAuth: GitAuth | null } | undefined> {
  const { gitAuth, repoUrl = '' } = settings.sourceContext?.git ?? {}
  const origin = originOf(repoUrl)
  const way = usableGitAuth(settings)
  if (gitAuth === undefined || way === 'none' || way === 'none-fits') return { gitAuth: null }
  /** Undefined also for a credential of another origin, which `seal` does not let in: here it is the last gate. */
  const open = async (value: StoredValue | undefined): Promise<string | undefined> => {
    if (value === undefined || typeof value === 'string') return value
    const opened = await openBound(context, 'git', value.ciphertext)
    return opened?.origin === origin ? opened?.value : undefined
  }
  if (way === 'accessToken') {
    const token = await open(gitAuth.accessToken)
    return token === undefined ? undefined : { gitAuth: { kind: 'token', token } }
  }
  if (way === 'basicAuth') {
    const username = await open(gitAuth.basicAuth?.userName)
    const password = await open(gitAuth.basicAuth?.password)
    if (username === undefined || password === undefined) return undefined
    return { gitAuth: { kind: 'basic', username, password } }
  }
  const privateKey = await open(gitAuth.sshAuth?.sshPrivateKey)
  const passphrase = await open(gitAuth.sshAuth?.password)
  if (privateKey === undefined) return undefined
  if (passphrase === undefined && gitAuth.sshAuth?.password !== undefined) return undefined
  return { gitAuth: { kind: 'ssh', privateKey, passphrase: passphrase ?? null } }
}

/** Null without an `oidc` block: then the job holds no token at all. */
function identityOf(claimed: ClaimedDeployment, config: SpecConfig): JobIdentity | null {
  const oidc = claimed.settings.operationContext?.oidc
  if (oidc === undefined) return null
  return {
    issuerUrl: config.issuerUrl,
    subject: subjectOf(claimed),
    audience: audienceOf(claimed),
    aws: oidc.aws === undefined ? null : awsExchangeOf(oidc.aws),
    configJson: JSON.stringify(oidc),
  }
}

/** By default the organization, bare: what Pulumi's own tokens say and its users' trust policies expect. */
export function audienceOf({ organization }: { readonly organization: string }): string {
  return organization
}

function awsExchangeOf(
  aws: NonNullable<NonNullable<StoredSettings['operationContext']>['oidc']>['aws'] & object,
): AwsExchange {
  const duration = aws.duration === undefined ? undefined : parseAwsSessionDuration(aws.duration)
  return {
    roleArn: aws.roleArn,
    sessionName: aws.sessionName,
    durationSeconds: duration?.ok ? duration.seconds : null,
    policyArns: [...(aws.policyArns ?? [])],
  }
}
