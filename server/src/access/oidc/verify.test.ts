import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey, sign } from 'node:crypto'
import fc from 'fast-check'
import { CompactSign, exportJWK, generateKeyPair, type JWK } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  fetchFromLoopback,
  type OtherIssuer,
  startOtherIssuer,
} from '../../../../test/harness/other-issuer.ts'
import { FetchRefused } from './fetch-document.ts'
import { type IssuerKeys, type IssuerPlace, issuerKeys, keySetFrom } from './issuer-keys.ts'
import { claimedIssuer, LONGEST_TOKEN, verifiedClaims } from './verify.ts'

let time = Date.parse('2026-03-01T12:00:00Z')
const now = (): Date => new Date(time)
const seconds = (later = 0): number => Math.floor(time / 1000) + later

let issuer: OtherIssuer
let place: IssuerPlace
let keys: IssuerKeys
beforeAll(async () => {
  issuer = await startOtherIssuer(now)
})
afterAll(() => issuer.close())
beforeEach(() => {
  time = Date.parse('2026-03-01T12:00:00Z')
  place = { id: 'i1', url: issuer.url, issuer: issuer.url, thumbprints: [], jwks: null }
  keys = issuerKeys(fetchFromLoopback, now)
  issuer.asked.length = 0
})

const verify = (token: string) => verifiedClaims(token, place, { keys, now: now() })

test('a token of the issuer is believed, and says what it says', async () => {
  expect(await verify(await issuer.token({ repository: 'acme/web' }))).toMatchObject({
    iss: issuer.url,
    aud: 'acme',
    repository: 'acme/web',
  })
})

test('a token is about one subject: a list of them is none', async () => {
  for (const sub of [['b', 'a'], ['a'], '', 7, { a: 'a' }]) {
    const token = await issuer.token({ sub })
    expect(await verify(token), JSON.stringify(sub)).toBe('The claim "sub" of the token does not hold.')
  }
})

const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const claimsOf = (more: object = {}): object => ({
  iss: issuer.url,
  sub: 'a',
  aud: 'acme',
  iat: seconds(),
  exp: seconds(300),
  ...more,
})
const published = (): JWK => issuer.serves.jwks.keys[0] ?? {}

describe('what says it is a token of the issuer and is none', () => {
  const UNSIGNED = /^The token is not signed by a key of its issuer/

  test('"none" is no signature, however it is written', async () => {
    for (const alg of ['none', 'None', 'NONE', '']) {
      for (const signature of ['', 'AAAA']) {
        const token = `${part({ alg, kid: published().kid })}.${part(claimsOf())}.${signature}`
        expect(await verify(token), `${alg} ${signature}`).toMatch(UNSIGNED)
      }
    }
  })

  test('a public key is no shared secret', async () => {
    const { kty, n, e, kid } = published()
    const jwk = { kty, n, e } as JsonWebKey
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    const secrets = [
      key.export({ type: 'spki', format: 'pem' }),
      key.export({ type: 'spki', format: 'der' }),
      key.export({ type: 'pkcs1', format: 'pem' }),
      JSON.stringify(published()),
      Buffer.from(String(n), 'base64url'),
    ]
    for (const secret of secrets) {
      const signed = `${part({ alg: 'HS256', kid })}.${part(claimsOf())}`
      const mac = createHmac('sha256', secret).update(signed).digest('base64url')
      expect(await verify(`${signed}.${mac}`)).toMatch(UNSIGNED)
    }
  })

  test('a key that the token brings along, or points at, counts for nothing', async () => {
    const stranger = await generateKeyPair('RS256', { extractable: true })
    const jwk = { ...(await exportJWK(stranger.publicKey)), kid: 'key-1', alg: 'RS256' }
    const headers = [
      { jwk },
      { jku: `${issuer.url}/jwks`, jwk },
      { x5u: 'https://evil.example/cert' },
      { x5c: ['AAAA'] },
    ]
    for (const header of headers) {
      const token = await new CompactSign(Buffer.from(JSON.stringify(claimsOf())))
        .setProtectedHeader({ alg: 'RS256', kid: 'key-1', ...header })
        .sign(stranger.privateKey)
      expect(await verify(token)).toMatch(UNSIGNED)
    }
  })

  test('another key, another kid, no kid that fits', async () => {
    expect(await verify(await issuer.token({}, { kid: 'unknown' }))).toMatch(UNSIGNED)
    await issuer.rotate({ published: false })
    expect(await verify(await issuer.token())).toMatch(UNSIGNED)
    await issuer.rotate()
    time += 60_000
    expect(await verify(await issuer.token())).toMatchObject({ sub: expect.any(String) })
  })

  test('a signature belongs to its text', async () => {
    const [header, payload, signature = ''] = (await issuer.token()).split('.')
    const [, otherPayload] = (await issuer.token({ sub: 'other' })).split('.')
    expect(await verify(`${header}.${otherPayload}.${signature}`)).toMatch(UNSIGNED)
    expect(await verify(`${header}.${payload}.${signature.slice(0, -4)}`)).toMatch(UNSIGNED)
    expect(
      await verify(`${header}.${payload}.${signature.replace(/^./, (one) => (one === 'A' ? 'B' : 'A'))}`),
    ).toMatch(UNSIGNED)
  })

  test('what is not understood and must be is refused', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k' } as JWK] }
    const verifyWith = (header: object, algorithm = 'sha256') => {
      const signed = `${part({ kid: 'k', ...header })}.${part(claimsOf())}`
      const signature = sign(algorithm, Buffer.from(signed), privateKey).toString('base64url')
      return verifiedClaims(`${signed}.${signature}`, { ...place, jwks }, { keys, now: now() })
    }
    expect(await verifyWith({ alg: 'RS256' })).toMatchObject({ sub: 'a' })
    expect(await verifyWith({ alg: 'RS256', crit: ['mine'], mine: 1 })).toMatch(UNSIGNED)
    expect(await verifyWith({ alg: 'RS256', crit: ['b64'], b64: false })).toMatch(UNSIGNED)
    expect(await verifyWith({ alg: 'RS256', crit: [] })).toMatch(UNSIGNED)
    expect(await verifyWith({ alg: ['RS256'] })).toMatch(UNSIGNED)
    // SHA-1, which somebody can find a second text for.
    expect(await verifyWith({ alg: 'RS1' }, 'sha1')).toMatch(UNSIGNED)
  })
})

test.each<[string, Record<string, unknown>, RegExp]>([
  ['has expired', { exp: -3_600 }, /^The token has expired\.$/],
  ['has just expired, beyond what clocks differ', { exp: -61 }, /^The token has expired\.$/],
  ['is for later', { nbf: 120 }, /"nbf"/],
  ['was made later', { iat: 120 }, /"iat"/],
])('a token that %s', async (_name, offsets, sentence) => {
  const times = Object.fromEntries(
    Object.entries(offsets).map(([claim, offset]) => [claim, seconds(Number(offset))]),
  )
  expect(await verify(await issuer.token({ iat: seconds(-7_200), nbf: undefined, ...times }))).toMatch(
    sentence,
  )
})

test.each<[string, Record<string, unknown>]>([
  ['without an end', { exp: undefined }],
  ['with an end that is text', { exp: '9999999999' }],
  ['without a beginning', { iat: undefined }],
  ['for nobody', { aud: undefined }],
  ['about nobody', { sub: undefined }],
  ['with a beginning that is text', { nbf: 'yesterday' }],
])('a token %s', async (_name, claims) => {
  expect(await verify(await issuer.token(claims))).toMatch(
    /^The claim "[a-z]+" of the token does not hold\.$/,
  )
})

test('clocks may differ by a minute', async () => {
  expect(await verify(await issuer.token({ exp: seconds(-59), iat: seconds(-300) }))).toMatchObject({})
  expect(await verify(await issuer.token({ iat: seconds(59), nbf: seconds(59) }))).toMatchObject({})
})

test('the issuer is compared to the letter', async () => {
  for (const iss of [
    `${issuer.url}/`,
    issuer.url.toUpperCase(),
    `${issuer.url} `,
    'https://evil.example',
    [issuer.url],
  ]) {
    expect(await verify(await issuer.token({ iss }))).toMatch(/"iss"/)
  }
})

test('an access token is no ID token', async () => {
  expect(await verify(await issuer.token({}, { typ: 'at+jwt' } as object))).toMatch(/another type/)
  expect(await verify(await issuer.token({}, { typ: 'JWT' } as object))).toMatchObject({ aud: 'acme' })
})

test('whatever is changed of a token, it is refused or says the same', async () => {
  const token = await issuer.token()
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const believed = await verify(token)
  const change = fc.record({
    at: fc.nat(token.length - 1),
    letter: fc.constantFrom(...alphabet, '.', '=', ' ', 'é'),
    kind: fc.constantFrom('replace', 'insert', 'delete'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      const changed = changes.reduce((text, { at, letter, kind }) => {
        const after = text.slice(kind === 'insert' ? at : at + 1)
        return text.slice(0, at) + (kind === 'delete' ? '' : letter) + after
      }, token)
      // The last letter of a part has bits that stand for nothing.
      const verdict = await verify(changed)
      if (typeof verdict !== 'string') expect(verdict).toEqual(believed)
    }),
    { seed: 7, numRuns: 1_500 },
  )
})

describe('where to look', () => {
  test('what a token says about its issuer', async () => {
    expect(claimedIssuer(await issuer.token())).toBe(issuer.url)
    expect(claimedIssuer(`${part({})}.${part({ iss: 'a' })}.x`)).toBe('a')
  })

  test.each<[string, string]>([
    ['two issuers', `${part('{}')}.${part('{"iss":"a","iss":"b"}')}.x`],
    ['two issuers, one of them spelled otherwise', `${part('{}')}.${part('{"iss":"a","\\u0069ss":"b"}')}.x`],
    ['two subjects', `${part('{}')}.${part('{"iss":"a","sub":"b","sub":"c"}')}.x`],
    ['a claim twice inside another', `${part('{}')}.${part('{"iss":"a","x":{"y":1,"y":2}}')}.x`],
    ['two algorithms', `${part('{"alg":"RS256","alg":"none"}')}.${part('{"iss":"a"}')}.x`],
    ['a list', `${part('{}')}.${part('[]')}.x`],
    ['nothing', `${part('{}')}.${part('null')}.x`],
    ['a number as its issuer', `${part('{}')}.${part('{"iss":1}')}.x`],
    ['no JSON', `${part('{}')}.${part('{"iss":"a"')}.x`],
    ['one part', 'x'],
    ['too much', `${part('{}')}.${part({ iss: 'a', x: 'y'.repeat(LONGEST_TOKEN) })}.x`],
  ])('%s is no token', (_name, token) => {
    expect(claimedIssuer(token)).toBeUndefined()
  })

  test('a signed token that says something twice is none either', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = { ...(await exportJWK(publicKey)), kid: 'e' }
    const text = JSON.stringify(claimsOf()).replace('{', '{"sub":"first",')
    const token = await new CompactSign(Buffer.from(text))
      .setProtectedHeader({ alg: 'ES256', kid: 'e' })
      .sign(privateKey)
    expect(claimedIssuer(token)).toBeUndefined()
    // It is nothing but that which is wrong with it.
    const byHand = { ...place, jwks: { keys: [jwk] } }
    expect(await verifiedClaims(token, byHand, { keys, now: now() })).toMatchObject({ sub: 'a' })
  })
})

describe('keys', () => {
  const rsa = (bits: number, exponent?: number): JWK => {
    const options = { modulusLength: bits, ...(exponent !== undefined && { publicExponent: exponent }) }
    return generateKeyPairSync('rsa', options).publicKey.export({ format: 'jwk' }) as JWK
  }
  const good = (): JWK => ({ ...published() })

  test.each<[string, () => JWK]>([
    ['a shared secret', () => ({ kty: 'oct', k: 'AAAA', alg: 'HS256' })],
    ['an RSA key that is too short', () => rsa(1024)],
    ['a key for encryption', () => ({ ...good(), use: 'enc' })],
    ['an RSA key that says HS256', () => ({ ...good(), alg: 'HS256' })],
    ['an RSA key that says none', () => ({ ...good(), alg: 'none' })],
    ['a key without its parts', () => ({ kty: 'RSA', n: 'AQAB' })],
    ['a point that is on no curve', () => ({ kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' })],
    ['a curve that nobody uses', () => ({ kty: 'EC', crv: 'secp256k1', x: 'AAAA', y: 'AAAA' })],
    ['text', () => 'key' as unknown as JWK],
    ['a type of every object', () => ({ kty: 'constructor' })],
  ])('%s is no key', (_name, key) => {
    expect(() => keySetFrom({ keys: [key()] })).toThrow(FetchRefused)
  })

  test.each([{}, { keys: [] }, { keys: 'all' }, null, [], 'x'])('%j has no key', (json) => {
    expect(() => keySetFrom(json)).toThrow(FetchRefused)
  })

  test.each(['RS256', 'RS512', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA'])('%s', async (alg) => {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
    const jwks = {
      keys: [
        { kty: 'oct', k: 'AAAA', kid: 'k' },
        { ...(await exportJWK(publicKey)), kid: 'k' },
      ],
    }
    const token = await new CompactSign(Buffer.from(JSON.stringify(claimsOf())))
      .setProtectedHeader({ alg, kid: 'k' })
      .sign(privateKey)
    expect(await verifiedClaims(token, { ...place, jwks }, { keys, now: now() })).toMatchObject({ sub: 'a' })
  })
})

describe('what is asked of the issuer', () => {
  const asked = () => issuer.asked.filter((path) => path === '/oidc/jwks').length

  test('its keys are kept for five minutes', async () => {
    for (let n = 0; n < 20; n += 1) await verify(await issuer.token())
    expect(asked()).toBe(1)
    time += 301_000
    await verify(await issuer.token())
    expect(asked()).toBe(2)
  })

  test('however many tokens name a key that is not there, it is asked again at most every 30 seconds', async () => {
    const before = await issuer.token()
    await verify(before)
    const forged = await Promise.all(Array.from({ length: 50 }, (_, n) => issuer.token({}, { kid: `k${n}` })))
    for (const token of forged) expect(await verify(token)).toMatch(/not signed/)
    expect(asked()).toBe(1)
    time += 31_000
    await Promise.all(forged.map(verify))
    expect(asked()).toBe(2)
    expect(await verify(await issuer.token())).toMatchObject({ aud: 'acme' })
    expect(asked()).toBe(2)
  })

  test('one that cannot be read is left alone for 30 seconds, and meanwhile nobody is let in', async () => {
    issuer.serves.status = 503
    const token = await issuer.token()
    for (let n = 0; n < 10; n += 1) await expect(verify(token)).rejects.toThrow(FetchRefused)
    expect(issuer.asked).toHaveLength(1)
    issuer.serves.status = 200
    await expect(verify(token)).rejects.toThrow(FetchRefused)
    time += 31_000
    expect(await verify(await issuer.token())).toMatchObject({ aud: 'acme' })
  })

  test('keys that are too old do not count when the issuer is gone', async () => {
    const fresh = await issuer.token({ exp: seconds(3_600) })
    expect(await verify(fresh)).toMatchObject({ aud: 'acme' })
    issuer.serves.status = 404
    time += 301_000
    await expect(verify(fresh)).rejects.toThrow(FetchRefused)
    issuer.serves.status = 200
  })

  test('one that calls itself otherwise now is not believed', async () => {
    const { discovery } = issuer.serves
    for (const changed of [`${issuer.url}/`, 'https://evil.example', undefined, 7]) {
      issuer.serves.discovery = { ...discovery, issuer: changed }
      keys.forget(place.id)
      await expect(verify(await issuer.token())).rejects.toThrow(FetchRefused)
    }
    issuer.serves.discovery = discovery
  })
})
