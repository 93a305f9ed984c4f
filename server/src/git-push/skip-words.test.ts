import { expect, test } from 'vitest'
import { SKIP_WORDS, skipWordIn } from './skip-words.ts'

test.each(SKIP_WORDS)('%s skips, anywhere and in any case', (word) => {
  expect(skipWordIn(`Mend the readme ${word}`)).toBe(word)
  expect(skipWordIn(`Mend the readme\n\nIt said nothing. ${word.toUpperCase()}\n`)).toBe(word)
})

test.each([
  ['Mend\n\n\nskip-checks: true'],
  ['Mend\n\nskip-checks:true\n'],
  ['Mend\r\n\r\nBecause.\r\n\r\nSkip-Checks: true\r\nSigned-off-by: A\r\n'],
])('the trailer skips: %j', (message) => {
  expect(skipWordIn(message)).toBe('skip-checks: true')
})

test.each([
  [''],
  ['Mend the skip ci words'],
  ['[skip-ci] [skip  ci] (skip ci) [skipci]'],
  ['skip-checks: true'],
  ['\n\nskip-checks: true'],
  ['Mend\nskip-checks: true'],
  ['Mend\n\nskip-checks: true\n\nand more'],
  ['Mend\n\nskip-checks: false'],
  ['Mend\n\nnever skip-checks: true'],
])('nothing skips: %j', (message) => {
  expect(skipWordIn(message)).toBeUndefined()
})
