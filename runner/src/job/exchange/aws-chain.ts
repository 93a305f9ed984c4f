/**
 * The rest of a chain of AWS roles: each assumed with the session of the one before, in the runner and outside the job. The
 * session policies and the duration are of the last, for a session that may only read could not assume anything.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
import type { AwsExchange, IdTokenAnswer } from '@daypass/contract/job-protocol.ts'
import { LONGEST_CHAINED_SESSION_SECONDS } from '@daypass/trust/aws/role-chain.ts'
import { readCredentials, readError, type StsCredentials } from '@daypass/trust/aws/sts-answer.ts'
import { assumeNextRoleForm } from '@daypass/trust/aws/sts-request.ts'
import type { AwsCredentials } from './aws.ts'
import {
  type Attempt,
  type CloudReply,
  type ExchangeServices,
  grantedSeconds,
  noAnswer,
  post,
  refusedAttempt,
  strangeAnswer,
} from './exchange.ts'

export interface AwsChainOptions extends Pick<ExchangeServices, 'fetch' | 'interrupt' | 'hide'> {
  readonly aws: AwsExchange
  readonly endpoint: string
  readonly sessionName: string
  readonly token: IdTokenAnswer
}

/** As in errors that a moment later are none. */
const TEMPORARY =
  /^(?:Throttling|ThrottlingException|RequestLimitExceeded|ServiceUnavailable|InternalFailure)$/

/** @param first What the token was exchanged for, and the answer that granted it. */
export async function followChain(
  options: AwsChainOptions,
  first: { readonly credentials: StsCredentials; readonly reply: CloudReply },
): Promise<Attempt<AwsCredentials>> {
  const { aws, endpoint, sessionName } = options
  const { chain = [] } = aws
  const who = `AWS STS at ${endpoint}`
  // By the cloud's own clock: a signature is good for some minutes, and this machine's may be wrong by more.
  const signedAt = new Date(first.reply.headers.get('date') ?? '')
  if (Number.isNaN(signedAt.getTime())) return strangeAnswer('aws_unreachable', who, first.reply.status)
  const asked = Math.min(
    aws.durationSeconds ?? LONGEST_CHAINED_SESSION_SECONDS,
    LONGEST_CHAINED_SESSION_SECONDS,
  )
  let credentials = first.credentials
  let sessionSeconds = 0
  for (const [at, link] of chain.entries()) {
    const isLast = at === chain.length - 1
    const caller = at === 0 ? aws.roleArn : (chain[at - 1]?.roleArn ?? '')
    const form = assumeNextRoleForm({
      ...link,
      sessionName,
      durationSeconds: isLast ? asked : null,
      policyArns: isLast ? aws.policyArns : [],
    })
    const reply = await postSigned(options, form, credentials, signedAt)
    if (typeof reply === 'string') return noAnswer('aws_unreachable', who, reply)
    const granted = reply.status === 200 ? readCredentials(reply.text) : undefined
    if (!granted) return refusedLink(options, reply, { role: link.roleArn, caller, place: at + 2 })
    for (const secret of [granted.secretAccessKey, granted.sessionToken, granted.accessKeyId])
      options.hide(secret)
    credentials = granted
    sessionSeconds = grantedSeconds(asked, granted.expiresAt, reply.headers)
  }
  return { kind: 'granted', granted: { ...credentials, sessionSeconds } }
}

async function postSigned(
  options: AwsChainOptions,
  form: URLSearchParams,
  credentials: StsCredentials,
  signedAt: Date,
): Promise<CloudReply | string> {
  const { AwsV4Signer } = await import('aws4fetch')
  const signer = new AwsV4Signer({
    method: 'POST',
    url: options.endpoint,
    headers: { accept: 'text/xml', 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
    service: 'sts',
    region: regionOf(options.endpoint),
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
    sessionToken: credentials.sessionToken,
    datetime: signedAt.toISOString().replaceAll(/[:-]|\.\d{3}/g, ''),
  })
  const { headers } = await signer.sign()
  return post(options, options.endpoint, Object.fromEntries(headers), form)
}

/** Of AWS's own endpoints it stands in the name; whoever stands in for one takes any. */
function regionOf(endpoint: string): string {
  return /^sts\.([a-z0-9-]+)\./.exec(new URL(endpoint).hostname)?.[1] ?? 'us-east-1'
}

async function refusedLink(
  { endpoint, token }: AwsChainOptions,
  reply: CloudReply,
  link: { readonly role: string; readonly caller: string; readonly place: number },
): Promise<Attempt<never>> {
  const error = readError(reply.text)
  if (!error) return strangeAnswer('aws_unreachable', `AWS STS at ${endpoint}`, reply.status)
  const { explainLink } = await import('./aws-refusal.ts')
  const { sentence, mend } = explainLink(link, error, reply.headers)
  return refusedAttempt('aws_refused', reply, token, {
    message: `${sentence} ${mend}`,
    lines: [sentence, `What to change: ${mend}`],
    retryable: TEMPORARY.test(error.code),
    isAboutTime: false,
  })
}
