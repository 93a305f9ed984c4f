/**
 * No false hits: what `pulumi` 3.259.0 printed (`fixtures/pulumi-output.txt`: every command of a deployment, previews as JSON, an
 * exported state, engine events) passes unchanged, however many credentials are looked for in it.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fingerprintsOf, newFingerprintKey } from '../runner/src/job/fingerprints.ts'
import { createRedactor, REPLACEMENT } from '../runner/src/job/redact.ts'
import { matcherOf } from '../server/src/fingerprints/matcher.ts'
import { CREDENTIAL_BLOT, withoutCredentials, withoutOurTokens } from '../server/src/state/blot.ts'
import { seeded } from './harness/random.ts'

const CORPUS = readFileSync(join(import.meta.dirname, 'fixtures/pulumi-output.txt'), 'utf8')
const SEED = 20261129
/** So many of each kind: a job has one or two. */
const SETS = 100

const random = seeded(SEED)
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const letters = (count: number, alphabet = BASE64): string =>
  Array.from({ length: count }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
const bytes = (count: number): Buffer => Buffer.from(Array.from({ length: count }, () => random() * 256))

/** As the three clouds grant them. */
const CREDENTIALS = Array.from({ length: SETS }, () => [
  `ASIA${letters(16, UPPER)}`,
  letters(40),
  `IQoJb3JpZ2luX2Vj${letters(700)}==`,
  `eyJ0eXAiOiJKV1Qi${letters(900).replaceAll(/[+/]/g, '_')}`,
  `ya29.c.${letters(300).replaceAll(/[+/]/g, '-')}`,
]).flat()
const [, SECRET_KEY = ''] = CREDENTIALS

test('the corpus is one: it holds what commands, states and events hold', () => {
  expect(CORPUS.length).toBeGreaterThan(30_000)
  for (const words of [
    'Previewing update (dev)',
    'urn:pulumi:dev::shop::',
    '"ciphertext"',
    'resourcePreEvent',
  ])
    expect(CORPUS).toContain(words)
})

test('the log blots nothing of it, and the credential that is put in', () => {
  const redactor = createRedactor(SEED)
  for (const credential of CREDENTIALS) expect(redactor.add(credential)).toBe(true)
  const changed = CORPUS.split('\n').filter((line) => redactor.redact(line) !== line)
  expect(changed).toEqual([])
  expect(redactor.redact(`AWS_SECRET_ACCESS_KEY=${SECRET_KEY}`)).toBe(`AWS_SECRET_ACCESS_KEY=${REPLACEMENT}`)
})

test('the server blots nothing of it in events, and the credential that is put in', () => {
  const report = fingerprintsOf(CREDENTIALS, newFingerprintKey(bytes))
  if (!report) throw new Error('There are no fingerprints.')
  const match = matcherOf([report])
  expect(withoutCredentials(CORPUS, match)).toBe(CORPUS)
  expect(withoutOurTokens(CORPUS, () => true)).toBe(CORPUS)
  expect(withoutCredentials(`{"a":"${SECRET_KEY}"}`, match)).toBe(`{"a":"${CREDENTIAL_BLOT}"}`)
})
