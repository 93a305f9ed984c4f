/** Signs claims as a compact JWS (RFC 7515, section 7.1) with RS256. */
import type { OidcToken } from '@daypass/contract/tokens.ts'
import type { SigningKey } from './signer.ts'

export type SignClaims = (claims: object) => Promise<OidcToken>

export function signWith({ kid, sign }: Pick<SigningKey, 'kid' | 'sign'>): SignClaims {
  const header = encode({ alg: 'RS256', kid, typ: 'JWT' })
  return async (claims) => {
    const input = `${header}.${encode(claims)}`
    const signature = await sign(Buffer.from(input))
    return `${input}.${signature.toString('base64url')}` as OidcToken
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
