/**
 * `Fetch credentials via OIDC`: exchanges the deployment's token for temporary credentials of each cloud that the
 * stack's `oidc` block names. They stay with the supervisor until the steps that may have them.
 */
import type { Step } from '../context.ts'
import { assumeAwsRole } from '../exchange/aws.ts'
import { mintIdToken } from '../identity.ts'

export const fetchCredentials: Step = async (context) => {
  const { spec, settings, services, supervision, findings, log, plane, redactor } = context
  if (!spec.identity) return undefined
  const { issuerUrl, subject, audience, aws } = spec.identity
  log.say(`Issuer ${issuerUrl}`)
  log.say(`Subject ${subject}`)
  log.say(`Audience ${audience}`)
  if (!aws) {
    log.say('No AWS role is configured; the token itself is given to the program.')
    return undefined
  }
  const result = await assumeAwsRole({
    identity: spec.identity,
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
    stsUrl: settings.awsStsUrl,
    mint: () =>
      mintIdToken({ plane, redactor, pause: services.pause, over: supervision.leaseLost }, 'exchange'),
    fetch: services.fetch,
    pause: services.pause,
    say: log.say,
    interrupt: supervision.interrupt,
  })
  if (!result.ok) return result.failure
  const { credentials } = result
  for (const secret of [credentials.secretAccessKey, credentials.sessionToken, credentials.accessKeyId]) {
    redactor.add(secret)
  }
  findings.aws = credentials
  log.say(`AWS credentials valid until ${credentials.expiresAt.toISOString()}`)
  return undefined
}

function awsRegion(environment: readonly { name: string; value: string }[]): string | undefined {
  const value = (name: string): string | undefined =>
    environment.find((variable) => variable.name === name)?.value
  return value('AWS_REGION') ?? value('AWS_DEFAULT_REGION')
}
