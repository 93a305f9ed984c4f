/** Whether a token is one that a registered issuer has made, for now. What it is worth is for its policies to say. */
import { decodeJwt, errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Claims } from './claim.ts'
import type { IssuerKeys, IssuerPlace } from './issuer-keys.ts'

export const LONGEST_TOKEN = 16 * 1024
/** Of clocks that do not agree. */
const CLOCK_TOLERANCE_SECONDS = 60

/** Who the token says made it: nothing to believe, only where to look. */
export function claimedIssuer(token: string): string | undefined {
  if (token.length > LONGEST_TOKEN) return undefined
  try {
    const { iss } = decodeJwt(token)
    return typeof iss === 'string' ? iss : undefined
  } catch {
    return undefined
  }
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
    algorithms: ['RS256', 'ES256'],
    requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    currentDate: now,
  })
  // An access token of the issuer is for somebody else, and may be signed by the same key.
  const { typ } = protectedHeader
  if (typ !== undefined && typ.toUpperCase() !== 'JWT')
    return 'The token is of another type than an ID token.'
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
    return 'The token is not signed by a key of its issuer with RS256 or ES256.'
  throw error
}
