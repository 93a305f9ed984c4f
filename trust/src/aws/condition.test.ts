import { expect, test } from 'vitest'
import { allow, decide, denies, type ExampleRequest, holds, key, refusalsOf, sub } from './example.ts'

// --- conditions: the tables of AWS's documents --------------------------------------------------------------------

const upper = sub.toUpperCase()
test.each<[string, string | string[], boolean]>([
  ['StringEquals', sub, true],
  ['StringEquals', upper, false],
  ['StringEquals', ['x', sub], true],
  ['StringEquals', [], false],
  ['StringEquals', `${sub.slice(0, -5)}*`, false],
  ['StringNotEquals', sub, false],
  ['StringNotEquals', ['x', sub], false],
  ['StringNotEquals', ['x', 'y'], true],
  ['StringNotEquals', [], true],
  ['StringEqualsIgnoreCase', upper, true],
  ['StringNotEqualsIgnoreCase', upper, false],
  ['StringNotEqualsIgnoreCase', 'x', true],
  ['StringLike', 'pulumi:deploy:org:acme:*', true],
  ['StringLike', 'pulumi:deploy:org:acme', false],
  ['StringLike', '*', true],
  ['StringLike', 'PULUMI:*', false],
  ['StringLike', sub.replace('dev', 'd?v'), true],
  ['StringLike', sub.replace('dev', '${*}'), false],
  ['StringLike', ['x', 'pulumi:*'], true],
  ['StringNotLike', 'pulumi:*', false],
  ['StringNotLike', ['x', 'pulumi:*'], false],
  ['StringNotLike', 'repo:*', true],
])('%s %j holds of the subject: %s', (operator, value, expected) => {
  const condition = { [operator]: { [`${key}:sub`]: value } }
  expect(holds(condition)).toBe(expected)
  expect(denies(condition)).toBe(expected)
  expect(holds({ [`${operator}IfExists`]: { [`${key}:sub`]: value } })).toBe(expected)
  expect(holds({ [`ForAnyValue:${operator}`]: { [`${key}:sub`]: value } })).toBe(expected)
  expect(holds({ [`ForAllValues:${operator}`]: { [`${key}:sub`]: value } })).toBe(expected)
})

test('names of keys do not know case, their values do', () => {
  expect(holds({ StringEquals: { [`${key.toUpperCase()}:SUB`]: sub } })).toBe(true)
  expect(holds({ StringEquals: { [`${key}:aud`]: 'Acme' } })).toBe(false)
})

test.each<[string, boolean]>([
  ['StringEquals', false],
  ['StringLike', false],
  ['StringEqualsIgnoreCase', false],
  ['StringNotEquals', true],
  ['StringNotLike', true],
  ['StringNotEqualsIgnoreCase', true],
  ['ArnLike', false],
  ['ArnNotLike', true],
  ['StringEqualsIfExists', true],
  ['StringNotLikeIfExists', true],
  ['ForAllValues:StringEquals', true],
  ['ForAllValues:StringNotEquals', true],
  ['ForAllValues:StringLikeIfExists', true],
  ['ForAnyValue:StringEquals', false],
  ['ForAnyValue:StringNotEquals', false],
])('%s of a key that the request does not have: %s', (operator, expected) => {
  const condition = { [operator]: { 'aws:PrincipalTag/team': 'x' } }
  expect(holds(condition)).toBe(expected)
  expect(denies(condition)).toBe(expected)
})

test('an absent key is told apart from a differing value', () => {
  const decision = decide([{ ...allow, Condition: { StringEquals: { 'other.example.com:sub': sub } } }])
  expect(refusalsOf(decision)).toMatchObject([{ reason: 'key_absent', actual: [] }])
})

test.each<[string, unknown, boolean]>([
  ['sub', 'false', true],
  ['sub', 'true', false],
  ['sub', false, true],
  ['sub', ['true', 'false'], true],
  ['amr', 'true', true],
  ['amr', 'false', false],
  ['amr', true, true],
])('Null of %s with %j holds: %s', (claim, value, expected) => {
  expect(holds({ Null: { [`${key}:${claim}`]: value } })).toBe(expected)
  expect(denies({ Null: { [`${key}:${claim}`]: value } })).toBe(expected)
})

test.each<[string, string | string[], readonly string[], boolean]>([
  ['ForAnyValue:StringEquals', 'mfa', ['pwd', 'mfa'], true],
  ['ForAnyValue:StringEquals', 'otp', ['pwd', 'mfa'], false],
  ['ForAnyValue:StringLike', ['x', 'm*'], ['pwd', 'mfa'], true],
  ['ForAnyValue:StringNotEquals', 'mfa', ['pwd', 'mfa'], true],
  ['ForAnyValue:StringNotEquals', ['pwd', 'mfa'], ['pwd', 'mfa'], false],
  ['ForAllValues:StringEquals', ['pwd', 'mfa'], ['pwd', 'mfa'], true],
  ['ForAllValues:StringEquals', ['pwd', 'mfa', 'otp'], ['pwd'], true],
  ['ForAllValues:StringEquals', 'mfa', ['pwd', 'mfa'], false],
  ['ForAllValues:StringNotLike', 'm*', ['pwd', 'mfa'], false],
  ['ForAllValues:StringNotLike', 'o*', ['pwd', 'mfa'], true],
])('%s %j of %j: %s', (operator, value, amr, expected) => {
  expect(holds({ [operator]: { [`${key}:amr`]: value } }, { claims: { amr } })).toBe(expected)
})

test('an empty text is no value for a set operator and for Null', () => {
  const request = { keys: { 'aws:TagKeys': [''] } }
  expect(holds({ 'ForAllValues:StringEquals': { 'aws:TagKeys': 'x' } }, request)).toBe(true)
  expect(holds({ 'ForAnyValue:StringNotEquals': { 'aws:TagKeys': 'x' } }, request)).toBe(false)
  expect(holds({ Null: { 'aws:TagKeys': 'true' } }, request)).toBe(true)
})

test.each<[string, string, string, boolean]>([
  ['NumericEquals', '10', '10.0', true],
  ['NumericNotEquals', '10', '11', true],
  ['NumericLessThan', '9', '10', true],
  ['NumericLessThan', '10', '9', false],
  ['NumericLessThanEquals', '10', '10', true],
  ['NumericGreaterThan', '-1', '-2', true],
  ['NumericGreaterThanEquals', '1', '2', false],
  ['DateLessThan', '2026-11-24T09:00:00Z', '2026-11-25', true],
  ['DateGreaterThan', '2026-11-24T09:00:00Z', '1700000000', true],
  ['DateEquals', '2026-11-24T09:00:00Z', '2026-11-24T10:00:00+01:00', true],
  ['DateNotEquals', '2026-11-24T09:00:00Z', '2026-11-24T09:00:00Z', false],
  ['DateLessThanEquals', '2026-11-24T09:00:00Z', '2026-11-24T08:59:59.999Z', false],
  ['DateGreaterThanEquals', '1732438800', '1732438800', true],
  ['Bool', 'true', 'TRUE', true],
  ['Bool', 'true', 'false', false],
  ['ArnLike', 'arn:aws:iam::1:role/a', 'arn:aws:iam::*:role/*', true],
  ['ArnLike', 'arn:aws:iam::1:role/a', 'arn:aws:*:role/a', false],
  ['ArnLike', 'role/a', 'arn:*:*:*:*:*', false],
  ['ArnEquals', 'arn:aws:iam::1:role/a:b', 'arn:aws:iam::1:role/*', true],
  ['ArnNotEquals', 'arn:aws:iam::1:role/a', 'arn:aws:iam::2:role/a', true],
])('%s: %s against %s: %s', (operator, actual, wanted, expected) => {
  expect(holds({ [operator]: { 'aws:x': wanted } }, { keys: { 'aws:x': actual } })).toBe(expected)
})

test.each<[string, object, ExampleRequest, string]>([
  [
    'an operator that the engine does not know',
    { BinaryEquals: { 'aws:SourceIp': 'QmluYXJ5' } },
    {},
    'operator_unsupported',
  ],
  [
    'a plain operator on several values',
    { StringEquals: { [`${key}:amr`]: 'mfa' } },
    { claims: { amr: ['mfa', 'pwd'] } },
    'key_has_several_values',
  ],
  [
    'a number that is none',
    { NumericNotEquals: { 'aws:x': '1' } },
    { keys: { 'aws:x': 'many' } },
    'not_comparable',
  ],
  [
    'ForAnyValue with IfExists on nothing',
    { 'ForAnyValue:StringLikeIfExists': { 'aws:x': '*' } },
    {},
    'key_absent',
  ],
])('%s is taken against the caller, in Allow and in Deny', (_, condition, request, reason) => {
  expect(refusalsOf(decide([{ ...allow, Condition: condition }], request))).toMatchObject([{ reason }])
  expect(decide([allow, { ...allow, Effect: 'Deny', Condition: condition }], request)).toMatchObject({
    code: 'trust_explicit_deny',
    refusals: [{ clause: 'deny', undecided: true }],
  })
})

// --- variables ---------------------------------------------------------------------------------------------------

test.each<[string, string, boolean]>([
  ['StringEquals', `\${${key}:sub}`, true],
  ['StringEquals', `\${${key.toUpperCase()}:SUB}`, true],
  ['StringLike', `*org:\${${key}:aud}:*`, true],
  ['StringLike', '*org:${aws:missing}:*', false],
  ['StringLike', "*org:${aws:missing, 'acme'}:*", true],
  ['StringNotLike', '*org:${aws:missing}:*', true],
  ['StringEquals', '${aws:missing}', false],
])('%s %s: %s', (operator, value, expected) => {
  expect(holds({ [operator]: { [`${key}:sub`]: value } })).toBe(expected)
})

test('a variable without a value is named as the reason', () => {
  const Condition = { StringEquals: { [`${key}:sub`]: '${aws:missing}' } }
  expect(refusalsOf(decide([{ ...allow, Condition }]))).toMatchObject([{ reason: 'variable_without_value' }])
})

test('a variable of a key with several values has no value', () => {
  expect(holds({ StringLike: { [`${key}:sub`]: `\${${key}:amr}*` } }, { claims: { amr: ['pulumi'] } })).toBe(
    false,
  )
})

test('wildcards in a claim do not widen the policy', () => {
  const request = { claims: { sub: 'x' }, keys: { 'aws:y': '*' } }
  expect(holds({ StringLike: { [`${key}:sub`]: '${aws:y}' } }, request)).toBe(false)
})

test('under the old version a variable is plain text', () => {
  expect(holds({ StringEquals: { [`${key}:sub`]: `\${${key}:sub}` } }, { version: '2008-10-17' })).toBe(false)
  expect(
    holds({ StringEquals: { [`${key}:sub`]: '${x}' } }, { version: '2008-10-17', claims: { sub: '${x}' } }),
  ).toBe(true)
})
