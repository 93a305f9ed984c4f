/** The keys of an issuer that nobody can reach, as they were handed over: a JWK set, as text. */
import { importJWK, type JWK } from 'jose'
import type { IssuerKeyResult } from './issuer-keys.ts'

export async function uploadedKeys(jwksJson: string, kid: string): Promise<IssuerKeyResult> {
  const unusable = { ok: false, problem: 'unusable', detail: 'The uploaded keys are no key set.' } as const
  let keys: unknown
  try {
    keys = (JSON.parse(jwksJson) as { keys?: unknown } | null)?.keys
  } catch {
    return unusable
  }
  if (!Array.isArray(keys)) return unusable
  const named = (keys as readonly JWK[]).filter((jwk) => jwk?.kid === kid && jwk.kty === 'RSA')
  const [jwk, ...others] = named
  if (!jwk || others.length > 0) {
    return { ok: false, problem: 'unknown_key', detail: 'The uploaded keys have no such key.' }
  }
  const key = await importJWK({ kty: 'RSA', n: String(jwk.n), e: String(jwk.e) }, 'RS256').catch(
    () => undefined,
  )
  return key && !(key instanceof Uint8Array) ? { ok: true, key } : unusable
}
