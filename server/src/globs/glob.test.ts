import fc from 'fast-check'
import picomatch from 'picomatch'
import { expect, test } from 'vitest'
import { matchesGlob, pathOf, readGlob } from './glob.ts'

const ENOUGH = 10_000_000

function matches(text: string, path: string, budget = { steps: ENOUGH }): boolean {
  const glob = readGlob(text)
  if ('problem' in glob) throw new Error(`${text} ${glob.problem}`)
  return matchesGlob(glob, pathOf(path), budget)
}

test.each([
  ['infra/main.ts', 'infra/main.ts', true],
  ['infra/main.ts', 'infra/Main.ts', false],
  ['infra', 'infra/main.ts', false],
  ['main.ts', 'infra/main.ts', false],
  ['infra/*', 'infra/main.ts', true],
  ['infra/*', 'infra/a/main.ts', false],
  ['infra/**', 'infra/a/b/main.ts', true],
  ['infra/**', 'infra', true],
  ['infra/**', 'infrastructure/a', false],
  ['**', 'a/b/c', true],
  ['**/*.ts', 'main.ts', true],
  ['**/*.ts', 'a/b/main.ts', true],
  ['**/*.ts', 'a/b/main.tsx', false],
  ['a/**/z', 'a/z', true],
  ['a/**/z', 'a/b/c/z', true],
  ['a/**/z', 'a/b/zz', false],
  ['**/a/**/b', 'x/a/b/a/c', false],
  ['**/a/**/b', 'x/a/c/a/b', true],
  ['*', '.env', true],
  ['**', '.github/workflows/ci.yml', true],
  ['a**b', 'axyb', true],
  ['a**b', 'ax/yb', false],
  ['?.ts', 'é.ts', true],
  ['?.ts', '💥.ts', true],
  ['?.ts', '.ts', false],
  ['a?b', 'a/b', false],
  ['[a-c]x', 'bx', true],
  ['[!a-c]x', 'bx', false],
  ['[^a-c]x', 'dx', true],
  ['[!a]', '/', false],
  ['[a-]x', '-x', true],
  ['[{,]x', '{x', true],
  ['v[0-9]*', 'v1.2.3', true],
  ['*.{ts,tsx}', 'a.tsx', true],
  ['{a,b}/{c,d{e,f}}', 'b/df', true],
  ['{a,b}/{c,d{e,f}}', 'b/d', false],
  ['a{,.test}.ts', 'a.ts', true],
  ['{infra/**,libs/*}', 'libs/a/b', false],
  ['a,b', 'a,b', true],
  ['\\*', '*', true],
  ['\\*', 'a', false],
  ['routes/\\[id\\].ts', 'routes/[id].ts', true],
  ['+(a)', '+(a)', true],
  ['a|b', 'a', false],
  ['(a)', 'a', false],
  ['a*', 'a\nb', true],
])('%j and %j: %s', (glob, path, fits) => {
  expect(matches(glob, path)).toBe(fits)
})

test.each([
  ['infra/', 'ends with "/"'],
  ['/infra/**', 'empty part'],
  ['./infra/**', 'part "." or ".."'],
  ['a/../b', 'part "." or ".."'],
  ['a//b', 'empty part'],
  ['', 'empty part'],
  ['{a,b', '"{" without its "}"'],
  ['a}', '"}" without its "{"'],
  ['{a}', 'without a comma'],
  ['[ab', '"[" without its "]"'],
  ['[]', 'empty "[]"'],
  ['[z-a]', 'end is before its beginning'],
  ['[a/b]', '"[" without its "]"'],
  ['[[:alpha:]]', '"[" without its "]"'],
  ['a]', '"]" without its "["'],
  ['a\\', 'backslash'],
  ['a\\/b', 'backslash'],
  ['a'.repeat(501), 'at most 500 characters'],
  ['{a,b}'.repeat(50), 'more than 64 alternatives'],
  [`${'{a,'.repeat(80)}a${'}'.repeat(80)}`, 'more than 64 alternatives'],
])('%j is refused', (glob, problem) => {
  expect(readGlob(glob)).toEqual({ problem: expect.stringContaining(problem) })
})

test('no glob takes long, whatever the path', () => {
  const path = 'a'.repeat(4_000)
  const parts = 'a/'.repeat(2_000)
  const startedAt = performance.now()
  expect(matches('*a*a*a*a*a*a*a*a*b?', path)).toBe(false)
  expect(matches(`${'?*'.repeat(240)}b?`, path)).toBe(false)
  expect(matches('**/a/**/a/**/a/**/a/**/b/a', `${parts}a`)).toBe(false)
  expect(performance.now() - startedAt).toBeLessThan(2_000)
})

test('what is answered after the end of the budget is marked by the budget', () => {
  const budget = { steps: 10 }
  expect(matches('*a*b*', 'a'.repeat(100), budget)).toBe(false)
  expect(budget.steps).toBeLessThan(0)
})

const letters = (from: string, maxLength: number) =>
  fc.array(fc.constantFrom(...from), { maxLength }).map((all) => all.join(''))
const paths = fc
  .array(letters('ab.', 4), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.filter((part) => !['', '.', '..'].includes(part)).join('/'))
  .filter((path) => path !== '')
/** Every glob of the grammar, and much that is none. */
const globs = fc
  .array(
    fc.constantFrom('a', 'b', '.', '/', '*', '**', '/**/', '?', '[ab]', '[!a]', '{a,b/}', '{', ',', '}'),
    {
      maxLength: 9,
    },
  )
  .map((pieces) => pieces.join(''))

test('it says what the slow and obvious reading of the grammar says', () => {
  let compared = 0
  fc.assert(
    fc.property(globs, paths, (text, path) => {
      const glob = readGlob(text)
      if ('problem' in glob) return
      compared += 1
      expect(matchesGlob(glob, pathOf(path), { steps: ENOUGH })).toBe(
        expandBraces(text).some((one) => slowParts(one.split('/'), path.split('/'))),
      )
    }),
    { seed: 1, numRuns: 20_000 },
  )
  expect(compared).toBeGreaterThan(5_000)
})

test('it says what picomatch says', () => {
  let compared = 0
  fc.assert(
    fc.property(globs, paths, (text, path) => {
      const glob = readGlob(text)
      // picomatch reads these otherwise: stars that are not a whole part, braces over a `/`, and `*/**` (not `a/**`)
      // of which it lets `**` stand for nothing.
      if ('problem' in glob || /[^/]\*\*|\*\*[^/]|\*\*\/\*\*|\{|[*?\]]\/\*\*$/.test(text)) return
      compared += 1
      // Without `posix` it takes `[!a]` for one of the two.
      const peer = picomatch(text.replaceAll('[!', '[^'), { dot: true, nonegate: true, noextglob: true })
      expect([text, path, matchesGlob(glob, pathOf(path), { steps: ENOUGH })]).toEqual([
        text,
        path,
        peer(path),
      ])
    }),
    { seed: 2, numRuns: 20_000 },
  )
  expect(compared).toBeGreaterThan(3_000)
})

function expandBraces(text: string): string[] {
  const [, before = '', inside, after = ''] = /^(.*?)\{([^{}]*)\}(.*)$/s.exec(text) ?? []
  return inside === undefined
    ? [text]
    : inside.split(',').flatMap((one) => expandBraces(before + one + after))
}

function slowParts(glob: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = glob
  if (first === undefined) return path.length === 0
  if (first === '**') return slowParts(rest, path) || (path.length > 0 && slowParts(glob, path.slice(1)))
  return path[0] !== undefined && slowLetters(first, path[0]) && slowParts(rest, path.slice(1))
}

function slowLetters(glob: string, text: string): boolean {
  if (glob === '') return text === ''
  if (glob[0] === '*')
    return slowLetters(glob.slice(1), text) || (text !== '' && slowLetters(glob, text.slice(1)))
  if (text === '') return false
  const [set = ''] = /^\[[^\]]*\]/.exec(glob) ?? []
  const one = set === '' ? glob.slice(0, 1) : set
  const fits =
    one === '?' || (set === '' ? one === text[0] : set.includes(text.slice(0, 1)) !== (set[1] === '!'))
  return fits && slowLetters(glob.slice(one.length), text.slice(1))
}
