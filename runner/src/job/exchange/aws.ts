/**
 * Exchanges a deployment's token for a session of an AWS role: one `AssumeRoleWithWebIdentity`, with a fresh token
 * for each try, in the runner and outside the job.
 *
 * A refusal is not tried again; what AWS itself calls temporary is.
 */

import type { AwsExchange, IdTokenAnswer, JobIdentity } from '@daypass/contract/job-protocol.ts'
import { parseRoleArn } from '@daypass/trust/aws/arn.ts'
import { renderSessionName, type SessionNameValues } from '@daypass/trust/aws/session-name.ts'
import type { Answer } from '../../control-plane.ts'
import type { Pause } from '../../pause.ts'
import { type Failure, failure } from '../failure.ts'
import { identityFailure } from '../identity.ts'
import { type AwsCredentials, readCredentials, readError } from './aws-answer.ts'
import { stsEndpoint } from './aws-endpoint.ts'

export type { AwsCredentials } from './aws-answer.ts'

const TRIES = 5
const CALL_TIMEOUT_MS = 20_000
const LONGEST_ANSWER = 200_000

export interface AwsExchangeOptions {
  readonly identity: JobIdentity
  readonly aws: AwsExchange
  readonly names: SessionNameValues
  /** AWS_REGION of the deployment. */
  readonly region: string | undefined
  /** Replaces AWS's own endpoint: a VPC endpoint, or a local cloud. */
  readonly stsUrl: string | undefined
  readonly mint: () => Promise<Answer<IdTokenAnswer>>
  readonly fetch: typeof globalThis.fetch
  readonly pause: Pause
  readonly say: (sentence: string) => void
  readonly interrupt: AbortSignal
}

export type AwsExchangeResult =
  | { readonly ok: true; readonly credentials: AwsCredentials }
  | { readonly ok: false; readonly failure: Failure }

export async function assumeAwsRole(options: AwsExchangeOptions): Promise<AwsExchangeResult> {
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

  let last: Failure = failure('aws_unreachable', `AWS STS at ${endpoint} could not be asked.`)
  for (let attempt = 0; attempt < TRIES && !options.interrupt.aborted; attempt += 1) {
    if (attempt > 0) {
      options.say(`Trying again: ${last.message}`)
      await options.pause(attempt + 2, options.interrupt)
    }
    const token = await options.mint()
    if (token.kind !== 'ok') return refuse(identityFailure(token))
    const outcome = await ask(options, endpoint, session.sessionName, token.value)
    if (outcome.kind === 'credentials') return { ok: true, credentials: outcome.credentials }
    last = outcome.failure
    if (outcome.kind === 'refused') {
      for (const line of outcome.lines) options.say(line)
      return refuse(last)
    }
  }
  options.say(last.message)
  return refuse(last)
}

type Outcome =
  | { readonly kind: 'credentials'; readonly credentials: AwsCredentials }
  | { readonly kind: 'refused'; readonly failure: Failure; readonly lines: readonly string[] }
  | { readonly kind: 'later'; readonly failure: Failure }

async function ask(
  options: AwsExchangeOptions,
  endpoint: string,
  sessionName: string,
  token: IdTokenAnswer,
): Promise<Outcome> {
  let status: number
  let body: string
  let headers: Headers
  try {
    const response = await options.fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/xml' },
      body: requestForm(options.aws, sessionName, token.token),
      redirect: 'error',
      signal: AbortSignal.any([options.interrupt, AbortSignal.timeout(CALL_TIMEOUT_MS)]),
    })
    status = response.status
    headers = response.headers
    body = (await response.text()).slice(0, LONGEST_ANSWER)
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const reason = cause instanceof Error ? cause.message : String(cause)
    return later(`AWS STS at ${endpoint} does not answer (${reason}); check that the runner can reach it.`)
  }
  const credentials = status === 200 ? readCredentials(body) : undefined
  if (credentials) return { kind: 'credentials', credentials }
  const error = readError(body)
  if (!error)
    return later(`AWS STS at ${endpoint} answered ${status} without an error that this runner knows.`)

  const { explainRefusal } = await import('./aws-refusal.ts')
  const { roleArn } = options.aws
  const { message, lines, retryable } = explainRefusal(error, headers, {
    roleArn,
    issuerUrl: options.identity.issuerUrl,
    token,
  })
  if (retryable || status >= 500) return later(message, 'aws_refused')
  return { kind: 'refused', failure: failure('aws_refused', message), lines }
}

function requestForm(aws: AwsExchange, sessionName: string, token: string): URLSearchParams {
  const form = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: aws.roleArn,
    RoleSessionName: sessionName,
    WebIdentityToken: token,
  })
  if (aws.durationSeconds !== null) form.set('DurationSeconds', String(aws.durationSeconds))
  aws.policyArns.forEach((arn, index) => {
    form.set(`PolicyArns.member.${index + 1}.arn`, arn)
  })
  return form
}

function later(message: string, code: 'aws_refused' | 'aws_unreachable' = 'aws_unreachable'): Outcome {
  return { kind: 'later', failure: failure(code, message) }
}

function refuse(failed: Failure): AwsExchangeResult {
  return { ok: false, failure: failed }
}
