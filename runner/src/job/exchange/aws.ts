/**
 * Exchanges a deployment's token for a session of an AWS role: one `AssumeRoleWithWebIdentity`, with a fresh token
 * for each try, in the runner and outside the job. Further roles are assumed from there (`aws-chain.ts`).
 *
 * A refusal is not tried again; what AWS itself calls temporary is.
 */
import type { AwsExchange, IdTokenAnswer, JobIdentity } from '@daypass/contract/job-protocol.ts'
import { parseRoleArn } from '@daypass/trust/aws/arn.ts'
import { SHORTEST_AWS_SESSION_SECONDS } from '@daypass/trust/aws/duration.ts'
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
  const roles = [options.aws.roleArn, ...(options.aws.chain ?? []).map(({ roleArn }) => roleArn)]
  options.say(`Role ${roles.join(', then ')}, session name ${session.sessionName}, asking ${endpoint}`)
  const unasked = failure('aws_unreachable', `AWS STS at ${endpoint} could not be asked.`)
  const services = { ...options, mint: () => options.mint('aws') }
  return exchangeToken(services, unasked, (token) => ask(options, endpoint, session.sessionName, token))
}

async function ask(
  options: AwsExchangeOptions,
  endpoint: string,
  sessionName: string,
  token: IdTokenAnswer,
): Promise<Attempt<AwsCredentials>> {
  const who = `AWS STS at ${endpoint}`
  const { aws } = options
  const isChained = aws.chain !== undefined && aws.chain.length > 0
  const form = assumeRoleForm({
    ...aws,
    sessionName,
    token: token.token,
    // Of a chain it is only the way to the next role.
    ...(isChained && { durationSeconds: SHORTEST_AWS_SESSION_SECONDS, policyArns: [] }),
  })
  const reply = await post(options, endpoint, { accept: 'text/xml' }, form)
  if (typeof reply === 'string') return noAnswer('aws_unreachable', who, reply)
  const credentials = reply.status === 200 ? readCredentials(reply.text) : undefined
  if (credentials) {
    const { secretAccessKey, sessionToken, accessKeyId } = credentials
    for (const secret of [secretAccessKey, sessionToken, accessKeyId]) options.hide(secret)
    if (isChained) {
      const { followChain } = await import('./aws-chain.ts')
      return followChain({ ...options, endpoint, sessionName, token }, { credentials, reply })
    }
    const asked = aws.durationSeconds ?? DEFAULT_SESSION_SECONDS
    const sessionSeconds = grantedSeconds(asked, credentials.expiresAt, reply.headers)
    return { kind: 'granted', granted: { ...credentials, sessionSeconds } }
  }
  const error = readError(reply.text)
  if (!error) return strangeAnswer('aws_unreachable', who, reply.status)

  const { explainRefusal } = await import('./aws-refusal.ts')
  const { roleArn } = aws
  const { issuerUrl } = options.identity
  const explained = explainRefusal(error, reply.headers, { roleArn, issuerUrl, token })
  return refusedAttempt('aws_refused', reply, token, explained)
}
