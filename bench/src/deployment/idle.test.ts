import { expect, test } from 'vitest'
import { shortestRepetition } from './idle.ts'

test('the statement that comes back soonest counts, whatever stands between', () => {
  const begun = new Map([
    ['sweep', new Set([100, 110, 105.5])],
    ['claim', new Set([99, 101.5, 120])],
    ['once', new Set([100])],
  ])
  expect(shortestRepetition(begun)).toBe(2.5)
})

test('statements that never come back are no polling', () => {
  expect(shortestRepetition(new Map([['once', new Set([1])]]))).toBeUndefined()
  expect(shortestRepetition(new Map())).toBeUndefined()
})
