import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAwsTrustPolicy } from './parse.ts'
import { AWS_OPERATORS } from './policy.ts'

const provider = 'arn:aws:iam::123456789012:oidc-provider/daypass.example.com/oidc'
const statement = {
  Effect: 'Allow',
  Principal: { Federated: provider },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { StringEquals: { 'daypass.example.com/oidc:sub': 'x' } },
}
const policy = (changes: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ ...statement, ...changes }],
})

function refusal(document: unknown): { code: string; path: string; sentence: string } {
  const result = parseAwsTrustPolicy(document)
  if (result.ok) throw new Error(`was taken: ${JSON.stringify(document)}`)
  return result.refusal
}

test('a policy is read into its parts', () => {
  expect(parseAwsTrustPolicy(policy({ Sid: 'Daypass' }))).toEqual({
    ok: true,
    policy: {
      version: '2012-10-17',
      statements: [
        {
          index: 0,
          sid: 'Daypass',
          effect: 'Allow',
          principals: [{ kind: 'oidc-provider', text: provider }],
          actions: { patterns: ['sts:AssumeRoleWithWebIdentity'], except: false },
          conditions: [
            {
              written: 'StringEquals',
              operator: 'StringEquals',
              set: undefined,
              ifExists: false,
              key: 'daypass.example.com/oidc:sub',
              values: ['x'],
            },
          ],
        },
      ],
    },
  })
})

test('text and value are read alike, one statement or a list, one string or a list', () => {
  const lists = policy({
    Action: ['sts:AssumeRoleWithWebIdentity'],
    Principal: { Federated: [provider] },
    Condition: { StringEquals: { 'daypass.example.com/oidc:sub': ['x'] } },
  })
  const expected = parseAwsTrustPolicy(policy())
  expect(parseAwsTrustPolicy(lists)).toEqual(expected)
  expect(parseAwsTrustPolicy(JSON.stringify(lists, null, 2))).toEqual(expected)
  expect(parseAwsTrustPolicy({ Version: '2012-10-17', Statement: statement })).toEqual(expected)
})

test('without a version AWS takes the old one', () => {
  const result = parseAwsTrustPolicy({ Statement: [statement] })
  expect(result.ok && result.policy.version).toBe('2008-10-17')
})

test('every principal of a statement is read', () => {
  const Principal = {
    Federated: [provider, 'cognito-identity.amazonaws.com', 'arn:aws:iam::123456789012:saml-provider/corp'],
    AWS: ['123456789012', 'arn:aws:iam::123456789012:root', '*'],
    Service: 'ec2.amazonaws.com',
    CanonicalUser: 'a'.repeat(64),
  }
  const result = parseAwsTrustPolicy(policy({ Principal }))
  expect(result.ok && result.policy.statements[0]?.principals.map(({ kind }) => kind)).toEqual([
    'oidc-provider',
    'other-federation',
    'other-federation',
    'account',
    'account',
    'everyone',
    'service',
    'canonical-user',
  ])
})

test.each(Object.keys(AWS_OPERATORS))('the operator %s is known, alone and with its prefixes', (operator) => {
  const value = { bool: 'true', null: 'true', numeric: '1', date: '2026-11-24', ip: '10.0.0.0/8' }[
    AWS_OPERATORS[operator as 'Bool'].family as string
  ]
  const withOperator = (written: string) =>
    parseAwsTrustPolicy(policy({ Condition: { [written]: { 'aws:x': value ?? 'v' } } }))
  expect(withOperator(operator).ok).toBe(true)
  for (const written of [
    `${operator}IfExists`,
    `ForAllValues:${operator}`,
    `ForAnyValue:${operator}IfExists`,
  ]) {
    expect(withOperator(written).ok).toBe(operator !== 'Null')
  }
})

test.each<[string, unknown, string]>([
  ['policy_not_json', '{', '$'],
  ['policy_not_json', '', '$'],
  ['policy_wrong_type', '[]', '$'],
  ['policy_wrong_type', null, '$'],
  ['policy_wrong_type', 7, '$'],
  ['policy_duplicate_member', '{"Statement":[{"Effect":"Allow","Effect":"Deny"}]}', '$.Statement[0].Effect'],
  ['policy_unknown_element', { ...policy(), Statements: [] }, '$.Statements'],
  ['policy_unknown_element', { ...policy(), version: '2012-10-17' }, '$.version'],
  ['policy_unknown_element', policy({ Conditions: {} }), '$.Statement[0].Conditions'],
  ['policy_unknown_element', policy({ toString: 1 }), '$.Statement[0].toString'],
  ['policy_unsupported_element', policy({ NotPrincipal: { AWS: '*' } }), '$.Statement[0].NotPrincipal'],
  ['policy_unsupported_element', policy({ Resource: '*' }), '$.Statement[0].Resource'],
  ['policy_wrong_version', { ...policy(), Version: '2012-10-18' }, '$.Version'],
  ['policy_wrong_version', { ...policy(), Version: 2012 }, '$.Version'],
  ['policy_missing_element', { Version: '2012-10-17' }, '$'],
  ['policy_missing_element', { Version: '2012-10-17', Statement: [] }, '$.Statement'],
  ['policy_missing_element', policy({ Effect: undefined }), '$.Statement[0]'],
  ['policy_missing_element', policy({ Principal: undefined }), '$.Statement[0]'],
  ['policy_missing_element', policy({ Action: undefined }), '$.Statement[0]'],
  ['policy_wrong_value', policy({ Effect: 'allow' }), '$.Statement[0].Effect'],
  ['policy_wrong_value', policy({ Sid: 'not allowed' }), '$.Statement[0].Sid'],
  ['policy_wrong_type', policy({ Sid: 5 }), '$.Statement[0].Sid'],
  ['policy_wrong_action', policy({ Action: '*' }), '$.Statement[0].Action'],
  ['policy_wrong_action', policy({ Action: 's3:GetObject' }), '$.Statement[0].Action'],
  ['policy_wrong_action', policy({ Action: [] }), '$.Statement[0].Action'],
  ['policy_wrong_action', policy({ NotAction: 'sts:AssumeRole' }), '$.Statement[0]'],
  ['policy_wrong_type', policy({ Action: ['sts:AssumeRole', 1] }), '$.Statement[0].Action[1]'],
  ['policy_wrong_principal', policy({ Principal: provider }), '$.Statement[0].Principal'],
  ['policy_wrong_principal', policy({ Principal: {} }), '$.Statement[0].Principal'],
  [
    'policy_wrong_principal',
    policy({ Principal: { federated: provider } }),
    '$.Statement[0].Principal.federated',
  ],
  ['policy_wrong_principal', policy({ Principal: { Federated: '*' } }), '$.Statement[0].Principal.Federated'],
  [
    'policy_wrong_principal',
    policy({ Principal: { Federated: 'arn:aws:iam::1234:oidc-provider/daypass.example.com' } }),
    '$.Statement[0].Principal.Federated',
  ],
  [
    'policy_wrong_principal',
    policy({ Principal: { Federated: 'https://daypass.example.com/oidc' } }),
    '$.Statement[0].Principal.Federated',
  ],
  [
    'policy_wrong_principal',
    policy({ Principal: { AWS: 'arn:aws:iam::1:root' } }),
    '$.Statement[0].Principal.AWS',
  ],
  ['policy_wrong_principal', policy({ Principal: { Service: '*' } }), '$.Statement[0].Principal.Service'],
  [
    'policy_wrong_type',
    policy({ Principal: { Federated: [provider, 1] } }),
    '$.Statement[0].Principal.Federated[1]',
  ],
  ['policy_wrong_type', policy({ Condition: [] }), '$.Statement[0].Condition'],
  [
    'policy_wrong_type',
    policy({ Condition: { StringEquals: 'x' } }),
    '$.Statement[0].Condition.StringEquals',
  ],
  [
    'policy_wrong_type',
    policy({ Condition: { StringEquals: { 'aws:x': { a: 1 } } } }),
    '$.Statement[0].Condition.StringEquals["aws:x"]',
  ],
  [
    'policy_wrong_type',
    policy({ Condition: { StringEquals: { 'aws:x': null } } }),
    '$.Statement[0].Condition.StringEquals["aws:x"]',
  ],
  [
    'policy_unknown_operator',
    policy({ Condition: { stringequals: { 'aws:x': 'y' } } }),
    '$.Statement[0].Condition.stringequals',
  ],
  [
    'policy_unknown_operator',
    policy({ Condition: { 'ForEachValue:StringEquals': { 'aws:x': 'y' } } }),
    '$.Statement[0].Condition["ForEachValue:StringEquals"]',
  ],
  [
    'policy_unknown_operator',
    policy({ Condition: { NullIfExists: { 'aws:x': 'true' } } }),
    '$.Statement[0].Condition.NullIfExists',
  ],
  [
    'policy_unknown_operator',
    policy({ Condition: { constructor: { 'aws:x': 'true' } } }),
    '$.Statement[0].Condition.constructor',
  ],
  [
    'policy_wrong_value',
    policy({ Condition: { StringEquals: { sub: 'y' } } }),
    '$.Statement[0].Condition.StringEquals.sub',
  ],
  [
    'policy_duplicate_member',
    policy({ Condition: { StringEquals: { 'aws:x': 'y', 'AWS:X': 'z' } } }),
    '$.Statement[0].Condition.StringEquals["AWS:X"]',
  ],
  [
    'policy_wrong_value',
    policy({ Condition: { Bool: { 'aws:SecureTransport': 'yes' } } }),
    '$.Statement[0].Condition.Bool["aws:SecureTransport"]',
  ],
  [
    'policy_wrong_value',
    policy({ Condition: { NumericLessThan: { 'aws:x': 'many' } } }),
    '$.Statement[0].Condition.NumericLessThan["aws:x"]',
  ],
  [
    'policy_wrong_value',
    policy({ Condition: { DateLessThan: { 'aws:CurrentTime': 'tomorrow' } } }),
    '$.Statement[0].Condition.DateLessThan["aws:CurrentTime"]',
  ],
  [
    'policy_wrong_variable',
    policy({ Condition: { StringEquals: { 'aws:x': '${aws:username' } } }),
    '$.Statement[0].Condition.StringEquals["aws:x"]',
  ],
  [
    'policy_wrong_variable',
    policy({ Condition: { Bool: { 'aws:x': '${aws:username}' } } }),
    '$.Statement[0].Condition.Bool["aws:x"]',
  ],
])('%s: %j', (code, document, path) => {
  const found = refusal(document)
  expect(found).toMatchObject({ code, path })
  expect(found.sentence).toMatch(/\.$/)
})

test('two statements may not share a Sid', () => {
  const document = { Version: '2012-10-17', Statement: [1, 2].map(() => ({ ...statement, Sid: 'Same' })) }
  expect(refusal(document)).toMatchObject({ code: 'policy_wrong_value', path: '$.Statement[1].Sid' })
})

test('an operator in the wrong case is answered with the right one', () => {
  expect(refusal(policy({ Condition: { stringLike: { 'a:b': 'c' } } })).sentence).toContain(
    'write StringLike',
  )
})

test('under the old version a variable is plain text, malformed or not', () => {
  const Condition = { StringEquals: { 'aws:x': '${aws:username' } }
  expect(parseAwsTrustPolicy({ Version: '2008-10-17', Statement: [{ ...statement, Condition }] }).ok).toBe(
    true,
  )
})

test('no value at all makes the reader throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.string()), (document) => {
      expect(parseAwsTrustPolicy(document)).toHaveProperty('ok')
    }),
  )
})

test('any element added anywhere is refused', () => {
  const name = fc
    .string({ minLength: 1 })
    .filter((text) => !(text in { ...policy(), ...statement, Sid: 0, Id: 0 }))
  fc.assert(
    fc.property(name, fc.boolean(), (element, outside) => {
      if (element === '__proto__') return
      const document = outside ? { ...policy(), [element]: 'x' } : policy({ [element]: 'x' })
      expect(parseAwsTrustPolicy(document).ok).toBe(false)
    }),
  )
})
