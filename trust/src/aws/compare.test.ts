import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compares, parseAwsInstant, parseAwsNumber } from './compare.ts'
import { tokensOf } from './pattern.ts'
import { AWS_OPERATORS, type AwsOperator } from './policy.ts'

function compare(operator: AwsOperator, actual: string, wanted: string): boolean | undefined {
  const read = tokensOf(wanted, { variables: true })
  return read.ok ? compares(operator, actual, read.tokens) : undefined
}

test.each([
  ['0', 0],
  ['-1', -1],
  ['+1.5', 1.5],
  ['.5', 0.5],
  ['007', 7],
])('%s is the number %d', (text, number) => {
  expect(parseAwsNumber(text)).toBe(number)
})

test.each(['', ' 1', '1 ', '1e3', '0x10', '1.', 'Infinity', 'NaN', '1,5', '١'])('%j is no number', (text) => {
  expect(parseAwsNumber(text)).toBeUndefined()
})

test.each([
  ['0', 0],
  ['1795510800', 1_795_510_800_000],
  ['2026-11-24', Date.UTC(2026, 10, 24)],
  ['2026-11-24T09:00Z', Date.UTC(2026, 10, 24, 9)],
  ['2026-11-24T09:00:00Z', Date.UTC(2026, 10, 24, 9)],
  ['2026-11-24T09:00:00.5Z', Date.UTC(2026, 10, 24, 9, 0, 0, 500)],
  ['2026-11-24T09:00:00+02:00', Date.UTC(2026, 10, 24, 7)],
])('%s is an instant', (text, milliseconds) => {
  expect(parseAwsInstant(text)).toBe(milliseconds)
})

test.each([
  '',
  'now',
  '24.11.2026',
  '2026-11-24T09:00:00',
  '2026-13-01',
  '2026-11-24 09:00Z',
  'Tue Nov 24 2026',
  '-1',
  '1.5',
])('%j is no instant', (text) => {
  expect(parseAwsInstant(text)).toBeUndefined()
})

test('numbers are compared as numbers, not as texts', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (one, other) => {
      const [left, right] = [String(one), String(other)]
      expect(compare('NumericEquals', left, right)).toBe(one === other)
      expect(compare('NumericLessThan', left, right)).toBe(one < other)
      expect(compare('NumericLessThanEquals', left, right)).toBe(one <= other)
      expect(compare('NumericGreaterThan', left, right)).toBe(one > other)
      expect(compare('NumericGreaterThanEquals', left, right)).toBe(one >= other)
    }),
  )
})

test('instants are compared as instants, however they are written', () => {
  const seconds = fc.integer({ min: 0, max: 4_000_000_000 })
  fc.assert(
    fc.property(seconds, seconds, fc.boolean(), (one, other, asText) => {
      const left = asText ? new Date(one * 1000).toISOString() : String(one)
      const right = asText ? String(other) : new Date(other * 1000).toISOString()
      expect(compare('DateEquals', left, right)).toBe(one === other)
      expect(compare('DateLessThan', left, right)).toBe(one < other)
      expect(compare('DateLessThanEquals', left, right)).toBe(one <= other)
      expect(compare('DateGreaterThan', left, right)).toBe(one > other)
      expect(compare('DateGreaterThanEquals', left, right)).toBe(one >= other)
    }),
  )
})

test.each(Object.keys(AWS_OPERATORS) as AwsOperator[])(
  '%s never guesses at what it cannot compare',
  (operator) => {
    const { family } = AWS_OPERATORS[operator]
    const strange = compare(operator, 'strange', 'stranger')
    expect(strange).toBe(family === 'string' ? false : undefined)
  },
)

test('wildcards count for Like alone', () => {
  expect(compare('StringLike', 'abc', 'a*')).toBe(true)
  for (const operator of ['StringEquals', 'StringEqualsIgnoreCase'] as const) {
    expect(compare(operator, 'abc', 'a*')).toBe(false)
    expect(compare(operator, 'a*', 'a*')).toBe(true)
  }
})

test.each([
  ['arn:aws:iam::123456789012:role/deploy', 'arn:aws:iam::123456789012:role/deploy', true],
  ['arn:aws:iam::123456789012:role/deploy', 'arn:*:iam::??????789012:role/*', true],
  ['arn:aws:iam::123456789012:role/deploy', 'arn:aws:iam::*:role/other', false],
  ['arn:aws:iam::123456789012:role/deploy', 'arn:aws:iam:*:role/deploy', undefined],
  ['arn:aws:s3:::bucket/a:b', 'arn:aws:s3:::bucket/*', true],
  ['bucket', 'arn:*:*:*:*:*', false],
])('%s like the ARN %s: %s', (actual, wanted, like) => {
  expect(compare('ArnLike', actual, wanted)).toBe(like)
  expect(compare('ArnEquals', actual, wanted)).toBe(like)
})
