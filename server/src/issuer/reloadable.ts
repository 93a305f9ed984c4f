/** An issuer whose keys can be read anew while it serves: they are rotated, and a restore brings other ones. */
import type { Issuer, MintedToken } from './issuer.ts'
import type { KeyRing, SigningKeys } from './keys.ts'
import { RetiredKeyError } from './record.ts'

export interface ReloadableIssuer {
  readonly issuer: Issuer
  /** From then on it signs and publishes with what the ring gives. Rejects, and changes nothing, when the ring does. */
  readonly reload: () => Promise<void>
}

/** @param issuerOf Called again only when the keys are others. */
export async function reloadableIssuer(
  ring: KeyRing,
  issuerOf: (keys: SigningKeys) => Issuer,
): Promise<ReloadableIssuer> {
  let keys = await ring.load()
  let current = issuerOf(keys)
  let waiting: Promise<void> | undefined
  let last: Promise<unknown> = Promise.resolve()

  /** One at a time, and whoever asks while one reads shares the next: what was read may be older than the question. */
  function reload(): Promise<void> {
    waiting ??= last.then(async () => {
      waiting = undefined
      const now = await ring.load()
      if (now !== keys) current = issuerOf(now)
      keys = now
    })
    last = waiting.catch(() => {})
    return waiting
  }

  async function withFreshKey(mint: () => Promise<MintedToken>): Promise<MintedToken> {
    try {
      return await mint()
    } catch (error) {
      // Another server retired the key, and the word of it is still on its way to us.
      if (!(error instanceof RetiredKeyError)) throw error
      await reload()
      return mint()
    }
  }

  return {
    issuer: {
      mint: (request) => withFreshKey(() => current.mint(request)),
      mintForPublication: (audience) => withFreshKey(() => current.mintForPublication(audience)),
      proveSigner: () => current.proveSigner(),
      jwks: () => current.jwks(),
      discovery: () => current.discovery(),
      isOurKid: (kid) => current.isOurKid(kid),
    },
    reload,
  }
}
