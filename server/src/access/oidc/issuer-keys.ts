/**
 * The public keys of registered issuers: by hand, or fetched and kept for a while.
 *
 * A key that is not known yet makes us fetch again, and an issuer that cannot be reached is left alone, both at most so
 * often, however many tokens somebody sends. Keys that are too old are not used: no answer means no login.
 */
import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { type FetchDocument, FetchRefused } from './fetch-document.ts'

export interface IssuerPlace {
  readonly id: string
  readonly url: string
  /** As its discovery document must say. */
  readonly issuer: string
  readonly thumbprints: readonly string[]
  /** Given by hand. */
  readonly jwks: JSONWebKeySet | null
}

export interface IssuerKeys {
  /** @param isKeyMissing The keys that were answered a moment ago have not the one that is needed. @throws {FetchRefused} */
  keysOf(issuer: IssuerPlace, isKeyMissing?: boolean): Promise<JWTVerifyGetKey>
  forget(issuerId: string): void
}

const FRESH_MS = 5 * 60_000
const COOL_DOWN_MS = 30_000
const MOST_REMEMBERED = 1_000

interface Remembered {
  readonly at: number
  readonly result: Promise<JWTVerifyGetKey>
  readonly isFailure: () => boolean
}

export function issuerKeys(fetchDocument: FetchDocument, now: () => Date): IssuerKeys {
  const remembered = new Map<string, Remembered>()
  return {
    async keysOf(issuer, isKeyMissing = false) {
      if (issuer.jwks !== null) return keySetFrom(issuer.jwks)
      const time = now().getTime()
      const known = remembered.get(issuer.id)
      const freshMs = isKeyMissing || known?.isFailure() === true ? COOL_DOWN_MS : FRESH_MS
      if (known !== undefined && time - known.at < freshMs) return known.result
      if (remembered.size >= MOST_REMEMBERED) remembered.clear()
      let failed = false
      const result = fetchKeys(fetchDocument, issuer)
      result.catch(() => {
        failed = true
      })
      remembered.set(issuer.id, { at: time, result, isFailure: () => failed })
      return result
    },
    forget: (issuerId) => void remembered.delete(issuerId),
  }
}

/** @throws {FetchRefused} */
export async function fetchKeys(
  fetchDocument: FetchDocument,
  place: Omit<IssuerPlace, 'id' | 'jwks'>,
): Promise<JWTVerifyGetKey> {
  const { issuer, jwksUri } = await discover(fetchDocument, place.url, place.thumbprints)
  if (issuer !== place.issuer)
    throw new FetchRefused(
      `Its discovery document says that it is the issuer ${JSON.stringify(issuer.slice(0, 300))} now.`,
    )
  // Another host may serve the keys: the thumbprints are the issuer's own.
  const sameHost = new URL(jwksUri).host === new URL(place.url).host
  const { json } = await fetchDocument(jwksUri, sameHost ? place.thumbprints : [])
  return keySetFrom(json)
}

/**
 * What the issuer says about itself. It must call itself by the URL under which it was asked, but for a slash at the end.
 *
 * @throws {FetchRefused}
 */
export async function discover(
  fetchDocument: FetchDocument,
  url: string,
  thumbprints: readonly string[],
): Promise<{ readonly issuer: string; readonly jwksUri: string; readonly thumbprint: string | undefined }> {
  const { json, thumbprint } = await fetchDocument(
    `${url.replace(/\/$/, '')}/.well-known/openid-configuration`,
    thumbprints,
  )
  const { issuer, jwks_uri: jwksUri } = (json ?? {}) as {
    readonly issuer?: unknown
    readonly jwks_uri?: unknown
  }
  if (typeof issuer !== 'string' || issuer.replace(/\/$/, '') !== url.replace(/\/$/, ''))
    throw new FetchRefused('Its discovery document names another issuer than the URL.')
  if (typeof jwksUri !== 'string' || !URL.canParse(jwksUri))
    throw new FetchRefused('Its discovery document has no "jwks_uri".')
  return { issuer, jwksUri, thumbprint }
}

/** What a key of each type may sign with. Public keys alone: a shared secret is none, and "none" is no signature. */
const ALGORITHMS_OF = {
  RSA: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  'EC P-256': ['ES256'],
  'EC P-384': ['ES384'],
  'EC P-521': ['ES512'],
  'OKP Ed25519': ['EdDSA', 'Ed25519'],
} as const
export const ALGORITHMS: readonly string[] = Object.values(ALGORITHMS_OF).flat()

const MOST_KEYS = 100

/** Only keys that may sign, and of them only what is public. @throws {FetchRefused} */
export function keySetFrom(json: unknown): JWTVerifyGetKey {
  const { keys } = (json ?? {}) as { readonly keys?: unknown }
  const usable = (Array.isArray(keys) ? keys : []).slice(0, MOST_KEYS).flatMap(usableKey)
  if (usable.length === 0)
    throw new FetchRefused(`It has no public key that signs with one of ${ALGORITHMS.join(', ')}.`)
  return createLocalJWKSet({ keys: usable })
}

/** What any issuer uses; outside of it a check is worth nothing, or takes long. */
const RSA_BITS = { least: 2048, most: 8192 }
const MOST_EXPONENT = 2n ** 32n

function usableKey(key: unknown): JSONWebKeySet['keys'] {
  if (typeof key !== 'object' || key === null) return []
  const { kty, crv, alg, use, kid, n, e, x, y } = key as Readonly<Record<string, unknown>>
  const type = kty === 'RSA' ? 'RSA' : `${String(kty)} ${String(crv)}`
  const algorithms: readonly string[] = Object.hasOwn(ALGORITHMS_OF, type)
    ? ALGORITHMS_OF[type as keyof typeof ALGORITHMS_OF]
    : []
  // A key that does not say what it is for may sign with whatever its type can.
  const isFitting = alg === undefined ? algorithms.length > 0 : algorithms.includes(String(alg))
  if (!isFitting || (use !== undefined && use !== 'sig')) return []
  const parts = type === 'RSA' ? { n, e } : kty === 'OKP' ? { crv, x } : { crv, x, y }
  const publicKey = { kty: String(kty), ...parts } as JsonWebKey
  if (!isSoundKey(publicKey)) return []
  const named = { ...(typeof kid === 'string' && { kid }), ...(alg !== undefined && { alg: String(alg) }) }
  return [{ ...publicKey, ...named } as JSONWebKeySet['keys'][number]]
}

function isSoundKey(key: JsonWebKey): boolean {
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key, format: 'jwk' })
    const { modulusLength, publicExponent } = asymmetricKeyDetails ?? {}
    if (key.kty !== 'RSA') return true
    if (modulusLength === undefined || publicExponent === undefined) return false
    return (
      modulusLength >= RSA_BITS.least && modulusLength <= RSA_BITS.most && publicExponent <= MOST_EXPONENT
    )
  } catch {
    return false
  }
}
