import { expect, test } from 'vitest'
import { firstDifferingLine } from './first-difference.ts'

test.each([
  ['a\nb\n', 'a\nb\n', undefined],
  ['a\nb\n', 'a\nc\n', 'Line 2 is "b" and should be "c".'],
  ['', 'a\n', 'Line 1 is "" and should be "a".'],
  ['a\n', 'a\nb\n', 'Line 2 is "" and should be "b".'],
  ['a\nb\nc', 'a\nb', 'Line 3 is "c" and should be missing.'],
])('from %j to %j: %s', (committed, generated, difference) => {
  expect(firstDifferingLine(committed, generated)).toBe(difference)
})
