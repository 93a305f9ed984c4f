import { expect, test } from 'vitest'
import { lintAwsTrustPolicy } from './lint.ts'
import { parseAwsTrustPolicy } from './parse.ts'

const issuerUrl = 'https://daypass.example.com/oidc'
const key = 'daypass.example.com/oidc'
const sub = 'pulumi:deploy:org:acme:project:web:stack:dev:operation:update:scope:write'
const statement = {
  Effect: 'Allow',
  Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${key}` },
  Action: 'sts:AssumeRoleWithWebIdentity',
}
const aud = { [`${key}:aud`]: 'acme' }

function lint(changes: object, Version = '2012-10-17') {
  const parsed = parseAwsTrustPolicy({ Version, Statement: { ...statement, ...changes } })
  if (!parsed.ok) throw new Error(parsed.refusal.sentence)
  return lintAwsTrustPolicy({ policy: parsed.policy, issuerUrl })
}
const codes = (Condition: object) => lint({ Condition }).map(({ code }) => code)

test.each<[string, object, string[]]>([
  ['all is well', { StringEquals: { ...aud, [`${key}:sub`]: sub } }, []],
  ['StringLike without a wildcard is as good', { StringLike: { ...aud, [`${key}:sub`]: sub } }, []],
  ['keys in any case', { StringEquals: { [`${key.toUpperCase()}:AUD`]: 'acme', [`${key}:SUB`]: sub } }, []],
  [
    'further conditions do no harm',
    { StringEquals: { ...aud, [`${key}:sub`]: sub }, Bool: { 'aws:SecureTransport': 'true' } },
    [],
  ],
  ['no condition', {}, ['subject_condition_missing', 'audience_condition_missing']],
  ['no subject', { StringEquals: aud }, ['subject_condition_missing']],
  ['no audience', { StringEquals: { [`${key}:sub`]: sub } }, ['audience_condition_missing']],
  [
    'a wildcard',
    { StringEquals: aud, StringLike: { [`${key}:sub`]: 'pulumi:deploy:org:acme:*' } },
    ['subject_wildcard'],
  ],
  [
    'one wildcard among several',
    { StringEquals: aud, StringLike: { [`${key}:sub`]: [sub, '*'] } },
    ['subject_wildcard'],
  ],
  [
    'ForAllValues alone',
    { StringEquals: aud, 'ForAllValues:StringEquals': { [`${key}:sub`]: sub } },
    ['subject_condition_missing', 'for_all_values_alone'],
  ],
  [
    'ForAllValues where Null asks for the claim',
    {
      StringEquals: aud,
      'ForAllValues:StringEquals': { [`${key}:sub`]: sub },
      Null: { [`${key}:sub`]: 'false' },
    },
    [],
  ],
  ['ForAnyValue', { StringEquals: aud, 'ForAnyValue:StringEquals': { [`${key}:sub`]: sub } }, []],
  [
    'IfExists alone',
    { StringEqualsIfExists: { ...aud, [`${key}:sub`]: sub } },
    [
      'subject_condition_missing',
      'audience_condition_missing',
      'condition_only_if_exists',
      'condition_only_if_exists',
    ],
  ],
  [
    'only those who are kept out',
    { StringEquals: aud, StringNotEquals: { [`${key}:sub`]: sub } },
    ['subject_condition_missing', 'condition_only_negated'],
  ],
  ['Null alone', { StringEquals: aud, Null: { [`${key}:sub`]: 'false' } }, ['subject_condition_missing']],
  [
    'a wildcard where none is read',
    { StringEquals: { ...aud, [`${key}:sub`]: 'pulumi:*' } },
    ['wildcard_in_equals'],
  ],
  ['an escaped wildcard', { StringEquals: { ...aud, [`${key}:sub`]: 'pulumi:${*}' } }, []],
  [
    'a key with a scheme',
    { StringEquals: { ...aud, [`https://${key}:sub`]: sub } },
    ['subject_condition_missing', 'condition_key_of_nothing'],
  ],
  [
    'a claim that AWS does not show',
    { StringEquals: { ...aud, [`${key}:sub`]: sub, [`${key}:project`]: 'web' } },
    ['condition_key_of_nothing'],
  ],
])('%s', (_, condition, expected) => {
  expect(codes(condition)).toEqual(expected)
})

test.each([
  ['pulumi:deploy:org:acme:*', 'every project and every stack and every operation'],
  ['pulumi:deploy:org:acme:project:web:*', 'every stack and every operation'],
  ['pulumi:deploy:org:acme:project:web:stack:dev:*', 'every operation'],
  ['pulumi:deploy:org:acme:project:web:stack:*:operation:update:scope:write', 'every stack'],
  [
    'pulumi:deploy:org:acme:project:web:stack:dev-*:operation:*:scope:write',
    'every stack and every operation',
  ],
  ['*', 'any organization'],
  ['pulumi:deploy:*', 'any organization'],
])('%s lets in %s', (pattern, reach) => {
  const [warning] = lint({ Condition: { StringEquals: aud, StringLike: { [`${key}:sub`]: pattern } } })
  expect(warning?.sentence).toContain(reach)
})

test.each([
  { Action: 'sts:*' },
  { Action: ['sts:AssumeRoleWithWebIdentity', 'sts:Tag*'] },
  { Action: undefined, NotAction: 'sts:TagSession' },
])('more actions than are needed: %j', (changes) => {
  const found = lint({ ...changes, Condition: { StringEquals: { ...aud, [`${key}:sub`]: sub } } })
  expect(found.map(({ code }) => code)).toEqual(['action_wildcard'])
})

test('a variable under the old version is pointed at', () => {
  const Condition = { StringEquals: { ...aud, [`${key}:sub`]: `\${${key}:sub}` } }
  expect(lint({ Condition }, '2008-10-17').map(({ code }) => code)).toEqual(['version_old'])
})

test('what does not let in tokens is not spoken of', () => {
  expect(lint({ Principal: { Service: 'ec2.amazonaws.com' } })).toEqual([])
  expect(lint({ Effect: 'Deny' })).toEqual([])
})

test('a warning says where, what and what instead', () => {
  const [warning] = lint({ Sid: 'Open', Condition: { StringEquals: aud } })
  expect(warning).toEqual({
    code: 'subject_condition_missing',
    statementIndex: 0,
    sid: 'Open',
    sentence:
      'Statement "Open" asks for no subject: every stack and every operation of this issuer may assume the role.',
    mend: `Add "${key}:sub" with the whole subjects that may assume the role under "StringEquals".`,
  })
})
