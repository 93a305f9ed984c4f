/**
 * Exchanges a deployment's token for a session of an AWS role: one `AssumeRoleWithWebIdentity`, with a fresh token
 * for each try, in the runner and outside the job.
 *
 * A refusal is not tried again; what AWS itself calls temporary is.
 */
import type { AwsExchange, IdTokenAnswer, JobIdentity } from '@daypass/contract/job-protocol.ts'
import { parseRoleArn } from '@daypass/trust/aws/arn.ts'
import { renderSessionName, type SessionNameValues } from '@daypass/trust/aws/session-name.ts'
import { readCredentials, readError, type StsCredentials } from '@daypass/trust/aws/sts-answer.ts'
import { stsEndpoint } from '@daypass/trust/aws/sts-endpoint.ts'
import { assumeRoleForm } from '@daypass/trust/aws/sts-request.ts'
import { failure } from '../failure.ts'
import {
  type Attempt,
  type ExchangeResult,
  type ExchangeServices,
  exchangeToken,
  grantedSeconds,
  noAnswer,
  post,
  refuse,
  refusedAttempt,
  strangeAnswer,
} from './exchange.ts'

export interface AwsCredentials extends StsCredentials {
  /** How long they are good, from when they were asked for. */
  readonly sessionSeconds: number
}

/** What AWS grants when nothing is asked for. */
const DEFAULT_SESSION_SECONDS = 3600

export interface AwsExchangeOptions extends ExchangeServices {
  readonly identity: Pick<JobIdentity, 'issuerUrl'>
  readonly aws: AwsExchange
  readonly names: SessionNameValues
  /** AWS_REGION of the deployment. */
  readonly region: string | undefined
  /** Replaces AWS's own endpoint: a VPC endpoint, or a local cloud. */
  readonly stsUrl: string | undefined
}

export async function assumeAwsRole(options: AwsExchangeOptions): Promise<ExchangeResult<AwsCredentials>> {
  const session = renderSessionName(options.aws.sessionName, options.names)
  if (!session.ok) return refuse(failure('aws_session_name_invalid', session.refusal.sentence))
  const role = parseRoleArn(options.aws.roleArn)
  const endpoint = options.stsUrl ?? (role && stsEndpoint(role.partition, options.region))
  if (!endpoint) {
    return refuse(
      failure(
        'aws_refused',
        `No AWS STS endpoint is known for ${JSON.stringify(options.aws.roleArn)}; check the ARN of the role.`,
      ),
    )
  }
  options.say(`Role ${options.aws.roleArn}, session name ${session.sessionName}, asking ${endpoint}`)
  const unasked = failure('aws_unreachable', `AWS STS at ${endpoint} could not be asked.`)
  return exchangeToken(options, unasked, (token) => ask(options, endpoint, session.sessionName, token))
}

async function ask(
  options: AwsExchangeOptions,
  endpoint: string,
  sessionName: string,
  token: IdTokenAnswer,
): Promise<Attempt<AwsCredentials>> {
  const who = `AWS STS at ${endpoint}`
  const form = assumeRoleForm({ ...options.aws, sessionName, token: token.token })
  const reply = await post(options, endpoint, { accept: 'text/xml' }, form)
  if (typeof reply === 'string') return noAnswer('aws_unreachable', who, reply)
  const credentials = reply.status === 200 ? readCredentials(reply.text) : undefined
  if (credentials) {
    const { secretAccessKey, sessionToken, accessKeyId } = credentials
    for (const secret of [secretAccessKey, sessionToken, accessKeyId]) options.hide(secret)
    const asked = options.aws.durationSeconds ?? DEFAULT_SESSION_SECONDS
    const sessionSeconds = grantedSeconds(asked, credentials.expiresAt, reply.headers)
    return { kind: 'granted', granted: { ...credentials, sessionSeconds } }
  }
  const error = readError(reply.text)
  if (!error) return strangeAnswer('aws_unreachable', who, reply.status)

  const { explainRefusal } = await import('./aws-refusal.ts')
  const { roleArn } = options.aws
  const { issuerUrl } = options.identity
  const explained = explainRefusal(error, reply.headers, { roleArn, issuerUrl, token })
  return refusedAttempt('aws_refused', reply, token, explained)
}
