/** The key that signs heads: made from the master key, so that who has the database alone cannot sign one. */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import type { MasterKey } from '../secrets/master-key.ts'

export interface HeadKey {
  /** Raw (RFC 8032), in hex. */
  readonly publicKey: string
  /** Of the head's bytes, in hex. */
  readonly sign: (head: string) => string
}

/** What comes before the seed in PKCS #8 (RFC 8410, section 7). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** One for each master key of the source, the current one first: former ones have signed older heads. */
export function headKeys(masterKey: MasterKey): readonly [HeadKey, ...HeadKey[]] {
  const [current, ...former] = masterKey.derive('mint block heads')
  return [headKeyFrom(current), ...former.map(headKeyFrom)]
}

function headKeyFrom(seed: Buffer): HeadKey {
  const der = Buffer.concat([PKCS8_ED25519, seed])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  der.fill(0)
  seed.fill(0)
  return {
    publicKey: rawPublicKey(privateKey),
    sign: (head) => sign(null, Buffer.from(head, 'hex'), privateKey).toString('hex'),
  }
}

function rawPublicKey(privateKey: KeyObject): string {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' })
  return Buffer.from(String(x), 'base64url').toString('hex')
}
