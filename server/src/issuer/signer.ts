/**
 * Who holds the private parts of the keys that sign, and signs with them.
 *
 * Owns: what the rest of the issuer may ask of a holder. Does not own: which key signs when (lifecycle), nor how what a
 * holder needs to find its key again is kept (keys): it gives bytes, and gets the same bytes back.
 */
import type { KeyObject } from 'node:crypto'
import { createHash, createPublicKey } from 'node:crypto'

/** `database`: sealed by the master key, in the key's row. `pkcs11`: a token, which never gives it out. */
export type KeyHolder = 'database' | 'pkcs11'

/** The public part of an RSA key (RFC 7518, section 6.3.1). */
export interface PublicJwk {
  readonly kty: 'RSA'
  readonly n: string
  readonly e: string
}

export interface SigningKey {
  /** JWK thumbprint of the public part (RFC 7638): another key has another id. */
  readonly kid: string
  readonly publicJwk: PublicJwk
  readonly heldBy: KeyHolder
  /**
   * RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3), not on the event loop.
   *
   * @throws {Outage} when the holder cannot be reached now.
   */
  readonly sign: (input: Buffer) => Promise<Buffer>
}

export interface Signer {
  readonly holder: KeyHolder
  /** False: this server cannot reach it, and was not told how. */
  readonly isHere: boolean
  /**
   * Makes a key pair.
   *
   * @returns Its public part, and what `open` needs to use it; secret, for it may be the private key itself.
   * @throws {Outage} when the holder cannot be reached now.
   */
  create(): Promise<{ readonly publicJwk: PublicJwk; readonly material: Buffer }>
  /** Asks the holder for nothing yet. @throws for what `create` did not give. */
  open(material: Buffer): SigningKey
  /** Afterwards nobody can sign with it. That it is gone already is as good. @throws {Outage} */
  destroy(material: Buffer): Promise<void>
}

export interface Signers {
  /** Makes the keys that are yet to come. */
  readonly forNewKeys: Signer
  readonly holding: Readonly<Record<KeyHolder, Signer>>
}

/** 4096 bits sign thirteen times slower, and no relying party asks for them. */
export const MODULUS_BITS = 2048

export function publicJwkOf(key: KeyObject): PublicJwk {
  const { n, e } = createPublicKey(key).export({ format: 'jwk' })
  if (typeof n !== 'string' || typeof e !== 'string') throw new Error('A signing key must be an RSA key.')
  return { kty: 'RSA', n, e }
}

/** RFC 7638: SHA-256 over the required members alone, in the order of their names, without spaces. */
export function thumbprintOf({ e, kty, n }: PublicJwk): string {
  return createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url')
}
