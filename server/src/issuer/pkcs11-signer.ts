/**
 * Keys that a PKCS #11 token holds, and never gives out. What is kept of one is where it is, and its public part: sealed
 * as a private key is, so that who can only write to the database cannot publish a key of his own.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import { Outage } from '../outage.ts'
import type { Pkcs11Connection } from '../pkcs11/connection.ts'
import { TokenError } from '../pkcs11/protocol.ts'
import { MODULUS_BITS, type PublicJwk, type Signer, type SigningKey, thumbprintOf } from './signer.ts'

const Material = Type.Object({
  /** In hexadecimal digits, what the token knows the key by. */
  keyId: Type.String({ pattern: '^[0-9a-f]{32}$' }),
  publicJwk: Type.Object({ kty: Type.Literal('RSA'), n: Type.String(), e: Type.String() }),
})
type Material = Static<typeof Material>

const KEY_ID_BYTES = 16
const LABEL = 'Daypass signing key'

/** @param token Undefined: this server is told of none, and may still know of keys that one holds. */
export function pkcs11Signer(
  token: Pkcs11Connection | undefined,
  randomBytes: (count: number) => Buffer,
): Signer {
  async function reach<T>(act: (token: Pkcs11Connection) => Promise<T>): Promise<T> {
    if (!token) throw signerUnavailable('a PKCS #11 token holds it, and the server was started without one')
    try {
      return await act(token)
    } catch (error) {
      throw error instanceof TokenError ? signerUnavailable(error.message, error) : error
    }
  }

  function signingKeyOf({ keyId, publicJwk }: Material): SigningKey {
    const id = Buffer.from(keyId, 'hex')
    const publicKey = createPublicKey({ key: { ...publicJwk }, format: 'jwk' })
    return {
      kid: thumbprintOf(publicJwk),
      publicJwk,
      heldBy: 'pkcs11',
      async sign(input) {
        const signature = await reach((at) => at.perform({ kind: 'sign', id, input }))
        // A faulty signature may give an RSA key away (Boneh, DeMillo, Lipton 1997), so none leaves unseen.
        if (!(await isSignature(signature, input, publicKey))) {
          throw signerUnavailable('the token made a signature that does not fit its key')
        }
        return signature
      },
    }
  }

  return {
    holder: 'pkcs11',
    isHere: token !== undefined,
    async create() {
      const id = randomBytes(KEY_ID_BYTES)
      const { modulus, exponent } = await reach((at) =>
        at.perform({ kind: 'create', id, label: LABEL, modulusBits: MODULUS_BITS }),
      )
      if (modulus.length !== MODULUS_BITS / 8)
        throw new Error(`The token made a key of ${modulus.length} bytes.`)
      const publicJwk: PublicJwk = {
        kty: 'RSA',
        n: Buffer.from(modulus).toString('base64url'),
        e: Buffer.from(exponent).toString('base64url'),
      }
      const kept: Material = { keyId: id.toString('hex'), publicJwk }
      await signingKeyOf(kept).sign(randomBytes(32))
      return { publicJwk, material: Buffer.from(JSON.stringify(kept)) }
    },
    open: (material) => signingKeyOf(parse(material)),
    async destroy(material) {
      const id = Buffer.from(parse(material).keyId, 'hex')
      await reach((at) => at.perform({ kind: 'destroy', id }))
    },
  }
}

function parse(material: Buffer): Material {
  const kept: unknown = JSON.parse(material.toString('utf8'))
  if (!Check(Material, kept)) throw new Error('What is kept of a key in a PKCS #11 token has another form.')
  return kept
}

function isSignature(signature: Buffer, input: Buffer, publicKey: KeyObject): Promise<boolean> {
  return new Promise((resolve, reject) => {
    verify('sha256', input, publicKey, signature, (error, fits) => (error ? reject(error) : resolve(fits)))
  })
}

function signerUnavailable(why: string, cause?: unknown): Outage {
  return new Outage(`The key that signs tokens cannot be used: ${why}`, {
    reason: 'signer_unavailable',
    sentence:
      'The key that signs tokens is held by a PKCS #11 token that cannot be used now, so no token is issued; the log of the server says why. Try again in a moment.',
    cause,
  })
}
