/**
 * The public keys of an issuer, fetched as AWS fetches them: discovery document, then key set, over HTTP.
 *
 * Owns the cache: an answer is good for its `Cache-Control: max-age`, an unknown `kid` causes a fresh look but not
 * more often than every few seconds, and requests that wait for the same fetch share it.
 */
import { type CryptoKey, importJWK } from 'jose'
import { fetchJson } from './fetch-json.ts'
import { mayBeFetched } from './issuer-url.ts'

export type IssuerKeyResult =
  | { readonly ok: true; readonly key: CryptoKey }
  | {
      readonly ok: false
      readonly problem: 'unreachable' | 'unusable' | 'unknown_key'
      readonly detail: string
    }

export interface IssuerKeys {
  readonly keyFor: (issuerUrl: string, kid: string) => Promise<IssuerKeyResult>
}

interface KeySet {
  readonly keys: ReadonlyMap<string, CryptoKey>
  readonly fetchedAt: number
  readonly freshUntil: number
}

type KeySetResult = { readonly ok: true; readonly set: KeySet } | Exclude<IssuerKeyResult, { ok: true }>

const DEFAULT_MAX_AGE_SECONDS = 300
const LONGEST_MAX_AGE_SECONDS = 24 * 60 * 60
const SECONDS_BETWEEN_LOOKS_FOR_AN_UNKNOWN_KEY = 3
/** More keys than this broke AWS for others (spiffe/spire issue 4699). */
const MOST_KEYS = 100
/** AWS fails without these members of the discovery document, though it uses only the first two. */
const NEEDED_METADATA = [
  'response_types_supported',
  'subject_types_supported',
  'id_token_signing_alg_values_supported',
]

export function issuerKeys(services: {
  readonly fetch: typeof globalThis.fetch
  readonly now: () => Date
}): IssuerKeys {
  const sets = new Map<string, KeySet>()
  const pending = new Map<string, Promise<KeySetResult>>()

  async function keySet(issuerUrl: string): Promise<KeySetResult> {
    const running = pending.get(issuerUrl)
    if (running) return running
    const fetching = fetchKeySet(issuerUrl, services.fetch, services.now).finally(() =>
      pending.delete(issuerUrl),
    )
    pending.set(issuerUrl, fetching)
    const result = await fetching
    if (result.ok) sets.set(issuerUrl, result.set)
    return result
  }

  return {
    async keyFor(issuerUrl, kid) {
      const cached = sets.get(issuerUrl)
      const time = services.now().getTime()
      if (cached && time < cached.freshUntil) {
        const known = cached.keys.get(kid)
        if (known) return { ok: true, key: known }
        if (time - cached.fetchedAt < SECONDS_BETWEEN_LOOKS_FOR_AN_UNKNOWN_KEY * 1000)
          return unknownKey(issuerUrl, kid)
      }
      const result = await keySet(issuerUrl)
      if (!result.ok) return result
      const key = result.set.keys.get(kid)
      return key ? { ok: true, key } : unknownKey(issuerUrl, kid)
    },
  }
}

function unknownKey(issuerUrl: string, kid: string): IssuerKeyResult {
  return {
    ok: false,
    problem: 'unknown_key',
    detail: `${issuerUrl} has no key ${JSON.stringify(kid.slice(0, 100))}.`,
  }
}

async function fetchKeySet(
  issuerUrl: string,
  fetch: typeof globalThis.fetch,
  now: () => Date,
): Promise<KeySetResult> {
  const discovery = await fetchJson(`${issuerUrl.replace(/\/$/, '')}/.well-known/openid-configuration`, fetch)
  if (!discovery.ok) return discovery
  const { issuer, jwks_uri: jwksUri } = discovery.value as { issuer?: unknown; jwks_uri?: unknown }
  if (issuer !== issuerUrl) {
    return unusable(`The discovery document of ${issuerUrl} names another issuer, ${JSON.stringify(issuer)}.`)
  }
  const missing = NEEDED_METADATA.find((name) => !Array.isArray(discovery.value[name]))
  if (missing)
    return unusable(`The discovery document of ${issuerUrl} has no ${missing}, without which AWS fails.`)
  if (typeof jwksUri !== 'string' || !mayBeFetched(jwksUri)) {
    return unusable(`The discovery document of ${issuerUrl} has no jwks_uri that may be fetched.`)
  }
  const jwks = await fetchJson(jwksUri, fetch)
  if (!jwks.ok) return jwks
  const keys = await importKeys(jwks.value['keys'])
  if (!keys) return unusable(`${jwksUri} is no set of 1 to ${MOST_KEYS} keys.`)
  const fetchedAt = now().getTime()
  const maxAgeSeconds = Math.min(
    discovery.maxAgeSeconds ?? DEFAULT_MAX_AGE_SECONDS,
    jwks.maxAgeSeconds ?? DEFAULT_MAX_AGE_SECONDS,
    LONGEST_MAX_AGE_SECONDS,
  )
  return { ok: true, set: { keys, fetchedAt, freshUntil: fetchedAt + maxAgeSeconds * 1000 } }
}

/** RSA keys for RS256 with a `kid`; others are no use to AWS. A `kid` that two keys share is nobody's. */
async function importKeys(written: unknown): Promise<ReadonlyMap<string, CryptoKey> | undefined> {
  if (!Array.isArray(written) || written.length === 0 || written.length > MOST_KEYS) return undefined
  const keys = new Map<string, CryptoKey>()
  const seen = new Set<string>()
  for (const jwk of written as readonly Readonly<Record<string, unknown>>[]) {
    const { kty, kid, use = 'sig', alg = 'RS256', n, e } = jwk ?? {}
    if (kty !== 'RSA' || typeof kid !== 'string' || use !== 'sig' || alg !== 'RS256') continue
    if (typeof n !== 'string' || typeof e !== 'string') continue
    keys.delete(kid)
    if (seen.has(kid)) continue
    seen.add(kid)
    const key = await importJWK({ kty: 'RSA', n, e }, 'RS256').catch(() => undefined)
    if (key && !(key instanceof Uint8Array)) keys.set(kid, key)
  }
  return keys
}

function unusable(detail: string): Exclude<IssuerKeyResult, { ok: true }> {
  return { ok: false, problem: 'unusable', detail }
}
