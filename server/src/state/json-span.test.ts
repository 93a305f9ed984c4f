import fc from 'fast-check'
import { expect, test } from 'vitest'
import { edited, elementsOf, JsonTextError, membersOf, textOf, visitObjects } from './json-span.ts'

const bytes = (text: string): Buffer => Buffer.from(text)

/** A JSON text with blanks wherever the grammar allows them. */
function spaced(value: unknown, blank: () => string): string {
  const around = (text: string): string => `${blank()}${text}${blank()}`
  if (Array.isArray(value)) return around(`[${value.map((one) => spaced(one, blank)).join(',')}${blank()}]`)
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([key, one]) => `${around(JSON.stringify(key))}:${spaced(one, blank)}`,
    )
    return around(`{${members.join(',')}${blank()}}`)
  }
  return around(JSON.stringify(value))
}

const blanks = fc.infiniteStream(fc.constantFrom('', '', ' ', '\n', '\t\r '))

test('members and elements are where JSON.parse finds them, however the text is laid out', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), blanks, (value, stream) => {
      const text = bytes(spaced(value, () => stream.next().value ?? ''))
      const found = [...membersOf(text)].map(([key, span]) => [key, JSON.parse(textOf(text, span))])
      expect(found).toEqual(Object.entries(JSON.parse(text.toString())))
    }),
  )
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), blanks, (value, stream) => {
      const text = bytes(spaced(value, () => stream.next().value ?? ''))
      const found = elementsOf(text).map((span) => JSON.parse(textOf(text, span)))
      expect(found).toEqual(JSON.parse(text.toString()))
    }),
  )
})

const jsonLike = fc.array(
  fc.constantFrom(
    ...['{', '}', '[', ']', ',', ':', '"', '\\', '"a"', '"\\u12aF"', '"\\ud800"', '\\u', '-', '0', '01', '1'],
    ...['.5', '1.', 'e', 'E+1', '-0', '1e400', 'true', 'fals', 'null', ' ', '\n', '\u0001', 'é'],
  ),
  { maxLength: 12 },
)

test('what the scanner accepts and refuses is what JSON.parse accepts and refuses', () => {
  fc.assert(
    fc.property(jsonLike, (pieces) => {
      const text = `[${pieces.join('')}]`
      expect(
        accepts(() => elementsOf(bytes(text))),
        text,
      ).toBe(accepts(() => JSON.parse(text)))
    }),
    { numRuns: 20_000 },
  )
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.nat(),
      fc.constantFrom('', ',', '"', '}', ']', '0', '\\'),
      (value, at, cut) => {
        const whole = `[${JSON.stringify(value)}]`
        const place = at % whole.length
        const text = whole.slice(0, place) + cut + whole.slice(place + 1)
        const parsed = accepts(() => Array.isArray(JSON.parse(text)) || JSON.parse('refused'))
        expect(
          accepts(() => elementsOf(bytes(text))),
          text,
        ).toBe(parsed)
      },
    ),
    { numRuns: 5_000 },
  )
})

test('an edit changes its span and not a byte beside it', () => {
  const odd =
    '{"n":9007199254740993 , "z":-0,"big":1e400,\n"half":"\\ud800", "url":"old", "later":{"x":[ 1.0 ]}}'
  const text = bytes(odd)
  const url = membersOf(text).get('url')
  if (!url) throw new Error('no url')
  expect(edited(text, [{ ...url, text: '"new"' }]).toString()).toBe(odd.replace('"old"', '"new"'))
  expect(() =>
    edited(text, [
      { ...url, text: '' },
      { ...url, text: '' },
    ]),
  ).toThrow(RangeError)
})

test('a key that stands twice is refused, also when it is written in two ways', () => {
  expect(() => membersOf(bytes('{"a":1,"\\u0061":2}'))).toThrow(JsonTextError)
})

test('what follows the value is refused', () => {
  expect(() => membersOf(bytes('{} {}'))).toThrow(/end of the text/)
  expect(() => membersOf(bytes('{}'), { start: 0, end: 1 })).toThrow(JsonTextError)
})

test('a text nested a million deep is refused, not a crash', () => {
  expect(() => elementsOf(bytes('['.repeat(1_000_000)))).toThrow(/too deeply/)
})

function accepts(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch {
    return false
  }
}

const WANTED = new Set(['a', 'b'])

/** What {@link visitObjects} must show, by a reader that may recurse. */
function wantedMembers(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return []
  const inside = Object.values(value).flatMap(wantedMembers)
  if (Array.isArray(value)) return inside
  const own = Object.entries(value).filter(([key]) => WANTED.has(key))
  return own.length > 0 ? [...inside, Object.fromEntries(own)] : inside
}

test('every object is visited, innermost first, with the members that are wanted', () => {
  const key = fc.constantFrom('a', 'b', 'c', '"')
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'medium' },
      fc.jsonValue({ maxDepth: 0 }),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value'), { maxKeys: 3 }),
    ),
  }))
  fc.assert(
    fc.property(value, blanks, (wanted, blank) => {
      const text = bytes(spaced(wanted, () => blank.next().value))
      const seen: Record<string, unknown>[] = []
      visitObjects(text, { start: 0, end: text.length }, WANTED, (members) => {
        const entries = [...members].map(([name, span]) => [name, JSON.parse(textOf(text, span))])
        seen.push(Object.fromEntries(entries))
      })
      expect(seen).toEqual(wantedMembers(JSON.parse(text.toString())))
    }),
  )
})

test('a key may be escaped, and what is not JSON is refused', () => {
  const seen: string[][] = []
  const visit = (text: string) =>
    visitObjects(bytes(text), { start: 0, end: text.length }, WANTED, (members) =>
      seen.push([...members.keys()]),
    )
  visit('{"\\u0061":1,"c":{"b":2}}')
  expect(seen).toEqual([['b'], ['a']])
  for (const text of ['', '{', '{"a"}', '{"a":1,}', '[1 2]', '{"a":1}}', '[', ']']) {
    expect(() => visit(text), text).toThrow(JsonTextError)
  }
})
