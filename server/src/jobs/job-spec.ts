/**
 * What a job is told about itself, once, in the answer to the claim: names, source, commands and environment in
 * clear. The only place where a deployment's secrets are opened.
 */
import type { JobIdentity, JobSpec } from '@daypass/contract/job-protocol.ts'
import { subjectOf } from '@daypass/trust/subject.ts'
import { cacheOf, pullRequestOf } from '../deployments/cache.ts'
import type { ClaimedDeployment } from '../deployments/claim.ts'
import { consoleUrlOf } from '../deployments/deployment.ts'
import { identityOfDeployment } from '../identity/identity.ts'
import { openEnvironment, type SealContext } from '../settings/seal.ts'
import { exchangesOf } from './exchanges.ts'
import { jobImageOf, jobSourceOf } from './job-source.ts'

export interface SpecConfig {
  /** Of the runner that claimed it. */
  readonly poolId: string
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
  const source = await jobSourceOf(context, claimed)
  const image = await jobImageOf(context, settings)
  if (environment === undefined || source === undefined || image === undefined) return undefined
  const templateStack = claimed.git?.templateStack?.split('/').at(-1)
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
    source: source.source,
    pullRequestNumber: claimed.git?.pullRequest ?? pullRequestOf(settings) ?? null,
    ...(templateStack !== undefined && { templateStack }),
    preRunCommands: [...preRunCommands],
    environment: [...environment],
    skipInstallDependencies: options.skipInstallDependencies === true,
    shell: options.shell ?? 'bash',
    executorImage: image.image,
    cache: await cacheOf(context.tx, claimed, config.poolId),
    identity: await identityOf(context, claimed, config),
  }
}

/** Null where it acts as nobody and may ask for nobody: then the job holds no token at all. */
async function identityOf(
  { tx }: SealContext,
  claimed: ClaimedDeployment,
  config: SpecConfig,
): Promise<JobIdentity | null> {
  const { stackId, operation, settings } = claimed
  const saved = settings.operationContext?.oidc
  const acting = await identityOfDeployment(tx, stackId, operation, saved)
  const { oidc, named, withheld, renew, audiences, subjectForm } = acting
  const isSomebody = oidc !== undefined || Object.keys(named).length > 0
  if (!isSomebody && audiences.length === 0) return null
  return {
    issuerUrl: config.issuerUrl,
    subject: subjectOf({ ...claimed, form: subjectForm, stackUuid: stackId }),
    audience: isSomebody ? audienceOf(claimed) : null,
    withheld,
    renew,
    audiences: [...audiences],
    ...exchangesOf(oidc ?? {}),
    named: Object.entries(named).map(([name, block]) => ({ name, ...exchangesOf(block) })),
    configJson: oidc === undefined ? null : JSON.stringify(oidc),
  }
}

/** By default the organization, bare: what Pulumi's own tokens say and its users' trust policies expect. */
export function audienceOf({ organization }: { readonly organization: string }): string {
  return organization
}
