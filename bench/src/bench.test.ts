import { expect, test } from 'vitest'
import { compareRates, holdBelow, median, percentile, verdictLine } from './bench.ts'

test('a rate that reaches its goal reads so', () => {
  const verdict = compareRates('issuer', { ours: 2400.4, peer: 2000, atLeast: 1.2 })
  expect(verdictLine(verdict)).toBe('bench issuer: 2400/s vs 2000/s = 1.20 (goal >= 1.2) ok')
})

test('a rate that misses its goal is short, also when rounding would hide it', () => {
  const verdict = compareRates('issuer', { ours: 2399, peer: 2000, atLeast: 1.2 })
  expect(verdictLine(verdict)).toBe('bench issuer: 2399/s vs 2000/s = 1.20 (goal >= 1.2) short')
})

test('a rate without a goal is only shown', () => {
  const verdict = compareRates('issuer-without-audit', { ours: 1000, peer: 2000 })
  expect(verdictLine(verdict)).toBe('bench issuer-without-audit: 1000/s vs 2000/s = 0.50 (goal none) ok')
})

test('a measure must stay below its limit', () => {
  const line = (value: number) => verdictLine(holdBelow('server-memory', { value, limit: 150, unit: 'MB' }))
  expect(line(120)).toBe('bench server-memory: 120.0 MB vs 150 MB = 0.80 (goal < 150 MB) ok')
  expect(line(150)).toBe('bench server-memory: 150.0 MB vs 150 MB = 1.00 (goal < 150 MB) short')
})

test.each([
  [[3], 3],
  [[9, 1, 5], 5],
  [[10, 2, 100, 9], 9.5],
])('the median of %j is %d', (values, middle) => {
  expect(median(values)).toBe(middle)
})

test('percentiles are values that were measured', () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index)
  expect([0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([100, 198, 200])
})

test('there is no statistic of nothing', () => {
  expect(() => median([])).toThrow(RangeError)
  expect(() => percentile([], 0.5)).toThrow(RangeError)
})
