/**
 * `POST /v1/token`: an ID token for a federated token of a workload identity pool.
 *
 * @see https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 */
import {
  type AdmissionClause,
  admitToProvider,
  type GoogleTokenClaims,
  principalOf,
} from '@daypass/trust/google/evaluate.ts'
import { explainGoogleRefusal } from '@daypass/trust/google/explain.ts'
import type { GoogleExplanation } from '@daypass/trust/google/explanation.ts'
import { type GoogleProvider, providerAudience } from '@daypass/trust/google/workload-provider.ts'
import type { IssuerKeys } from '../issuer/issuer-keys.ts'
import { uploadedKeys } from '../issuer/uploaded-keys.ts'
import { type TokenProblem, verifyIdToken } from '../issuer/verify-token.ts'
import type { LocalGoogleConfig } from './config.ts'

/** Who a federated token is. */
export interface GooglePrincipal {
  readonly provider: GoogleProvider
  readonly claims: GoogleTokenClaims
  readonly principal: string
  /** When the ID token expires: a federated token lives no longer. */
  readonly expiresAt: Date
}

export interface StsRefused {
  readonly kind: 'sts-error'
  readonly error: 'invalid_request' | 'invalid_target' | 'invalid_grant' | 'unauthorized_client'
  readonly message: string
  readonly explanation?: GoogleExplanation
}

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const SUBJECT_TYPES = ['urn:ietf:params:oauth:token-type:jwt', 'urn:ietf:params:oauth:token-type:id_token']
const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform'

export interface ExchangeServices {
  readonly config: LocalGoogleConfig
  readonly keys: IssuerKeys
  readonly now: () => Date
  readonly log: (line: string) => void
}

export async function exchangeToken(
  fields: Readonly<Record<string, unknown>>,
  services: ExchangeServices,
): Promise<GooglePrincipal | StsRefused> {
  const request = readExchange(fields)
  if ('kind' in request) return request
  const provider = services.config.providers.find((one) => providerAudience(one) === request.audience)
  if (!provider) return refused('invalid_target', NO_TARGET)
  const verified = await verifyIdToken(request.subjectToken, {
    trusts: () => true, // the engine says which issuer the provider has, and how this one misses it
    keyFor: (issuer, kid) =>
      issuer === provider.issuerUri ? keyOf(provider, kid, services.keys) : Promise.resolve(NOT_ITS_ISSUER),
    now: services.now,
    leewaySeconds: 0,
  })
  if (!verified.ok && verified.problem !== 'key_unknown') {
    services.log(verified.detail)
    return refused('invalid_grant', PROBLEMS[verified.problem])
  }
  const claims = verified.ok ? verified.claims : undefined
  if (!claims) return foreignIssuer(request.subjectToken, provider)
  const mapped = admitToProvider(provider, claims)
  if (!('clause' in mapped)) {
    return {
      provider,
      claims,
      principal: principalOf(provider, mapped),
      expiresAt: new Date(claims.exp * 1000),
    }
  }
  const trust = { provider, serviceAccount: { email: '', bindings: [] } }
  const explanation = explainGoogleRefusal(mapped, trust, claims)
  const [error, message] = WORDS[mapped.clause](claims)
  return { ...refused(error, message), explanation }
}

const NOT_ITS_ISSUER = {
  ok: false,
  problem: 'unknown_key',
  detail: 'The issuer is not that of the provider.',
} as const

function keyOf(provider: GoogleProvider, kid: string, keys: IssuerKeys) {
  return provider.jwksJson === undefined
    ? keys.keyFor(provider.issuerUri, kid)
    : uploadedKeys(provider.jwksJson, kid)
}

const NO_TARGET =
  'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.'

const WORDS: Readonly<
  Record<AdmissionClause, (claims: GoogleTokenClaims) => readonly [StsRefused['error'], string]>
> = {
  provider: () => ['invalid_target', NO_TARGET],
  issuer: ({ iss }) => ['invalid_grant', `The issuer in ID Token ${iss} does not match the expected ones.`],
  audience: ({ aud }) => [
    'invalid_grant',
    `The audience in ID Token [${String(aud)}] does not match the expected audience.`,
  ],
  mapping: () => ['invalid_request', 'The attribute mapping could not be applied to the given credential.'],
  subject_length: () => [
    'invalid_request',
    'The size of mapped attribute google.subject exceeds the 127 bytes limit. Either modify your attribute mapping or the incoming assertion to produce a mapped attribute that is less than 127 bytes.',
  ],
  condition: () => ['unauthorized_client', 'The given credential is rejected by the attribute condition.'],
}

const PROBLEMS: Readonly<Record<Exclude<TokenProblem, 'key_unknown'>, string>> = {
  malformed: 'Unable to parse the ID Token.',
  claim_missing: 'The ID Token lacks a required claim.',
  issuer_not_trusted: 'The issuer in ID Token does not match the expected ones.',
  algorithm: 'Unable to verify the signature of the ID Token: the algorithm is not supported.',
  issuer_unreachable: "Error connecting to the given credential's issuer.",
  signature: 'Unable to verify the signature of the ID Token.',
  expired: 'The ID Token is stale to sign-in.',
  not_valid_yet: 'The ID Token is not yet valid.',
}

/** Its key is unknown: because the issuer is another, or because the key is. */
function foreignIssuer(token: string, provider: GoogleProvider): StsRefused {
  const [, payload = ''] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as GoogleTokenClaims
  if (claims.iss === provider.issuerUri) {
    return refused('invalid_grant', 'Unable to verify the signature of the ID Token: no matching key.')
  }
  const refusal = { clause: 'issuer', expected: [provider.issuerUri], actual: [claims.iss] } as const
  const trust = { provider, serviceAccount: { email: '', bindings: [] } }
  return {
    ...refused('invalid_grant', `The issuer in ID Token ${claims.iss} does not match the expected ones.`),
    explanation: explainGoogleRefusal(refusal, trust, claims),
  }
}

interface Exchange {
  readonly audience: string
  readonly subjectToken: string
}

/** A form with underscores, as Google's libraries send it, or JSON in camel case, as the API describes it. */
function readExchange(fields: Readonly<Record<string, unknown>>): Exchange | StsRefused {
  const field = (snake: string): string => {
    const camel = snake.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    const value = fields[snake] ?? fields[camel]
    return typeof value === 'string' ? value : ''
  }
  if (field('grant_type') !== GRANT) return refused('invalid_request', 'Invalid value for "grant_type".')
  if (field('requested_token_type') !== ACCESS_TOKEN) {
    return refused('invalid_request', 'Invalid value for "requested_token_type".')
  }
  if (!SUBJECT_TYPES.includes(field('subject_token_type'))) {
    return refused('invalid_request', 'Invalid value for "subject_token_type".')
  }
  if (!field('scope').split(' ').includes(CLOUD_PLATFORM)) {
    return refused('invalid_request', 'Invalid value for "scope".')
  }
  const audience = field('audience')
  if (!audience.startsWith('//iam.googleapis.com/')) {
    const message =
      'Invalid value for "audience". This value should be the full resource name of the Identity Provider.'
    return refused('invalid_request', message)
  }
  return { audience, subjectToken: field('subject_token') }
}

function refused(error: StsRefused['error'], message: string): StsRefused {
  return { kind: 'sts-error', error, message }
}
