import { expect, test } from 'vitest'
import { printable } from './printable.ts'

test('what would command a terminal is replaced, and ordinary text is not', () => {
  expect(printable('\u001b]0;owned\u0007a\nb\rc\td\u009b1m\u007f\u202e\u2028')).toBe(
    '\uFFFD]0;owned\uFFFDa\uFFFDb\uFFFDc\uFFFDd\uFFFD1m\uFFFD\uFFFD\uFFFD',
  )
  expect(printable('Zoë’s 日本 👩‍👩‍👧 — 100 %')).toBe('Zoë’s 日本 👩‍👩‍👧 — 100 %')
})
