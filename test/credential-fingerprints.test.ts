/** Fingerprints as a runner makes them, found by the server that never had what they are of. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fingerprintsOf } from '../runner/src/job/fingerprints.ts'
import { matcherOf } from '../server/src/fingerprints/matcher.ts'
import { CREDENTIAL_BLOT, withoutCredentials } from '../server/src/state/blot.ts'

const SEED = 20261129
const letters = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=')
const credential = fc.string({ unit: letters, minLength: 40, maxLength: 900 })

function matcherFor(...credentials: string[]) {
  const report = fingerprintsOf(credentials, randomBytes)
  if (!report) throw new Error('no fingerprints')
  return matcherOf([report])
}

test('a credential is found in every form, wherever it stands in a JSON text, and the text stays JSON', () => {
  const forms: [string, (secret: string) => string][] = [
    ['plain', (secret) => secret],
    ['base64', (secret) => Buffer.from(`a${secret}bc`).toString('base64')],
    ['base64url', (secret) => Buffer.from(`ab${secret}c`).toString('base64url')],
    ['hex', (secret) => Buffer.from(secret).toString('hex')],
    ['HEX', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
    ['URL', (secret) => encodeURIComponent(secret)],
    ['form', (secret) => new URLSearchParams({ a: secret }).toString()],
    ['JSON in JSON', (secret) => JSON.stringify(JSON.stringify(secret))],
  ]
  fc.assert(
    fc.property(
      credential,
      fc.constantFrom(...forms),
      fc.string(),
      fc.constantFrom('', '\n', '\\', '"', '\t', 'é', '\u2028', '\\n'),
      (secret, [name, encode], around, before) => {
        const event = JSON.stringify({ message: `${around}${before}${encode(secret)}${before}${around}` })
        const shown = withoutCredentials(event, matcherFor(secret))
        expect(shown, name).toContain(CREDENTIAL_BLOT)
        expect(() => JSON.parse(shown), shown).not.toThrow()
        expect(shown).not.toContain(secret.slice(0, 24))
      },
    ),
    { seed: SEED, numRuns: 300 },
  )
})

test('a text that was made so that a match begins inside an escape stays JSON', () => {
  const secret = `n${'Q7'.repeat(30)}`
  const event = JSON.stringify({ message: `\n${secret.slice(1)}` })
  expect(event).toContain(`\\${secret}`)
  const shown = withoutCredentials(event, matcherFor(secret))
  expect(JSON.parse(shown)).toEqual({ message: `\n${CREDENTIAL_BLOT}` })
})

test('whatever is not a credential passes unchanged', () => {
  const match = matcherFor(...Array.from({ length: 20 }, () => randomBytes(30).toString('base64')))
  fc.assert(
    fc.property(fc.json(), credential, (json, other) => {
      expect(withoutCredentials(json, match)).toBe(json)
      expect(withoutCredentials(other, match)).toBe(other)
    }),
    { seed: SEED, numRuns: 500 },
  )
  const long = randomBytes(3_000_000).toString('base64')
  expect(withoutCredentials(long, match)).toBe(long)
})

test('half a credential is not one, two that touch or overlap are covered whole', () => {
  const [one, two] = ['A1'.repeat(30), 'B2'.repeat(30)]
  const match = matcherFor(one, two, `${one.slice(20)}${two.slice(0, 20)}`)
  expect(withoutCredentials(one.slice(0, 50), match)).toBe(one.slice(0, 50))
  expect(withoutCredentials(`${one}${two}`, match)).toBe(CREDENTIAL_BLOT)
})

test('short values have no fingerprint: they could be guessed from it', () => {
  expect(fingerprintsOf(['hunter2hunter2', 'AKIAIOSFODNN7EXAMPLE'], randomBytes)).toBeUndefined()
})

test('a text that repeats the beginning of a credential for ever is read in bounded time', () => {
  const secret = `${'a'.repeat(16)}${'Z9'.repeat(40)}`
  const text = 'a'.repeat(2_000_000)
  expect(withoutCredentials(text, matcherFor(secret)).length).toBeLessThan(text.length / 100)
})
