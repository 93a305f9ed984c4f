/** Laws that hold of every condition and every policy, whatever stands in them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OPERATIONS, subjectOf } from '../subject.ts'
import { evaluateAwsTrust } from './evaluate.ts'
import { allow, arn, decide, denies, type ExampleRequest, holds, issuerUrl, key, sub } from './example.ts'
import { explainAwsTrust } from './explain.ts'
import { generateAwsTrustPolicy } from './generate.ts'
import { parseAwsTrustPolicy } from './parse.ts'

const NEGATIONS = [
  ['StringEquals', 'StringNotEquals'],
  ['StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'],
  ['StringLike', 'StringNotLike'],
] as const
const pairs = fc.constantFrom(...NEGATIONS)
const operators = fc.constantFrom(...NEGATIONS.flat())
/** Short texts from few characters, so that they often match. */
const text = fc
  .array(fc.constantFrom('a', 'A', 'b', ':', '*', '?'), { minLength: 1, maxLength: 4 })
  .map((c) => c.join(''))
const plain = text.map((value) => value.replaceAll(/[*?]/g, 'c'))
const values = fc.array(text, { minLength: 1, maxLength: 3 })
const withSubject = (value: string): ExampleRequest => ({ claims: { sub: value } })
const onSubject = (operator: string, wanted: readonly string[]) => ({
  [operator]: { [`${key}:sub`]: wanted },
})

test('an operator and its negation are opposites of a key that is there', () => {
  fc.assert(
    fc.property(pairs, values, plain, ([positive, negative], wanted, subject) => {
      const request = withSubject(subject)
      expect(holds(onSubject(positive, wanted), request)).toBe(!holds(onSubject(negative, wanted), request))
    }),
  )
})

test('several values are alternatives, and none of them under negation', () => {
  fc.assert(
    fc.property(pairs, values, plain, ([positive, negative], wanted, subject) => {
      const request = withSubject(subject)
      const any = wanted.some((value) => holds(onSubject(positive, [value]), request))
      expect(holds(onSubject(positive, wanted), request)).toBe(any)
      const none = wanted.every((value) => holds(onSubject(negative, [value]), request))
      expect(holds(onSubject(negative, wanted), request)).toBe(none)
    }),
  )
})

test('of one value, plain, IfExists, ForAnyValue and ForAllValues say the same', () => {
  fc.assert(
    fc.property(operators, values, plain, (operator, wanted, subject) => {
      const request = withSubject(subject)
      const expected = holds(onSubject(operator, wanted), request)
      for (const written of [`${operator}IfExists`, `ForAnyValue:${operator}`, `ForAllValues:${operator}`]) {
        expect(holds(onSubject(written, wanted), request)).toBe(expected)
      }
    }),
  )
})

test('of a set, ForAllValues and the opposite ForAnyValue exclude each other', () => {
  fc.assert(
    fc.property(
      pairs,
      values,
      fc.array(plain, { minLength: 1, maxLength: 4 }),
      ([positive, negative], wanted, amr) => {
        const request = { claims: { amr } }
        const all = holds({ [`ForAllValues:${positive}`]: { [`${key}:amr`]: wanted } }, request)
        const anyOther = holds({ [`ForAnyValue:${negative}`]: { [`${key}:amr`]: wanted } }, request)
        expect(all).toBe(!anyOther)
      },
    ),
  )
})

test('StringEquals holds wherever StringLike does without wildcards, and widens to it', () => {
  fc.assert(
    fc.property(plain, plain, (wanted, subject) => {
      const request = withSubject(subject)
      expect(holds(onSubject('StringEquals', [wanted]), request)).toBe(
        holds(onSubject('StringLike', [wanted]), request),
      )
      expect(holds(onSubject('StringLike', ['*']), request)).toBe(true)
    }),
  )
})

test('a condition that can be decided lets in under Allow exactly whom it keeps out under Deny', () => {
  fc.assert(
    fc.property(operators, values, (operator, wanted) => {
      const condition = onSubject(operator, [...wanted, 'x'])
      expect(denies(condition)).toBe(holds(condition))
    }),
  )
})

test('case of a condition key never matters', () => {
  fc.assert(
    fc.property(operators, values, fc.infiniteStream(fc.boolean()), (operator, wanted, flips) => {
      const flip = (char: string) => (flips.next().value ? char.toUpperCase() : char.toLowerCase())
      const mixed = Array.from(`${key}:sub`, flip).join('')
      expect(holds({ [operator]: { [mixed]: wanted } })).toBe(holds(onSubject(operator, wanted)))
    }),
  )
})

const right = generateAwsTrustPolicy({
  issuerUrl,
  accountId: '123456789012',
  audience: 'acme',
  stack: { organization: 'acme', project: 'web', stack: 'dev' },
})
const json = right.ok ? right.json : ''
/** Far enough from the trusted ones that one changed character cannot name it. */
const stranger = subjectOf({
  organization: 'acme',
  project: 'billing',
  stack: 'production',
  operation: 'destroy',
})

function letsIn(document: unknown, subject: string): boolean {
  const parsed = parseAwsTrustPolicy(document)
  if (!parsed.ok) return false
  const provider = { arn, issuerUrl, audiences: ['acme'] }
  return evaluateAwsTrust({
    policy: parsed.policy,
    provider,
    claims: { iss: issuerUrl, sub: subject, aud: 'acme' },
  }).allowed
}

test('the policy that is damaged below lets in whom it should while it is whole', () => {
  for (const operation of OPERATIONS) {
    expect(letsIn(json, subjectOf({ organization: 'acme', project: 'web', stack: 'dev', operation }))).toBe(
      true,
    )
  }
  expect(letsIn(json, stranger)).toBe(false)
})

test('a policy with any one character lost, doubled or replaced lets in no stranger', () => {
  const damage = fc.constantFrom<(char: string) => string>(
    () => '',
    (char) => `${char}${char}`,
    () => '*',
    () => '?',
    () => '"',
    () => '$',
  )
  fc.assert(
    fc.property(fc.nat({ max: json.length - 1 }), damage, (place, change) => {
      const damaged = `${json.slice(0, place)}${change(json.charAt(place))}${json.slice(place + 1)}`
      expect(letsIn(damaged, stranger)).toBe(false)
    }),
    { numRuns: 2000 },
  )
})

test('a policy that lost any of its elements lets in no stranger', () => {
  const document = JSON.parse(json) as { Statement: Record<string, unknown>[] }
  const [statement = {}] = document.Statement
  for (const element of ['Effect', 'Principal', 'Action']) {
    const { [element]: _, ...rest } = statement
    expect(letsIn({ ...document, Statement: [rest] }, stranger)).toBe(false)
    expect(letsIn({ ...document, Statement: [rest] }, sub)).toBe(false)
  }
})

test('every refusal is explained with a code, a sentence and something to do', () => {
  const conditions = fc.dictionary(
    fc.constantFrom('StringEquals', 'StringNotLike', 'ForAnyValue:StringLike', 'BinaryEquals', 'Null'),
    fc.dictionary(
      fc.constantFrom(
        `${key}:sub`,
        `${key}:aud`,
        `https://${key}:aud`,
        `${key}:project`,
        'aws:x',
        'other.example.com:sub',
      ),
      fc.constantFrom('true', 'false'),
      { minKeys: 1 },
    ),
    { minKeys: 1 },
  )
  fc.assert(
    fc.property(conditions, fc.constantFrom('sts:AssumeRole', 'sts:*'), (Condition, Action) => {
      const decision = decide([{ ...allow, Action, Condition }])
      const provider = { arn, issuerUrl, audiences: ['acme'] }
      const explanations = explainAwsTrust(decision, provider, { iss: issuerUrl, sub, aud: 'acme' })
      expect(explanations.length > 0).toBe(!decision.allowed)
      for (const { code, sentence, mend } of explanations) {
        expect(code).toMatch(/^[a-z_]+$/)
        expect(sentence).toMatch(/[.]$/)
        expect(mend).toMatch(/[.}]$/)
        expect(`${sentence}${mend}`).not.toMatch(/undefined|\[object|\n/)
      }
    }),
  )
})
