import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OPERATIONS, type Subject, type SubjectIdentity, subjectOf } from '../subject.ts'
import { providerArnOf } from './arn.ts'
import { evaluateAwsTrust } from './evaluate.ts'
import { generateAwsTrustPolicy } from './generate.ts'
import { lintAwsTrustPolicy } from './lint.ts'
import { parseAwsTrustPolicy } from './parse.ts'

const base = { issuerUrl: 'https://daypass.example.com/oidc', accountId: '123456789012', audience: 'acme' }

/** Names from a tiny alphabet, so that near misses (prefixes, other cases) are common. */
const identities: fc.Arbitrary<SubjectIdentity> = fc.record({
  organization: fc.constantFrom('acme', 'acme-2', 'acm'),
  project: fc.stringMatching(/^[aA.-]{1,3}$/),
  stack: fc.stringMatching(/^[dD_.]{1,3}$/),
  operation: fc.constantFrom(...OPERATIONS),
})

function letsIn(json: string, sub: string, aud = base.audience, issuerUrl = base.issuerUrl): boolean {
  const parsed = parseAwsTrustPolicy(json)
  if (!parsed.ok) throw new Error(parsed.refusal.sentence)
  const provider = { arn: providerArnOf(issuerUrl, base.accountId), issuerUrl, audiences: [aud] }
  return evaluateAwsTrust({ policy: parsed.policy, provider, claims: { iss: issuerUrl, sub, aud } }).allowed
}

function generated(subjects: readonly Subject[]): string {
  const result = generateAwsTrustPolicy({ ...base, subjects })
  if (!result.ok) throw new Error(result.refusal.sentence)
  return result.json
}

test('it is the policy that the documentation shows', () => {
  const subject = subjectOf({ organization: 'acme', project: 'web', stack: 'dev', operation: 'update' })
  expect(JSON.parse(generated([subject]))).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Daypass',
        Effect: 'Allow',
        Principal: { Federated: 'arn:aws:iam::123456789012:oidc-provider/daypass.example.com/oidc' },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: { 'daypass.example.com/oidc:aud': 'acme', 'daypass.example.com/oidc:sub': subject },
        },
      },
    ],
  })
})

test('a stack with no operations named gets all six', () => {
  const stack = { organization: 'acme', project: 'web', stack: 'dev' }
  const result = generateAwsTrustPolicy({ ...base, stack })
  if (!result.ok) throw new Error(result.refusal.sentence)
  for (const operation of OPERATIONS)
    expect(letsIn(result.json, subjectOf({ ...stack, operation }))).toBe(true)
  expect(result.characters).toBeLessThan(2048)
})

test('it lets in exactly the given subjects, and never has a wildcard', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(identities.map(subjectOf), { minLength: 1, maxLength: 5 }),
      identities,
      (subjects, other) => {
        const json = generated(subjects)
        expect(json).not.toMatch(/[*?$]/)
        for (const subject of subjects) expect(letsIn(json, subject)).toBe(true)
        expect(letsIn(json, subjectOf(other))).toBe(subjects.includes(subjectOf(other)))
      },
    ),
  )
})

test('it lets in nothing that is merely near a given subject', () => {
  const mangle = fc.constantFrom<(subject: string) => string>(
    (subject) => `${subject} `,
    (subject) => subject.slice(0, -1),
    (subject) => subject.toUpperCase(),
    (subject) => subject.replace(':scope:write', ''),
    (subject) => subject.replace(':stack:', ':stack:x'),
    () => '*',
    (subject) => `${subject}:scope:write`,
  )
  fc.assert(
    fc.property(identities, mangle, (identity, change) => {
      const subject = subjectOf(identity)
      expect(letsIn(generated([subject]), change(subject))).toBe(false)
    }),
  )
})

test('another audience or another issuer is not let in', () => {
  const subject = subjectOf({ organization: 'acme', project: 'web', stack: 'dev', operation: 'update' })
  expect(letsIn(generated([subject]), subject, 'Acme')).toBe(false)
  expect(letsIn(generated([subject]), subject, 'acme', 'https://daypass.example.com')).toBe(false)
})

test('there is nothing to say against it', () => {
  fc.assert(
    fc.property(fc.uniqueArray(identities.map(subjectOf), { minLength: 1, maxLength: 4 }), (subjects) => {
      const parsed = parseAwsTrustPolicy(generated(subjects))
      expect(parsed.ok && lintAwsTrustPolicy({ policy: parsed.policy, issuerUrl: base.issuerUrl })).toEqual(
        [],
      )
    }),
  )
})

test('other partitions and issuers with a port are written as AWS writes them', () => {
  const subject = subjectOf({ organization: 'acme', project: 'web', stack: 'dev', operation: 'update' })
  const result = generateAwsTrustPolicy({
    ...base,
    issuerUrl: 'http://127.0.0.1:4300/oidc',
    partition: 'aws-us-gov',
    subjects: [subject],
  })
  expect(result.ok && result.policy.Statement[0].Principal.Federated).toBe(
    'arn:aws-us-gov:iam::123456789012:oidc-provider/127.0.0.1:4300/oidc',
  )
  expect(result.ok && Object.keys(result.policy.Statement[0].Condition.StringEquals)).toEqual([
    '127.0.0.1:4300/oidc:aud',
    '127.0.0.1:4300/oidc:sub',
  ])
})

const subject = subjectOf({ organization: 'acme', project: 'web', stack: 'dev', operation: 'update' })
test.each([
  ['generate_no_subject', { ...base, subjects: [] }],
  [
    'generate_no_subject',
    { ...base, stack: { organization: 'acme', project: 'w', stack: 's' }, operations: [] },
  ],
  ['generate_audience', { ...base, audience: '*', subjects: [subject] }],
  ['generate_audience', { ...base, audience: '', subjects: [subject] }],
  ['generate_audience', { ...base, audience: 'a'.repeat(256), subjects: [subject] }],
  ['generate_audience', { ...base, audience: '${aws:username}', subjects: [subject] }],
  ['generate_issuer', { ...base, issuerUrl: 'daypass.example.com', subjects: [subject] }],
  ['generate_issuer', { ...base, issuerUrl: 'https://*.example.com', subjects: [subject] }],
  ['generate_issuer', { ...base, issuerUrl: 'https://a.example.com?x=1', subjects: [subject] }],
  ['generate_account', { ...base, accountId: '1234', subjects: [subject] }],
  ['generate_account', { ...base, partition: 'aws:iam', subjects: [subject] }],
  ['generate_subject', { ...base, subjects: ['pulumi:*' as Subject] }],
])('%s is refused', (code, input) => {
  expect(generateAwsTrustPolicy(input)).toMatchObject({ ok: false, refusal: { code } })
})
