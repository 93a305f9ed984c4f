/**
 * Whether a token is one that a registered issuer has made, for now. What it is worth is for its policies to say.
 *
 * Signatures and times are checked by `jose`; ours are the narrowness before it (size, no member twice, nothing but a
 * signed ID token) and the sentences after it.
 *
 * @see RFC 7519, RFC 8725 (best current practices), OpenID Connect Core 3.1.3.7
 */
import { parseJsonOnce } from '@daypass/trust/json.ts'
import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Claims } from './claim.ts'
import { ALGORITHMS, type IssuerKeys, type IssuerPlace } from './issuer-keys.ts'

export const LONGEST_TOKEN = 16 * 1024
/** Of clocks that do not agree. */
const CLOCK_TOLERANCE_SECONDS = 60

/**
 * Who the token says made it: nothing to believe, only where to look. Undefined for what is no JWT, or says anything twice:
 * RFC 7519 (section 4) lets readers choose which of two equal claims counts, and there is nothing to choose here.
 */
export function claimedIssuer(token: string): string | undefined {
  if (token.length > LONGEST_TOKEN) return undefined
  const [header, payload] = token.split('.', 2).map(objectIn)
  if (header === undefined || payload === undefined) return undefined
  return typeof payload['iss'] === 'string' ? payload['iss'] : undefined
}

function objectIn(part: string): Readonly<Record<string, unknown>> | undefined {
  const read = parseJsonOnce(Buffer.from(part, 'base64url').toString('utf8'))
  if (!read.ok || typeof read.value !== 'object' || read.value === null) return undefined
  return read.value as Readonly<Record<string, unknown>>
}

/** @returns Its claims, or a sentence. @throws FetchRefused when the issuer's keys cannot be had. */
export async function verifiedClaims(
  token: string,
  issuer: IssuerPlace,
  { keys, now }: { readonly keys: IssuerKeys; readonly now: Date },
): Promise<Claims | string> {
  try {
    return await verify(token, await keys.keysOf(issuer), issuer.issuer, now)
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey)) return sentenceFor(error)
  }
  // It may have got a new key.
  const again = await keys.keysOf(issuer, true)
  return verify(token, again, issuer.issuer, now).catch(sentenceFor)
}

async function verify(
  token: string,
  key: JWTVerifyGetKey,
  issuer: string,
  now: Date,
): Promise<Claims | string> {
  const { payload, protectedHeader } = await jwtVerify(token, key, {
    issuer,
    algorithms: [...ALGORITHMS],
    requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    currentDate: now,
  })
  // An access token of the issuer is for somebody else, and may be signed by the same key.
  const { typ } = protectedHeader
  if (typ !== undefined && typ.toUpperCase() !== 'JWT')
    return 'The token is of another type than an ID token.'
  // One text (RFC 7519, section 4.1.2): of a list, a rule would count whichever element fits it.
  if (typeof payload.sub !== 'string' || payload.sub === '')
    return 'The claim "sub" of the token does not hold.'
  const seconds = Math.floor(now.getTime() / 1000)
  if ((payload.iat ?? 0) > seconds + CLOCK_TOLERANCE_SECONDS)
    return 'The token was made in the future ("iat").'
  return payload
}

function sentenceFor(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.'
  if (error instanceof errors.JWTClaimValidationFailed)
    return `The claim "${error.claim}" of the token does not hold.`
  if (error instanceof errors.JOSEError)
    return `The token is not signed by a key of its issuer with one of ${ALGORITHMS.join(', ')}.`
  throw error
}
