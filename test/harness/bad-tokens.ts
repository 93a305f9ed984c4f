/**
 * The tokens that nobody may believe, once for the tests of all who might: local clouds, real relying parties, and our own
 * door for tokens of others. Each is a good token with one thing wrong; all that can be is signed by the issuer's own key.
 *
 * Does not own who refuses which of them in what words: some read a list of audiences, and say so in their own test.
 */
import { createHmac, createPublicKey, type JsonWebKey } from 'node:crypto'
import { CompactSign, exportJWK, generateKeyPair } from 'jose'
import type { GoodClaims, TokenSigner } from '../../local-clouds/src/issuer/issuer-for-tests.ts'

export const FAULTS = [
  'algorithm none',
  'algorithm none in other letters',
  'HS256 with the public key',
  'an unknown key',
  'no key id',
  'a key of another issuer',
  'a key that it brings along',
  'an altered header',
  'altered claims',
  'an altered signature',
  'expired',
  'not valid yet',
  'issued in the future',
  'another audience',
  'an audience in other letters',
  'an audience in a list',
  'an audience among others',
  'an issuer with a slash',
  'a subject twice, a false one last',
  'a subject twice, a false one first',
  'a megabyte',
] as const

export type Fault = (typeof FAULTS)[number]

const HOUR_SECONDS = 3600

/** @param good Of a token that would be believed now; whoever takes a token once gets another `jti` in each. */
export async function badTokens(
  signer: TokenSigner,
  good: GoodClaims,
): Promise<Readonly<Record<Fault, string>>> {
  let made = 0
  const text = (changes: object = {}): string => {
    made += 1
    return JSON.stringify({ ...good, jti: `${String(good['jti'])}-${made}`, ...changes })
  }
  const signed = (claims: string, header: object = {}, key = signer.privateKey): Promise<string> =>
    new CompactSign(Buffer.from(claims))
      .setProtectedHeader({ alg: 'RS256', kid: signer.kid, typ: 'JWT', ...header })
      .sign(key)
  const stranger = await generateKeyPair('RS256', { extractable: true })
  const strangersJwk = await exportJWK(stranger.publicKey)
  const [header = '', payload = '', signature = ''] = (await signed(text())).split('.')
  const { kid } = signer
  const { iat, aud, sub, iss } = good
  const falseSubject = JSON.stringify(sub.replace(/:operation:[^:]+:/, ':operation:destroy:'))
  return {
    'algorithm none': `${part({ alg: 'none', kid })}.${payload}.`,
    'algorithm none in other letters': `${part({ alg: 'nOnE', kid })}.${payload}.`,
    'HS256 with the public key': signedByPublicKey(signer, text()),
    'an unknown key': await signed(text(), { kid: 'unknown' }),
    'no key id': await signed(text(), { kid: undefined }),
    'a key of another issuer': await signed(text(), {}, stranger.privateKey),
    'a key that it brings along': await signed(text(), { jwk: strangersJwk }, stranger.privateKey),
    'an altered header': `${part({ alg: 'RS256', kid, typ: 'JWS' })}.${payload}.${signature}`,
    'altered claims': `${header}.${encoded(text({ sub: JSON.parse(falseSubject) }))}.${signature}`,
    'an altered signature': `${header}.${payload}.${signature.replace(/^./, (one) => (one === 'A' ? 'B' : 'A'))}`,
    expired: await signed(text(times(iat - 2 * HOUR_SECONDS, iat - HOUR_SECONDS))),
    'not valid yet': await signed(text({ ...times(iat, iat + 2 * HOUR_SECONDS), nbf: iat + HOUR_SECONDS })),
    'issued in the future': await signed(text(times(iat + HOUR_SECONDS, iat + 2 * HOUR_SECONDS))),
    'another audience': await signed(text({ aud: 'https://elsewhere.example.com' })),
    'an audience in other letters': await signed(text({ aud: otherLetters(aud) })),
    'an audience in a list': await signed(text({ aud: [aud] })),
    'an audience among others': await signed(text({ aud: ['https://elsewhere.example.com', aud] })),
    'an issuer with a slash': await signed(text({ iss: `${iss}/` })),
    'a subject twice, a false one last': await signed(text().replace(/\}$/, `,"sub":${falseSubject}}`)),
    'a subject twice, a false one first': await signed(text().replace(/^\{/, `{"sub":${falseSubject},`)),
    'a megabyte': await signed(text({ padding: 'x'.repeat(1_000_000) })),
  }
}

function times(iat: number, exp: number): { iat: number; nbf: number; exp: number } {
  return { iat, nbf: iat, exp }
}

function otherLetters(audience: string): string {
  const upper = audience.toUpperCase()
  return upper === audience ? audience.toLowerCase() : upper
}

/** The confusion of RFC 8725, section 2.1: whoever lets the token choose takes the public key for a shared secret. */
function signedByPublicKey({ kid, publicJwk }: TokenSigner, claims: string): string {
  const { kty, n, e } = publicJwk
  const key = createPublicKey({ key: { kty, n, e } as JsonWebKey, format: 'jwk' })
  const input = `${part({ alg: 'HS256', kid })}.${encoded(claims)}`
  const mac = createHmac('sha256', key.export({ type: 'spki', format: 'pem' })).update(input)
  return `${input}.${mac.digest('base64url')}`
}

function part(value: object): string {
  return encoded(JSON.stringify(value))
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64url')
}
