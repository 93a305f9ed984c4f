import { expect, test } from 'vitest'
import { drained } from './claims.ts'

test('the rate is from the first claim to the last, and the shares are those of the first half', () => {
  const stacks = ['a', 'b', 'a', 'a', 'b', 'b', 'c', 'c']
  const claimed = stacks.map((stack, at) => ({ stack, at: 5000 + at * 10 }))
  expect(drained(claimed)).toEqual({ perSecond: 100, least: 0, most: 3 })
})

test('of nothing there is no rate', () => {
  expect(() => drained([])).toThrow(RangeError)
})
