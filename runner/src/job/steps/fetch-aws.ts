/**
 * AWS's part of `Fetch credentials via OIDC`. Credentials that outlive the deployment are given to the job as they are;
 * otherwise its programs ask the broker for them, and the supervisor exchanges again before they end.
 */
import type { AwsExchange } from '@daypass/contract/job-protocol.ts'
import { sleepUntil } from '../../pause.ts'
import type { StepContext, StepResult } from '../context.ts'
import { type AwsCredentials, assumeAwsRole } from '../exchange/aws.ts'
import type { ExchangeResult } from '../exchange/exchange.ts'
import { keepSession } from '../exchange/kept-session.ts'
import { exchangeAgain } from './exchange-again.ts'
import type { StepExchangeServices } from './exchange-services.ts'

/** @param name Of a further identity. */
export async function fetchAws(
  context: StepContext,
  services: StepExchangeServices,
  aws: AwsExchange,
  name: string | undefined,
): Promise<StepResult> {
  const { findings, spec, broker } = context
  const firstFrom = context.services.clock()
  const result = await assumeRole(context, services, aws)
  if (!result.ok) return result.failure
  const { granted } = result
  services.say(`AWS credentials valid until ${granted.expiresAt.toISOString()}`)
  if (name === undefined) findings.aws = granted
  else findings.awsProfiles.set(name, granted)
  if (granted.sessionSeconds >= spec.timeoutSeconds) return undefined
  if (spec.identity?.renew === false) {
    services.say(notRenewed('the identity of the stack says so', granted.sessionSeconds, spec.timeoutSeconds))
    return undefined
  }

  if (name !== undefined || !(await broker?.opened())?.ok) {
    const why = name === undefined ? 'they cannot be asked for here' : 'a profile holds them as they are'
    services.say(notRenewed(why, granted.sessionSeconds, spec.timeoutSeconds))
    return undefined
  }
  findings.awsSession = keepSession({
    first: granted,
    firstFrom,
    exchange: (interrupt) =>
      exchangeAgain(context, { cloud: 'AWS', issuerUrl: services.identity.issuerUrl, interrupt }, (again) =>
        assumeRole(context, again, aws),
      ),
    clock: context.services.clock,
    sleep: sleepUntil,
    over: context.supervision.leaseLost,
  })
  services.say(
    `They are renewed while the deployment runs: its programs ask for them at AWS_CONTAINER_CREDENTIALS_FULL_URI. For AWS_ACCESS_KEY_ID and the like, set a "duration" of at least ${minutes(spec.timeoutSeconds)}, the longest that the deployment may take.`,
  )
  return undefined
}

function notRenewed(why: string, sessionSeconds: number, timeoutSeconds: number): string {
  return `These are not renewed: ${why}. They are good for ${minutes(sessionSeconds)}, and the deployment may take ${minutes(timeoutSeconds)}; if it does, set a longer "duration".`
}

function assumeRole(
  { spec, settings }: StepContext,
  services: StepExchangeServices,
  aws: AwsExchange,
): Promise<ExchangeResult<AwsCredentials>> {
  return assumeAwsRole({
    ...services,
    aws,
    names: {
      organization: spec.organization,
      project: spec.project,
      stack: spec.stack,
      operation: spec.operation,
      deploymentVersion: spec.version,
      deploymentId: spec.deploymentId,
    },
    region: awsRegion(spec.environment),
    stsUrl: settings.cloudUrls.awsSts,
  })
}

function awsRegion(environment: readonly { name: string; value: string }[]): string | undefined {
  const value = (name: string): string | undefined =>
    environment.find((variable) => variable.name === name)?.value
  return value('AWS_REGION') ?? value('AWS_DEFAULT_REGION')
}

function minutes(seconds: number): string {
  return `${Math.floor(seconds / 60)} min`
}
