/** Fingerprints as a runner makes them, found by the server that never had what they are of. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fingerprintsOf, newFingerprintKey } from '../runner/src/job/fingerprints.ts'
import { matcherOf, withOneKey } from '../server/src/fingerprints/matcher.ts'
import { CREDENTIAL_BLOT, withoutCredentials } from '../server/src/state/blot.ts'

const SEED = 20261129
const letters = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=')
const credential = fc.string({ unit: letters, minLength: 40, maxLength: 900 })

function reportOf(credentials: readonly string[], key = newFingerprintKey(randomBytes)) {
  const report = fingerprintsOf(credentials, key)
  if (!report) throw new Error('no fingerprints')
  return report
}

const matcherFor = (...credentials: string[]) => matcherOf([reportOf(credentials)])

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
  expect(
    fingerprintsOf(['hunter2hunter2', 'AKIAIOSFODNN7EXAMPLE'], newFingerprintKey(randomBytes)),
  ).toBeUndefined()
})

test('a text that repeats the beginning of a credential for ever is read in bounded time', () => {
  const secret = `${'a'.repeat(16)}${'Z9'.repeat(40)}`
  const text = 'a'.repeat(2_000_000)
  expect(withoutCredentials(text, matcherFor(secret)).length).toBeLessThan(text.length / 100)
})

test('a day of renewals is one pass, and each of its credentials is found; so are those of a runner that made a key each', () => {
  const made = Array.from({ length: 100 }, () =>
    [randomBytes(30), randomBytes(300)].map((one) => one.toString('base64')),
  )
  const key = newFingerprintKey(randomBytes)
  const renewed = made.map((credentials) => reportOf(credentials, key))
  expect(withOneKey(renewed)).toHaveLength(1)
  const former = Array.from({ length: 3 }, () => randomBytes(60).toString('base64url'))
  const mixed = [...former.map((credential) => reportOf([credential])), ...renewed]
  expect(withOneKey(mixed)).toHaveLength(4)
  const all = [...made.flat(), ...former]
  const event = JSON.stringify({ message: all.join('\n') })
  const shown = withoutCredentials(event, matcherOf(mixed))
  expect(JSON.parse(shown)).toEqual({ message: all.map(() => CREDENTIAL_BLOT).join('\n') })
})

test('whoever repeats the beginning of a credential a thousand times does not hide the whole of it behind', () => {
  const secret = `${'a'.repeat(16)}${'Z9'.repeat(40)}`
  const text = `${`${'a'.repeat(16)}-`.repeat(3_000)}${secret}`
  const shown = withoutCredentials(text, matcherFor(secret))
  expect(shown).not.toContain('Z9')
})
