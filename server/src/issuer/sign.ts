/** Signs claims as a compact JWS (RFC 7515, section 7.1) with RS256, in libuv's threads and not on the event loop. */
import { type KeyObject, sign } from 'node:crypto'
import type { OidcToken } from '@daypass/contract/tokens.ts'

/** A key that is ready to sign: opened once, for a PEM text parsed at each call costs three times the signature. */
export interface Signer {
  readonly kid: string
  readonly privateKey: KeyObject
}

export type SignClaims = (claims: object) => Promise<OidcToken>

/** @throws {TypeError} for a key that RS256 cannot use. */
export function signWith({ kid, privateKey }: Signer): SignClaims {
  if (privateKey.type !== 'private' || privateKey.asymmetricKeyType !== 'rsa') {
    throw new TypeError('RS256 needs a private RSA key.')
  }
  const header = encode({ alg: 'RS256', kid, typ: 'JWT' })
  return async (claims) => {
    const input = `${header}.${encode(claims)}`
    const signature = await signOffTheEventLoop(Buffer.from(input), privateKey)
    return `${input}.${signature.toString('base64url')}` as OidcToken
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

/** RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3), which is what Node does for an RSA key by default. */
function signOffTheEventLoop(input: Buffer, key: KeyObject): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign('sha256', input, key, (error, signature) => (error ? reject(error) : resolve(signature)))
  })
}
