import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LONGEST_LINE, redactedLines } from './lines.ts'
import { createRedactor, REPLACEMENT, type Redactor } from './redact.ts'

function redactorOf(...secrets: string[]) {
  const redactor = createRedactor()
  for (const secret of secrets) redactor.add(secret)
  return redactor
}

async function* chunksOf(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let index = 0
  for (let turn = 0; index < bytes.length; turn += 1) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1)
    yield bytes.subarray(index, index + size)
    index += size
  }
}

async function throughLines(text: string, sizes: readonly number[], ...secrets: string[]): Promise<string[]> {
  return through(redactorOf(...secrets), text, sizes)
}

async function through(redactor: Redactor, text: string, sizes: readonly number[]): Promise<string[]> {
  const lines: string[] = []
  for await (const batch of redactedLines(chunksOf(Buffer.from(text), sizes), redactor)) lines.push(...batch)
  return lines
}

const secretText = fc
  .string({ unit: 'grapheme', minLength: 8, maxLength: 60 })
  .filter((text) => text.trim().length >= 8)

test('a secret never passes, whatever stands around it', () => {
  fc.assert(
    fc.property(secretText, fc.string(), fc.string(), (secret, before, after) => {
      const shown = redactorOf(secret).redact(`${before}${secret}${after}`)
      expect(shown.replaceAll(REPLACEMENT, '')).not.toContain(secret)
      expect(shown).toContain(REPLACEMENT)
    }),
  )
})

test('a secret never passes in base64, wherever it begins among the encoded bytes', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 12, maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('hex')),
      fc.uint8Array({ maxLength: 7 }),
      fc.uint8Array({ maxLength: 7 }),
      fc.constantFrom('base64', 'base64url', 'hex'),
      (secret, before, after, encoding) => {
        const encoded = Buffer.concat([before, Buffer.from(secret), after]).toString(
          encoding as BufferEncoding,
        )
        const shown = redactorOf(secret).redact(encoded)
        // At most the characters that the secret shares with its neighbours are left, at either end.
        const left = Buffer.from(shown.replaceAll(REPLACEMENT, ''), encoding as BufferEncoding)
        expect(shown).toContain(REPLACEMENT)
        expect(left.length).toBeLessThanOrEqual(before.length + after.length + 4)
      },
    ),
  )
})

test.each([
  ['JSON', 'pa"ss\\wo<r>d&', JSON.stringify('pa"ss\\wo<r>d&')],
  ['JSON in JSON', 'pa"ss\\word', JSON.stringify(JSON.stringify('pa"ss\\word'))],
  ["Go's JSON", 'pa<ss>&word', '"pa\\u003css\\u003e\\u0026word"'],
  ['a URL', "p@ss/w rd!'", encodeURIComponent("p@ss/w rd!'")],
  ['a form', 'p@ss w/rd', new URLSearchParams({ a: 'p@ss w/rd' }).toString()],
  ['lower-case percent signs', 'p@ss/w?rd', encodeURIComponent('p@ss/w?rd').toLowerCase()],
  [
    'base64 wrapped at 76',
    's3cret-'.repeat(20),
    wrapped(Buffer.from('s3cret-'.repeat(20)).toString('base64'), 76),
  ],
])('a secret in %s is covered', (_, secret, text) => {
  const shown = text.split('\n').map(redactorOf(secret).redact).join('\n')
  expect(shown.replace(/\[secret\]/g, '').replace(/[^A-Za-z0-9]/g, '').length).toBeLessThan(8)
})

function wrapped(text: string, width: number): string {
  return text.replace(new RegExp(`.{${width}}`, 'g'), '$&\n')
}

test('a secret of several lines is covered line by line', () => {
  const key = '-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA\nabcdefghijkl\n-----END KEY-----\n'
  const shown = key.split('\n').map(redactorOf(key).redact)
  expect(shown.join('')).toBe(REPLACEMENT.repeat(4))
})

test('overlapping secrets leave nothing of either', () => {
  expect(redactorOf('abcdefgh', 'efghijkl').redact('-abcdefghijkl-')).toBe(`-${REPLACEMENT}-`)
})

test('ordinary short values are not blotted out', () => {
  const redactor = createRedactor()
  expect(redactor.add('a')).toBe(false)
  expect(redactor.add('true')).toBe(false)
  expect(redactor.redact('a plan that is true')).toBe('a plan that is true')
})

test("tokens of Daypass and JWTs are covered by their shape, whoever's they are", () => {
  const jwt = `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwdWx1bWkifQ.${'s'.repeat(40)}`
  const shown = createRedactor().redact(`token=pul-${'0'.repeat(40)} jwt=${jwt}, dpj-${'a'.repeat(40)}.`)
  expect(shown).toBe(`token=${REPLACEMENT} jwt=${REPLACEMENT}, ${REPLACEMENT}.`)
})

test('secrets are seen across chunks, in characters of any size', async () => {
  await fc.assert(
    fc.asyncProperty(
      secretText,
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
      async (secret, sizes) => {
        const text = `first line\nmy é secret is ${secret} — told\nlast`
        const shown = (await throughLines(text, sizes, secret)).join('')
        expect(shown.replaceAll(REPLACEMENT, '')).not.toContain(secret)
        expect(shown.startsWith('first line\n')).toBe(true)
      },
    ),
    { numRuns: 50 },
  )
})

test('a line without an end is cut, but never through a secret', async () => {
  const secret = 'the-secret-of-the-long-line'
  for (const shift of [0, 5, 13, 26]) {
    const text = `${'x'.repeat(LONGEST_LINE - shift)}${secret}${'y'.repeat(LONGEST_LINE * 2)}`
    const lines = await throughLines(text, [10_007], secret)
    expect(lines.every((line) => line.length <= LONGEST_LINE)).toBe(true)
    expect(lines.join('')).toBe(text.replace(secret, REPLACEMENT))
  }
})

test('what no database takes as text is made harmless', async () => {
  expect(await throughLines('a\0b\n', [1])).toEqual(['a\uFFFDb\n'])
})

test('a flood that is made of almost-secrets is read in linear time', () => {
  const secrets = Array.from({ length: 50 }, (_, index) => `secret-number-${index}-`.repeat(3))
  const redactor = redactorOf(...secrets)
  const begun = performance.now()
  redactor.redact('.eyJ-eyJ'.repeat(6_000))
  for (let index = 0; index < 20; index += 1) redactor.redact('secret-number-'.repeat(3_500))
  expect(performance.now() - begun).toBeLessThan(2_000)
})

const RANDOM_LINE = Array.from(
  { length: 16_000 },
  (_, index) => `${((index * 7_919) % 104_729).toString(36)}/-+`,
)
  .join('')
  .slice(0, 90_000)

test('a secret that is longer than the longest line is covered whole, wherever lines and chunks are cut', async () => {
  const known = [100, 47_990, 90_000].map((length) => {
    const secret = RANDOM_LINE.slice(0, length)
    const redactor = redactorOf(secret)
    return (encoding: 'utf8' | 'base64') => ({ redactor, text: Buffer.from(secret).toString(encoding) })
  })
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...known),
      fc.constantFrom('utf8', 'base64'),
      fc.constantFrom('', '\nmore'),
      fc.oneof(fc.nat(100_000), fc.integer({ min: LONGEST_LINE - 70, max: LONGEST_LINE })),
      fc.integer({ min: 500, max: 65_536 }),
      async (secret, encoding, after, before, size) => {
        const { redactor, text } = secret(encoding as 'utf8' | 'base64')
        const shown = await through(redactor, `${'-'.repeat(before)}${text}${after}`, [size])
        const left = shown.join('').replaceAll(REPLACEMENT, '')
        expect(left.length).toBeLessThanOrEqual(before + after.length + (encoding === 'utf8' ? 0 : 4))
      },
    ),
    { numRuns: 60 },
  )
}, 60_000)

test('a long secret right behind another one is covered across a cut through one of its pieces', async () => {
  expect(RANDOM_LINE).toHaveLength(90_000)
  const redactor = redactorOf('another-secret', RANDOM_LINE)
  for (const after of ['', '\nmore']) {
    const shown = await through(redactor, `another-secret${RANDOM_LINE}${after}`, [65_536])
    expect(shown.join('').replaceAll(REPLACEMENT, '')).toBe(after)
  }
})

test.each([
  ['20,000 lines', Array.from({ length: 20_000 }, (_, index) => `${index}`.padStart(5, '0')).join('\n')],
  ['20,000 lines that begin alike', Array.from({ length: 12_000 }, (_, index) => `same-${index}`).join('\n')],
  ['one long line of one letter', 'a'.repeat(12_000)],
  ['many lengths of one letter', Array.from({ length: 400 }, (_, index) => 'a'.repeat(index + 5)).join('\n')],
])('%s cost steps in proportion to their length, and so does looking for them', (_, secret) => {
  const redactor = createRedactor(1)
  const taken = redactor.addFromUser(secret)
  expect(taken).toBe(true)
  expect(redactor.steps()).toBeLessThan(secret.length * 400)
  for (const text of [
    'a'.repeat(48_000),
    'same-1'.repeat(8_000),
    secret.replaceAll('\n', '').slice(0, 48_000),
  ]) {
    const before = redactor.steps()
    redactor.redact(text)
    expect(redactor.steps() - before).toBeLessThan(text.length * 300)
  }
})

test('what is too large to be hidden is refused before it takes memory', () => {
  const redactor = createRedactor()
  expect(redactor.addFromUser('x'.repeat(200_000))).toBe(false)
  expect(redactor.addFromUser('\u{1F600}!~ '.repeat(25_000))).toBe(false)
  expect(redactor.steps()).toBe(0)
  expect(redactor.addFromUser('abc')).toBe(true)
  expect(redactor.addFromUser('a secret of ordinary size')).toBe(true)
  expect(redactor.redact('a secret of ordinary size')).toBe(REPLACEMENT)
})
