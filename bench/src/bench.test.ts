import { expect, test } from 'vitest'
import { compareRates, compareTimes, holdBelow, median, percentile, verdictLine } from './bench.ts'

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

test('a time may be so much of another, exactly', () => {
  const line = (ours: number) =>
    verdictLine(compareTimes('state-up-1', { ours, peer: 20, unit: 's', atMost: 0.4 }))
  expect(line(8)).toBe('bench state-up-1: 8.00 s vs 20.0 s = 0.40 (goal <= 0.4) ok')
  expect(line(8.01)).toBe('bench state-up-1: 8.01 s vs 20.0 s = 0.40 (goal <= 0.4) short')
  const growth = { ours: 1.2, peer: 1, unit: 'ms', peerIs: 'with 10', atMost: 1.2 } as const
  expect(compareTimes('list', growth)).toMatchObject({
    ours: '1.20 ms',
    peer: '1.00 ms with 10',
    reached: true,
  })
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
