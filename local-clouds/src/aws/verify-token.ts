/**
 * Verifies an ID token as AWS STS does before it looks at any policy: form, provider, signature, times, audience.
 *
 * No tolerance for clocks: a token is as good as it says, to the second.
 */

import type { AwsProvider, AwsTokenClaims } from '@daypass/trust/aws/context.ts'
import { registeredAudience } from '@daypass/trust/aws/context.ts'
import { explainProvider } from '@daypass/trust/aws/explain-provider.ts'
import type { AwsExplanation } from '@daypass/trust/aws/explanation.ts'
import { areSessionTags, SESSION_TAGS_CLAIM } from '@daypass/trust/aws/session-tags.ts'
import { explainStsError } from '@daypass/trust/aws/sts-errors.ts'
import { quoted } from '@daypass/trust/quote.ts'
import { compactVerify, type JWTPayload } from 'jose'
import type { IssuerKeys } from '../issuer/issuer-keys.ts'
import { readToken } from '../issuer/verify-token.ts'
import type { LocalAwsAccount } from './config.ts'
import { type StsError, stsError } from './sts-error.ts'

export interface VerifiedToken {
  readonly claims: AwsTokenClaims
  readonly provider: AwsProvider
  /** The one of its audiences that the provider has. */
  readonly audience: string
}

export interface TokenServices {
  readonly keys: IssuerKeys
  readonly now: () => Date
  readonly log: (line: string) => void
}

const NO_KEY =
  "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"
const NO_JWT =
  'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)'

/** @param account That of the role; undefined when this cloud does not have it. */
export async function verifyToken(
  token: string,
  account: LocalAwsAccount | undefined,
  roleArn: string,
  services: TokenServices,
): Promise<VerifiedToken | StsError> {
  const read = readToken(token)
  if (!read) return stsError('InvalidIdentityToken', NO_JWT)
  const { payload, alg, kid } = read
  const claims = claimsOf(payload)
  if (typeof claims === 'string')
    return stsError('InvalidIdentityToken', `Missing a required claim: ${claims}`)

  if (!areSessionTags(claims[SESSION_TAGS_CLAIM])) {
    return stsError('InvalidIdentityToken', 'The session tags of the ID Token are malformed.')
  }
  const provider = account?.providers.find(({ issuerUrl }) => issuerUrl === claims.iss)
  if (!provider) {
    const message = `No OpenIDConnect provider found in your account for ${claims.iss}`
    return stsError(
      'InvalidIdentityToken',
      message,
      explanationOfMissingProvider(message, claims, account, roleArn),
    )
  }
  if (alg !== 'RS256' || typeof kid !== 'string') {
    return stsError('InvalidIdentityToken', 'The ID Token must be signed with RS256 and name its key.')
  }
  const found = await services.keys.keyFor(provider.issuerUrl, kid)
  if (!found.ok) {
    services.log(found.detail)
    return found.problem === 'unreachable'
      ? stsError('IDPCommunicationError', 'The identity provider could not be reached.')
      : stsError('InvalidIdentityToken', NO_KEY)
  }
  const genuine = await compactVerify(token, found.key, { algorithms: ['RS256'] }).then(
    () => true,
    () => false,
  )
  if (!genuine) return stsError('InvalidIdentityToken', 'The signature of the ID Token is not valid.')
  return checkTimes(payload, services.now()) ?? withAudience(claims, provider)
}

/** The claims that AWS looks at, or the name of the first that is missing or no text. */
function claimsOf(payload: JWTPayload): AwsTokenClaims | string {
  const { iss, sub, aud, azp, amr, exp, iat } = payload as Readonly<Record<string, unknown>>
  if (typeof iss !== 'string') return 'iss'
  if (typeof sub !== 'string' || sub === '') return 'sub'
  if (!isTexts(aud)) return 'aud'
  if (typeof exp !== 'number' || !Number.isFinite(exp)) return 'exp'
  if (typeof iat !== 'number' || !Number.isFinite(iat)) return 'iat'
  return {
    iss,
    sub,
    aud,
    azp: typeof azp === 'string' ? azp : undefined,
    amr: isTexts(amr) ? amr : undefined,
    [SESSION_TAGS_CLAIM]: payload[SESSION_TAGS_CLAIM],
  }
}

function isTexts(value: unknown): value is string | readonly string[] {
  return typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string'))
}

function checkTimes(payload: JWTPayload, now: Date): StsError | undefined {
  const seconds = now.getTime() / 1000
  const { exp = 0, iat = 0, nbf } = payload as { exp?: number; iat?: number; nbf?: unknown }
  if (exp <= seconds) {
    const message = `Token expired: current date/time ${Math.floor(seconds)} must be before the expiration date/time ${exp}`
    return stsError('ExpiredTokenException', message)
  }
  if (nbf !== undefined && (typeof nbf !== 'number' || nbf > seconds)) {
    return stsError('InvalidIdentityToken', 'The ID Token is not valid yet.')
  }
  return iat > seconds
    ? stsError('InvalidIdentityToken', 'The ID Token was issued in the future.')
    : undefined
}

function withAudience(claims: AwsTokenClaims, provider: AwsProvider): VerifiedToken | StsError {
  const audience = registeredAudience(claims, provider.audiences)
  if (audience !== undefined) return { claims, provider, audience }
  const refusal = { clause: 'provider', about: 'audience', expected: provider.audiences, actual: [] } as const
  return stsError(
    'InvalidIdentityToken',
    'Incorrect token audience',
    explainProvider(refusal, provider, claims),
  )
}

/** A provider that was meant for this issuer is pointed at: a slash, a port or a scheme is easily wrong. */
function explanationOfMissingProvider(
  message: string,
  claims: AwsTokenClaims,
  account: LocalAwsAccount | undefined,
  roleArn: string,
): AwsExplanation {
  const near = (account?.providers ?? [])
    .map((provider) => {
      const refusal = { clause: 'provider', about: 'issuer', expected: [], actual: [] } as const
      return explainProvider(refusal, provider, claims)
    })
    .find(({ code }) => code !== 'provider_url_other_issuer')
  if (near) return near
  const { code, clause, sentence, mend } = explainStsError({
    code: 'InvalidIdentityToken',
    message,
    roleArn,
    issuerUrl: quoted(claims.iss).slice(1, -1),
    audience: typeof claims.aud === 'string' ? claims.aud : (claims.aud[0] ?? ''),
  })
  return { code, clause, sentence, mend }
}
