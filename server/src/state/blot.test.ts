import fc from 'fast-check'
import { generateKeyPair, SignJWT } from 'jose'
import { beforeAll, expect, test } from 'vitest'
import { BLOT, withoutOurTokens } from './blot.ts'

const ours = 'our-key-id'
const opaque = `pul-${'0123456789'.repeat(4)}`
let jwt: string
let foreignJwt: string

beforeAll(async () => {
  const { privateKey } = await generateKeyPair('RS256')
  const signed = (kid: string): Promise<string> =>
    new SignJWT({ sub: 'pulumi:deploy:org:acme:project:p:stack:s' })
      .setProtectedHeader({ alg: 'RS256', kid })
      .setExpirationTime('5m')
      .sign(privateKey)
  jwt = await signed(ours)
  foreignJwt = await signed('another-key')
})

const blotted = (text: string): string => withoutOurTokens(text, (kid) => kid === ours)

test.each(['pul', 'dpp', 'dpj', 'dpu'])(
  'a %s token is blotted wherever it stands in a JSON text',
  (prefix) => {
    const token = `${prefix}-${'a1'.repeat(20)}`
    for (const text of [
      token,
      `line\n${token}\n`,
      `\t${token}`,
      `TOKEN=${token}x`,
      `"${token}"`,
      `x${token}`,
    ]) {
      const stored = blotted(JSON.stringify({ message: text }))
      expect(stored).not.toContain(token)
      expect(JSON.parse(stored).message).toContain(BLOT)
    }
  },
)

test('a token that our key signed is blotted, one of another issuer is the program’s own business', () => {
  expect(blotted(JSON.stringify({ message: `a\n${jwt}` }))).toBe(JSON.stringify({ message: `a\n${BLOT}` }))
  expect(blotted(`eyJ${jwt}`)).not.toContain(jwt.split('.')[2])
  expect(blotted(foreignJwt)).toBe(foreignJwt)
})

test('base64 does not hide a token, whatever stands around it and however its lines are broken', () => {
  for (const token of [opaque, jwt]) {
    for (const before of ['', 'a', 'ab', 'abc']) {
      const inner = `${before}${token}\n`
      for (const encoding of ['base64', 'base64url'] as const) {
        const encoded = Buffer.from(inner).toString(encoding)
        const lines = encoded.replace(/.{76}/g, '$&\n')
        for (const text of [encoded, lines, lines.replaceAll('\n', '\r\n'), `/p/${encoded}`, `/${encoded}`]) {
          const stored = blotted(JSON.stringify({ message: text }))
          expect(JSON.parse(stored).message).toContain(BLOT)
          expect(stored).not.toContain(encoded.slice(0, 40))
        }
      }
    }
  }
})

test('a blot never breaks the JSON it stands in', () => {
  const before = fc.array(
    fc.constantFrom('\\n', '\\\\', '\\u003c', '\\u000d', '\\u000', 'n', ' ', 'd', '\\/', '\\"', '0'),
  )
  const tokens = [
    opaque,
    'dpp-'.concat('1'.repeat(40)),
    'pp-'.concat('1'.repeat(40)),
    jwt,
    btoa(opaque),
    btoa(jwt),
  ]
  fc.assert(
    fc.property(before, fc.constantFrom(...tokens), before, (one, token, other) => {
      const text = `"${one.join('')}${token}${other.join('')}"`
      fc.pre(isJson(text))
      expect(isJson(blotted(text)), text).toBe(true)
    }),
    { numRuns: 5_000 },
  )
})

test('everything else is stored to the letter', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(blotted(text)).toBe(text)
    }),
  )
  const harmless = [
    Buffer.alloc(3_000, 7).toString('base64'),
    'pul-0123',
    `pul-${'A'.repeat(40)}`,
    'urn:pulumi:dev::p::aws:s3/bucket:Bucket::b',
  ]
  for (const text of harmless) expect(blotted(text)).toBe(text)
})

test.each(['eyJhbGciOi', 'eyJ.', 'pul-', 'aaaa.', 'abcdefghij\n', 'a '])(
  '20 MB of %j take no long time',
  (piece) => {
    const text = JSON.stringify({ output: piece.repeat(20_000_000 / piece.length) })
    const start = performance.now()
    expect(blotted(text)).toBe(text)
    const milliseconds = performance.now() - start
    expect(milliseconds).toBeLessThan(10_000)
  },
)

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
