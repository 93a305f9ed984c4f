import { expect, test } from 'vitest'
import { unionMilliseconds } from './intervals.ts'

test.each([
  ['nothing', [], 0],
  ['one', [[1, 4]], 3],
  ['apart, in any order', [[10, 12], [1, 4]], 5], // biome-ignore format: a table
  ['overlapping', [[1, 4], [3, 6]], 5], // biome-ignore format: a table
  ['one inside another', [[1, 10], [2, 3], [4, 5], [9, 11]], 10], // biome-ignore format: a table
  ['touching', [[1, 2], [2, 3]], 2], // biome-ignore format: a table
] as const)('%s: what overlaps counts once', (_, pairs, milliseconds) => {
  expect(unionMilliseconds(pairs.map(([start, end]) => ({ start, end })))).toBe(milliseconds)
})
