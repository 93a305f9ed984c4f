import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasWildcard, isLike, isLikeText, literalText, substitute, type Token, tokensOf } from './pattern.ts'

function tokens(text: string): readonly Token[] {
  const read = tokensOf(text, { variables: true })
  if (!read.ok) throw new Error(read.problem)
  return read.tokens
}

test.each([
  ['', '', true],
  ['', 'a', false],
  ['*', '', true],
  ['*', 'anything:at/all', true],
  ['?', '', false],
  ['?', 'é', true],
  ['?', '😀', true],
  ['?', 'ab', false],
  ['a*', 'a', true],
  ['a*c', 'abc', true],
  ['a*c', 'abcd', false],
  ['a*b*c', 'a-b-b-c', true],
  ['*aab', 'aaab', true],
  ['ab', 'AB', false],
  ['repo:acme/*:ref', 'repo:acme/x:y:ref', true],
  ['a.c', 'abc', false],
  ['[ab]', 'a', false],
  ['^a$', 'a', false],
  ['a\\*', 'a*', false],
  ['**', 'x', true],
])('%j like %j: %s', (pattern, text, like) => {
  expect(isLikeText(pattern, text)).toBe(like)
})

test('matching agrees with an anchored regular expression', () => {
  const short = fc.array(fc.constantFrom('a', 'b', ':', '.'), { maxLength: 8 }).map((chars) => chars.join(''))
  const pattern = fc
    .array(fc.constantFrom('a', 'b', ':', '.', '*', '?'), { maxLength: 8 })
    .map((c) => c.join(''))
  fc.assert(
    fc.property(pattern, short, (glob, text) => {
      const source = glob.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')
      expect(isLikeText(glob, text)).toBe(new RegExp(`^(?:${source})$`).test(text))
    }),
  )
})

test('a pattern without wildcards is like itself only', () => {
  const plain = fc.string().filter((text) => !/[*?]/.test(text))
  fc.assert(
    fc.property(plain, plain, (one, other) => {
      expect(isLikeText(one, other)).toBe(one === other)
    }),
  )
})

test('a hostile pattern costs no more than the product of the lengths', () => {
  const started = performance.now()
  expect(isLikeText(`${'a*'.repeat(500)}b`, 'a'.repeat(5000))).toBe(false)
  expect(performance.now() - started).toBeLessThan(2000)
})

test.each([
  ['${*}', '*'],
  ['${?}', '?'],
  ['${$}', '$'],
  ['a${*}b', 'a*b'],
  ['${$}{aws:x}', '${aws:x}'],
  ['$', '$'],
  ['$x{', '$x{'],
])('%s means the characters %s', (text, literal) => {
  expect(literalText(tokens(text))).toBe(literal)
  expect(hasWildcard(tokens(text))).toBe(false)
  expect(isLike(tokens(text), literal)).toBe(true)
})

test.each([
  '${',
  '${}',
  '${aws:username',
  '${aws:username, default}',
  "${aws:username, 'x}",
  '${ }',
  '${a b}',
  '${**}',
])('the variable %s is malformed', (text) => {
  expect(tokensOf(text, { variables: true }).ok).toBe(false)
  expect(tokensOf(text, { variables: false }).ok).toBe(true)
})

test('variables are replaced, by default when they have no value', () => {
  const valueFor = (key: string) => (key === 'aws:username' ? 'ann' : undefined)
  const text = (source: string) => {
    const replaced = substitute(tokens(source), valueFor)
    return replaced && literalText(replaced)
  }
  expect(text('home/${aws:username}/x')).toBe('home/ann/x')
  expect(text("home/${aws:userid, 'nobody'}/x")).toBe('home/nobody/x')
  expect(text("home/${ aws:username , 'nobody' }")).toBe('home/ann')
  expect(text("home/${aws:userid, ''}")).toBe('home/')
  expect(text('home/${aws:userid}')).toBeUndefined()
})

test('a value cannot bring wildcards or variables into a policy', () => {
  const replaced = substitute(tokens('x:${sub}:*'), () => '*${aws:y}?') ?? []
  expect(isLike(replaced, 'x:anything:z')).toBe(false)
  expect(isLike(replaced, 'x:*${aws:y}?:z')).toBe(true)
})
