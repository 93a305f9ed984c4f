/**
 * Verifies an ID token as Entra and Google do before they look at who may do what: form, issuer, signature, times.
 *
 * Owns no policy and no wording of a cloud: whoever asks says which issuers it takes and puts the problem into its words.
 */
import { parseJsonOnce } from '@daypass/trust/json.ts'
import { type CryptoKey, compactVerify, decodeJwt, decodeProtectedHeader } from 'jose'
import type { IssuerKeyResult } from './issuer-keys.ts'

export type TokenProblem =
  | 'malformed'
  | 'claim_missing'
  | 'issuer_not_trusted'
  | 'algorithm'
  | 'issuer_unreachable'
  | 'key_unknown'
  | 'signature'
  | 'expired'
  | 'not_valid_yet'

export type IdTokenClaims = Readonly<Record<string, unknown>> & {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly exp: number
  readonly iat: number
}

export type VerifiedIdToken =
  | { readonly ok: true; readonly claims: IdTokenClaims }
  | { readonly ok: false; readonly problem: TokenProblem; readonly detail: string }

export interface VerifyOptions {
  readonly trusts: (issuer: string) => boolean
  readonly keyFor: (issuer: string, kid: string) => Promise<IssuerKeyResult>
  readonly now: () => Date
  /** How far the clocks may be apart, in seconds. */
  readonly leewaySeconds: number
}

export async function verifyIdToken(token: string, options: VerifyOptions): Promise<VerifiedIdToken> {
  const read = readToken(token)
  if (!read) return refused('malformed', 'the token is no JWT')
  const { payload, alg, kid } = read
  const missing = missingClaim(payload)
  if (missing) return refused('claim_missing', `the token has no usable "${missing}"`)
  const claims = payload as IdTokenClaims
  if (!options.trusts(claims.iss)) return refused('issuer_not_trusted', `nobody here trusts ${claims.iss}`)
  if (alg !== 'RS256' || typeof kid !== 'string') {
    return refused('algorithm', 'the token is not signed with RS256, or does not name its key')
  }
  const found = await options.keyFor(claims.iss, kid)
  if (!found.ok)
    return refused(found.problem === 'unknown_key' ? 'key_unknown' : 'issuer_unreachable', found.detail)
  if (!(await isGenuine(token, found.key))) return refused('signature', 'the signature is not valid')
  return checkTimes(claims, options) ?? { ok: true, claims }
}

/**
 * Unverified; undefined for what is no JWT, asks for something critical that nobody here knows, or says anything twice
 * (RFC 7519, section 4: which of the two counts would be for the reader to choose).
 */
export function readToken(token: string) {
  try {
    const { alg, kid, crit } = decodeProtectedHeader(token)
    const payload = decodeJwt(token) as Record<string, unknown>
    return crit === undefined && saysAllOnce(token) ? { payload, alg, kid } : undefined
  } catch {
    return undefined
  }
}

function saysAllOnce(token: string): boolean {
  const parts = token.split('.', 2).map((part) => Buffer.from(part, 'base64url').toString('utf8'))
  return parts.every((part) => parseJsonOnce(part).ok)
}

function missingClaim(payload: Readonly<Record<string, unknown>>): string | undefined {
  const isText = (value: unknown) => typeof value === 'string' && value !== ''
  const isTime = (value: unknown) => typeof value === 'number' && Number.isFinite(value)
  const { iss, sub, aud, exp, iat, nbf } = payload
  if (!isText(iss)) return 'iss'
  if (!isText(sub)) return 'sub'
  if (!isText(aud) && !(Array.isArray(aud) && aud.length > 0 && aud.every(isText))) return 'aud'
  if (!isTime(exp)) return 'exp'
  if (!isTime(iat)) return 'iat'
  return nbf === undefined || isTime(nbf) ? undefined : 'nbf'
}

async function isGenuine(token: string, key: CryptoKey): Promise<boolean> {
  return compactVerify(token, key, { algorithms: ['RS256'] }).then(
    () => true,
    () => false,
  )
}

function checkTimes(
  claims: IdTokenClaims,
  { now, leewaySeconds }: VerifyOptions,
): VerifiedIdToken | undefined {
  const seconds = now().getTime() / 1000
  if (claims.exp <= seconds - leewaySeconds) return refused('expired', `the token expired at ${claims.exp}`)
  const from = Math.max(claims.iat, Number(claims['nbf'] ?? claims.iat))
  return from > seconds + leewaySeconds
    ? refused('not_valid_yet', `the token is valid from ${from} only`)
    : undefined
}

function refused(problem: TokenProblem, detail: string): VerifiedIdToken {
  return { ok: false, problem, detail }
}
