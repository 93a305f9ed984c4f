/** An issuer whose keys can be read anew while it serves: a restore brings other ones. */
import type { Issuer } from './issuer.ts'

export interface ReloadableIssuer {
  readonly issuer: Issuer
  /** From then on it signs and publishes with what `load` gives. Rejects, and changes nothing, when `load` does. */
  readonly reload: () => Promise<void>
}

export async function reloadableIssuer(load: () => Promise<Issuer>): Promise<ReloadableIssuer> {
  let current = await load()
  return {
    issuer: {
      mint: (request) => current.mint(request),
      jwks: () => current.jwks(),
      discovery: () => current.discovery(),
      isOurKid: (kid) => current.isOurKid(kid),
    },
    async reload() {
      current = await load()
    },
  }
}
