import fc from 'fast-check'
import { expect, test } from 'vitest'
import { filterProblem, passesFilters, readFilters } from '../globs/filters.ts'
import { pathOf } from '../globs/glob.ts'
import { fileList, judgeFiles } from './path-filter.ts'

const budget = () => ({ steps: 1_000_000 })

function filters(...texts: string[]) {
  const read = readFilters(texts)
  if ('problem' in read) throw new Error(read.problem)
  return read
}
const judge = (texts: string[], files: readonly string[] | 'unknown', listedAtMost = 300) =>
  judgeFiles(filters(...texts), fileList(files, listedAtMost), budget())

test('without filters everything matches, also a push that changed no file', () => {
  expect(judge([], ['a'])).toBe('match')
  expect(judge([], [])).toBe('match')
  expect(judge([], 'unknown')).toBe('match')
})

test('one file that passes is enough', () => {
  expect(judge(['infra/**'], ['readme.md', 'infra/main.ts'])).toBe('match')
  expect(judge(['infra/**'], ['readme.md', 'lib/infra/main.ts'])).toBe('no-match')
  expect(judge(['infra/**'], [])).toBe('no-match')
})

test('an exclude always wins, wherever it stands', () => {
  expect(judge(['infra/**', '!infra/docs/**'], ['infra/docs/a.md'])).toBe('no-match')
  expect(judge(['!infra/docs/**', 'infra/**'], ['infra/docs/a.md'])).toBe('no-match')
  expect(judge(['!infra/docs/**', 'infra/docs/a.md'], ['infra/docs/a.md'])).toBe('no-match')
  expect(judge(['infra/**', '!infra/docs/**'], ['infra/docs/a.md', 'infra/a.ts'])).toBe('match')
})

test('excludes alone keep all else', () => {
  expect(judge(['!**/*.md'], ['readme.md'])).toBe('no-match')
  expect(judge(['!**/*.md'], ['readme.md', 'main.ts'])).toBe('match')
})

test('what nobody listed, or not to its end, may match', () => {
  const many = (count: number) => Array.from({ length: count }, (_, at) => `docs/${at}.md`)
  expect(judge(['infra/**'], 'unknown')).toBe('may-match')
  expect(judge(['infra/**'], many(299))).toBe('no-match')
  expect(judge(['infra/**'], many(300))).toBe('may-match')
  expect(judge(['infra/**'], many(5_000), Number.POSITIVE_INFINITY)).toBe('no-match')
  expect(judge(['infra/**'], many(10_001), Number.POSITIVE_INFINITY)).toBe('may-match')
  expect(judge(['infra/**'], [...many(300), 'infra/a'])).toBe('match')
})

test('what takes too long to look through may match', () => {
  const hostile = filters(...Array.from({ length: 100 }, (_, at) => `${'?'.repeat(at)}${'?*'.repeat(190)}b?`))
  const files = fileList(
    Array.from({ length: 200 }, () => 'a'.repeat(1_000)),
    300,
  )
  const startedAt = performance.now()
  expect(judgeFiles(hostile, files, budget())).toBe('may-match')
  expect(performance.now() - startedAt).toBeLessThan(1_000)
})

test('a filter that cannot be read is named', () => {
  expect(readFilters(['infra/**', '!docs/'])).toEqual({
    filter: '!docs/',
    problem: expect.stringContaining('ends with "/"'),
  })
  expect(filterProblem('!')).toContain('empty part')
  expect(filterProblem('!infra/**')).toBeUndefined()
})

test('order says nothing, and an exclude never lets in more', () => {
  const filter = fc.constantFrom('a', 'b/**', '*', '!a', '!b/c', '**/c', '!**')
  const path = fc.constantFrom('a', 'b/c', 'b/d', 'c', 'd/c', 'e')
  const passes = (texts: readonly string[], name: string) =>
    passesFilters(filters(...texts), pathOf(name), budget())
  fc.assert(
    fc.property(fc.array(filter, { maxLength: 6 }), path, (texts, name) => {
      expect(passes(texts, name)).toBe(passes(texts.toReversed(), name))
      if (passes([...texts, '!b/**'], name)) expect(passes(texts, name)).toBe(true)
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('for all files at once the answer is that for each file', () => {
  const filter = fc.constantFrom('a', 'b/**', '*', '!a', '!b/c', '**/c', '!**')
  const path = fc.constantFrom('a', 'b/c', 'b/d', 'c', 'd/c', 'e')
  fc.assert(
    fc.property(fc.array(filter, { maxLength: 6 }), fc.array(path, { maxLength: 4 }), (texts, files) => {
      const passes = files.some((file) => passesFilters(filters(...texts), pathOf(file), budget()))
      expect(judge(texts, files)).toBe(passes || texts.length === 0 ? 'match' : 'no-match')
    }),
    { seed: 1, numRuns: 500 },
  )
})
