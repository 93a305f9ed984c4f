/** What a relying party reads before it believes a token: the discovery document and the set of public keys. */
import { CLAIM_NAMES } from './issuer.ts'
import type { PublicJwk } from './signer.ts'

export const DISCOVERY_PATH = '/.well-known/openid-configuration'
export const JWKS_PATH = '/.well-known/jwks'

/**
 * @param issuerUrl Repeated as it is: relying parties compare it with `iss` byte by byte.
 * @see OpenID Connect Discovery 1.0, section 3. We have no authorization endpoint, for nobody signs in here.
 */
export function discoveryDocument(issuerUrl: string) {
  return {
    issuer: issuerUrl,
    jwks_uri: `${issuerUrl}${JWKS_PATH}`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    claims_supported: CLAIM_NAMES,
    scopes_supported: ['openid'],
  }
}

/** @see RFC 7517, section 5. */
export function keySet(keys: readonly { readonly kid: string; readonly publicJwk: PublicJwk }[]) {
  return { keys: keys.map(({ kid, publicJwk }) => ({ ...publicJwk, kid, alg: 'RS256', use: 'sig' })) }
}
