import { expect, test } from 'vitest'
import { allow, arn, claims, decide, issuerUrl } from './example.ts'
import { explainAwsRefusal, explainAwsTrust } from './explain.ts'
import { generateAwsTrustPolicy } from './generate.ts'
import { lintAwsTrustPolicy } from './lint.ts'
import { parseAwsTrustPolicy } from './parse.ts'
import { areSessionTags, SESSION_TAGS_CLAIM, sessionTagsClaim } from './session-tags.ts'

const tagged = { claims: { [SESSION_TAGS_CLAIM]: sessionTagsClaim({ org: 'acme', stack: 'dev' }) } }
const both = { ...allow, Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'] }

test('the claim is as AWS documents it, and every tag stays in a chain of roles', () => {
  expect(sessionTagsClaim({ org: 'acme', actor: 'alice@example.com' })).toEqual({
    principal_tags: { org: ['acme'], actor: ['alice@example.com'] },
    transitive_tag_keys: ['org', 'actor'],
  })
})

test.each([undefined, '', 'a*', 'a,b', 'a\nb', 'x'.repeat(257)])(
  'the value %j is left out, never changed',
  (stack) => {
    expect(sessionTagsClaim({ org: 'acme', stack })?.principal_tags).toEqual({ org: ['acme'] })
    expect(sessionTagsClaim({ stack })).toBeUndefined()
  },
)

test.each<[string, unknown]>([
  ['no object', 'org=acme'],
  ['nothing in it', {}],
  ['a plain value', { principal_tags: { org: 'acme' } }],
  ['two values', { principal_tags: { org: ['acme', 'other'] } }],
  ['a value that AWS does not take', { principal_tags: { org: ['a*'] } }],
  ['a key of AWS', { principal_tags: { 'aws:org': ['acme'] } }],
  ['two keys that differ in case', { principal_tags: { org: ['acme'], Org: ['acme'] } }],
  [
    '51 tags',
    { principal_tags: Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`k${at}`, ['v']])) },
  ],
  ['transitive keys that are no list', { principal_tags: {}, transitive_tag_keys: 'org' }],
])('malformed: %s', (_, claim) => {
  expect(areSessionTags(claim)).toBe(false)
})

test('a token with tags needs sts:TagSession beside, one without does not', () => {
  expect(decide([allow]).allowed).toBe(true)
  expect(decide([allow], tagged)).toMatchObject({ allowed: false, code: 'trust_no_statement_allows' })
  expect(decide([both], tagged).allowed).toBe(true)
  expect(decide([allow, { ...allow, Action: 'sts:TagSession' }], tagged).allowed).toBe(true)
  expect(decide([{ ...allow, Action: 'sts:TagSession' }], tagged).allowed).toBe(false)
  expect(decide([both, { ...allow, Effect: 'Deny', Action: 'sts:TagSession' }], tagged)).toMatchObject({
    allowed: false,
    code: 'trust_explicit_deny',
  })
})

test('the missing action is named, with what to write', () => {
  const decision = decide([allow], tagged)
  const provider = { arn, issuerUrl, audiences: ['acme'] }
  expect(explainAwsTrust(decision, provider, claims)).toMatchObject([
    {
      code: 'action_tag_session_missing',
      clause: 'action',
      mend: expect.stringContaining('"Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]'),
    },
  ])
  const message = `User: x is not authorized to perform: sts:TagSession on resource: y`
  const roleArn = 'arn:aws:iam::123456789012:role/web'
  expect(explainAwsRefusal({ roleArn, claims, error: { code: 'AccessDenied', message } })).toMatchObject({
    code: 'action_tag_session_missing',
    sentence: expect.stringContaining(roleArn),
  })
})

test('a policy may ask for tags of the request; those of the session are not there yet', () => {
  const asking = (condition: object) => decide([{ ...both, Condition: condition }], tagged).allowed
  expect(asking({ StringEquals: { 'aws:RequestTag/stack': 'dev' } })).toBe(true)
  expect(asking({ StringEquals: { 'aws:RequestTag/stack': 'prod' } })).toBe(false)
  expect(asking({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['org', 'stack'] } })).toBe(true)
  expect(asking({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['org'] } })).toBe(false)
  expect(asking({ 'ForAnyValue:StringEquals': { 'sts:TransitiveTagKeys': 'org' } })).toBe(true)
  expect(asking({ StringEquals: { 'aws:PrincipalTag/stack': 'dev' } })).toBe(false)
})

test('what is generated with tags lets a token with tags in, and is found without fault', () => {
  const stack = { organization: 'acme', project: 'web', stack: 'dev' }
  const base = { issuerUrl, accountId: '123456789012', audience: 'acme', stack }
  const made = generateAwsTrustPolicy({ ...base, sessionTags: true })
  const plain = generateAwsTrustPolicy(base)
  if (!made.ok || !plain.ok) throw new Error('It was not generated.')
  expect(decide([...made.policy.Statement], tagged).allowed).toBe(true)
  expect(decide([...plain.policy.Statement], tagged).allowed).toBe(false)
  const parsed = parseAwsTrustPolicy(made.json)
  if (!parsed.ok) throw new Error(parsed.refusal.sentence)
  expect(lintAwsTrustPolicy({ policy: parsed.policy, issuerUrl })).toEqual([])
})

test('a policy that asks for tags and allows none to come is found', () => {
  const asks = { StringEquals: { ...allow.Condition.StringEquals, 'aws:RequestTag/org': 'acme' } }
  const codes = (statement: object) => {
    const parsed = parseAwsTrustPolicy({ Version: '2012-10-17', Statement: statement })
    if (!parsed.ok) throw new Error(parsed.refusal.sentence)
    return lintAwsTrustPolicy({ policy: parsed.policy, issuerUrl }).map(({ code }) => code)
  }
  expect(codes({ ...allow, Condition: asks })).toEqual(['tag_session_missing'])
  expect(codes({ ...both, Condition: asks })).toEqual([])
})
