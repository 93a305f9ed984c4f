/**
 * The public keys of registered issuers: by hand, or fetched and kept for a while.
 *
 * A key that is not known yet makes us fetch again, and an issuer that cannot be reached is left alone, both at most so
 * often, however many tokens somebody sends. Keys that are too old are not used: no answer means no login.
 */
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
async function fetchKeys(
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

/** Only keys that sign what we accept, each with the one algorithm of its own type. @throws {FetchRefused} */
export function keySetFrom(json: unknown): JWTVerifyGetKey {
  const { keys } = (json ?? {}) as { readonly keys?: unknown }
  const usable = (Array.isArray(keys) ? keys : []).slice(0, MOST_KEYS).flatMap(usableKey)
  if (usable.length === 0) throw new FetchRefused('It has no key that signs with RS256 or ES256.')
  return createLocalJWKSet({ keys: usable })
}

const MOST_KEYS = 100

function usableKey(key: unknown): JSONWebKeySet['keys'] {
  if (typeof key !== 'object' || key === null) return []
  const { kty, crv, alg, use, kid, n, e, x, y } = key as Readonly<Record<string, unknown>>
  const algorithm = kty === 'RSA' ? 'RS256' : kty === 'EC' && crv === 'P-256' ? 'ES256' : undefined
  if (algorithm === undefined || (alg !== undefined && alg !== algorithm)) return []
  if (use !== undefined && use !== 'sig') return []
  const parts = algorithm === 'RS256' ? { n, e } : { crv, x, y }
  if (!Object.values(parts).every((part) => typeof part === 'string')) return []
  const named = typeof kid === 'string' ? { kid } : {}
  return [{ kty: String(kty), alg: algorithm, ...named, ...parts } as JSONWebKeySet['keys'][number]]
}
