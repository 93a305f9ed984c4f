/**
 * Exchanges a deployment's token at Google: once at the Security Token Service, and once as the service account. Where the
 * job has the token itself, Google's libraries do this for themselves and ours is a trial, so that a wrong setting fails
 * here, with an explanation, and not ten minutes later in a provider.
 *
 * Owns the credential configuration that those libraries are given (AIP-4117).
 *
 * @see https://google.aip.dev/auth/4117
 * @see https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 */
import type { GoogleExchange, IdTokenAnswer, JobIdentity } from '@daypass/contract/job-protocol.ts'
import { jsonObject } from '@daypass/contract/json-object.ts'
import {
  CLOUD_PLATFORM_SCOPE,
  federateForm,
  impersonationUrl,
  JWT_TOKEN_TYPE,
} from '@daypass/trust/google/token-request.ts'
import type { CloudUrls } from '../context.ts'
import { failure } from '../failure.ts'
import {
  type AccessToken,
  type Attempt,
  type CloudReply,
  type ExchangeResult,
  type ExchangeServices,
  exchangeToken,
  grantedSeconds,
  noAnswer,
  post,
  refusedAttempt,
  strangeAnswer,
} from './exchange.ts'

/** What Google grants when nothing is asked for. */
const DEFAULT_LIFETIME_SECONDS = 3600
const JSON_ANSWER = { accept: 'application/json' }

/** Base URLs without a slash at their end. */
export interface GoogleUrls {
  readonly sts: string
  readonly iamCredentials: string
}

export function googleUrls({ googleSts, googleIam }: CloudUrls): GoogleUrls {
  return {
    sts: googleSts ?? 'https://sts.googleapis.com',
    iamCredentials: googleIam ?? 'https://iamcredentials.googleapis.com',
  }
}

export interface GoogleExchangeOptions extends ExchangeServices {
  readonly identity: Pick<JobIdentity, 'issuerUrl'>
  readonly google: GoogleExchange
  readonly urls: GoogleUrls
}

export interface GoogleAccessToken extends AccessToken {
  /** As Google writes it, by its own clock. */
  readonly expiresAt: string
}

export async function requestGoogleToken(
  options: GoogleExchangeOptions,
): Promise<ExchangeResult<GoogleAccessToken>> {
  const { google, urls } = options
  options.say(
    `Google service account ${google.serviceAccount}, provider ${audienceOf(google)}, asking ${urls.sts}`,
  )
  const unasked = failure('google_unreachable', `Google at ${urls.sts} could not be asked.`)
  return exchangeToken(options, unasked, (token) => ask(options, token))
}

/** What Google's libraries read: where the token lies, and what to do with it. Holds no secret. */
export function credentialConfiguration(google: GoogleExchange, urls: GoogleUrls, tokenFile: string): object {
  return {
    type: 'external_account',
    audience: audienceOf(google),
    subject_token_type: JWT_TOKEN_TYPE,
    token_url: tokenUrl(urls),
    service_account_impersonation_url: impersonationUrl(urls.iamCredentials, google.serviceAccount),
    ...(google.tokenLifetimeSeconds !== null && {
      service_account_impersonation: { token_lifetime_seconds: google.tokenLifetimeSeconds },
    }),
    credential_source: { file: tokenFile, format: { type: 'text' } },
  }
}

/**
 * The same for a job that may not have the token: its libraries bring what lies in the file to somebody who answers as Google's
 * token service does, and get the service account's access token.
 */
export function brokeredConfiguration(
  google: GoogleExchange,
  brokerUrl: string,
  requestFile: string,
): object {
  return {
    type: 'external_account',
    audience: audienceOf(google),
    subject_token_type: JWT_TOKEN_TYPE,
    token_url: brokerUrl,
    credential_source: { file: requestFile, format: { type: 'text' } },
  }
}

async function ask(
  options: GoogleExchangeOptions,
  token: IdTokenAnswer,
): Promise<Attempt<GoogleAccessToken>> {
  const federated = await federate(options, token)
  if (federated.kind !== 'granted') return federated
  const { google, urls } = options
  const who = `Google's IAM at ${urls.iamCredentials}`
  const body = JSON.stringify({
    scope: [CLOUD_PLATFORM_SCOPE],
    ...(google.tokenLifetimeSeconds !== null && { lifetime: `${google.tokenLifetimeSeconds}s` }),
  })
  const authorization = `Bearer ${federated.granted}`
  const reply = await post(
    options,
    impersonationUrl(urls.iamCredentials, google.serviceAccount),
    { ...JSON_ANSWER, authorization },
    body,
  )
  if (typeof reply === 'string') return noAnswer('google_unreachable', who, reply)
  const { accessToken, expireTime } = jsonObject(reply.text) ?? {}
  if (reply.status === 200 && typeof accessToken === 'string' && accessToken !== '') {
    options.hide(accessToken)
    const asked = google.tokenLifetimeSeconds ?? DEFAULT_LIFETIME_SECONDS
    const sessionSeconds = grantedSeconds(asked, new Date(String(expireTime)), reply.headers)
    return { kind: 'granted', granted: { accessToken, sessionSeconds, expiresAt: String(expireTime) } }
  }
  return refusedBy('impersonation', reply, who, options, token)
}

async function federate(options: GoogleExchangeOptions, token: IdTokenAnswer): Promise<Attempt<string>> {
  const who = `Google's token service at ${options.urls.sts}`
  const form = federateForm(audienceOf(options.google), token.token)
  const reply = await post(options, tokenUrl(options.urls), JSON_ANSWER, form)
  if (typeof reply === 'string') return noAnswer('google_unreachable', who, reply)
  const accessToken = jsonObject(reply.text)?.['access_token']
  if (reply.status === 200 && typeof accessToken === 'string' && accessToken !== '') {
    options.hide(accessToken)
    return { kind: 'granted', granted: accessToken }
  }
  return refusedBy('sts', reply, who, options, token)
}

async function refusedBy(
  from: 'sts' | 'impersonation',
  reply: CloudReply,
  who: string,
  { google, identity: { issuerUrl } }: GoogleExchangeOptions,
  token: IdTokenAnswer,
): Promise<Attempt<never>> {
  const error = jsonObject(reply.text)
  if (error?.['error'] === undefined) return strangeAnswer('google_unreachable', who, reply.status)
  const { explainGoogleRefusal } = await import('./google-refusal.ts')
  const explained = explainGoogleRefusal({ from, body: error }, reply.headers, { google, issuerUrl, token })
  return refusedAttempt('google_refused', reply, token, explained)
}

/** Workload identity pools have no other location than `global`. */
function audienceOf({ projectNumber, workloadPoolId, providerId }: GoogleExchange): string {
  return `//iam.googleapis.com/projects/${projectNumber}/locations/global/workloadIdentityPools/${workloadPoolId}/providers/${providerId}`
}

function tokenUrl({ sts }: GoogleUrls): string {
  return `${sts}/v1/token`
}
