/** Keys whose private part lies in the database, sealed by the master key, and in the memory of every server. */
import { createPrivateKey, generateKeyPair, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { MODULUS_BITS, publicJwkOf, type Signer, type SigningKey, thumbprintOf } from './signer.ts'

export const databaseSigner: Signer = {
  holder: 'database',
  isHere: true,
  async create() {
    const { publicJwk, privateKey } = await generateSigningKey()
    return { publicJwk, material: privateKey.export({ format: 'der', type: 'pkcs8' }) }
  },
  open: (material) => signingKeyOf(createPrivateKey({ key: material, format: 'der', type: 'pkcs8' })),
  // Its row holds it, and gives it up.
  destroy: async () => {},
}

/** A new key pair, made in libuv's threads. */
export async function generateSigningKey(): Promise<SigningKey & { readonly privateKey: KeyObject }> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: MODULUS_BITS })
  const key = signingKeyOf(privateKey)
  // In an emergency somebody types `daypass issuer revoke <kid>`, which takes a word with a hyphen for a flag.
  return key.kid.startsWith('-') ? generateSigningKey() : { ...key, privateKey }
}

/** Opened once: a PEM text parsed at each call costs three times the signature. */
function signingKeyOf(privateKey: KeyObject): SigningKey {
  const publicJwk = publicJwkOf(privateKey)
  return {
    kid: thumbprintOf(publicJwk),
    publicJwk,
    heldBy: 'database',
    sign: (input) => signOffTheEventLoop(input, privateKey),
  }
}

function signOffTheEventLoop(input: Buffer, key: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign('sha256', input, key, (error, signature) => (error ? reject(error) : resolve(signature)))
  })
}
