import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isOnlyWildcards, matchesPattern } from './pattern.ts'

test.each([
  ['repo:acme/web:ref:refs/heads/main', 'repo:acme/web:ref:refs/heads/main', true],
  ['repo:acme/web:ref:refs/heads/main', 'repo:acme/web:ref:refs/heads/main2', false],
  ['repo:acme/web:ref:refs/heads/main', 'Repo:acme/web:ref:refs/heads/main', false],
  ['repo:acme/web:*', 'repo:acme/web:ref:refs/heads/main', true],
  ['repo:acme/web:*', 'repo:acme/web:', true],
  ['repo:acme/web:*', 'repo:acme/web-evil:ref:refs/heads/main', false],
  ['repo:acme/web:*', 'evil/repo:acme/web:x', false],
  ['*:main', 'repo:a:main', true],
  ['*:main', 'repo:a:main:evil', false],
  ['a*b*c', 'abbbc', true],
  ['a*b*c', 'acb', false],
  ['v?', 'v', true],
  ['v?', 'v1', true],
  ['v?', 'v12', false],
  ['??', '', true],
  ['', '', true],
  ['', 'a', false],
  ['a|b', 'a', false],
  ['[ab]', 'a', false],
  ['a\\*', 'a*', false],
  ['a*', 'a\nb', true],
  ['é?', 'é💥', true],
])('%j and %j: %s', (pattern, value, fits) => {
  expect(matchesPattern(pattern, value, 'allow')).toBe(fits)
  expect(matchesPattern(pattern, value, 'deny')).toBe(fits)
})

test('a dot is a dot where it lets somebody in, and any character where it keeps somebody out', () => {
  expect(matchesPattern('a@mail.example.com', 'a@mailxexample.com', 'allow')).toBe(false)
  expect(matchesPattern('a@mail.example.com', 'a@mailxexample.com', 'deny')).toBe(true)
  expect(matchesPattern('a.c', 'a.c', 'allow')).toBe(true)
})

test('what is too long lets nobody in and keeps everybody out', () => {
  const long = 'a'.repeat(2_001)
  expect(matchesPattern('*', long, 'allow')).toBe(false)
  expect(matchesPattern('b', long, 'deny')).toBe(true)
  expect(matchesPattern('*', 'a'.repeat(2_000), 'allow')).toBe(true)
})

test('it says what a regular expression of the same grammar says', () => {
  const text = (letters: string) =>
    fc.array(fc.constantFrom(...letters), { maxLength: 12 }).map((all) => all.join(''))
  fc.assert(
    fc.property(text('ab.*?'), text('ab.'), (pattern, value) => {
      for (const reading of ['allow', 'deny'] as const) {
        const dot = reading === 'deny' ? '.' : '\\.'
        const source = pattern.replaceAll(/[.*?]/g, (one) => ({ '*': '.*', '?': '.?' })[one] ?? dot)
        expect(matchesPattern(pattern, value, reading)).toBe(new RegExp(`^(?:${source})$`).test(value))
      }
    }),
    { seed: 1, numRuns: 3_000 },
  )
})

test('only wildcards say nothing', () => {
  expect(['*', '**', '?', '?*', ''].every(isOnlyWildcards)).toBe(true)
  expect(['a*', '*.*', '.'].some(isOnlyWildcards)).toBe(false)
})
