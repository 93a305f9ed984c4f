import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonScan } from './json-scan.ts'
import { elementsOf, JsonTextError, membersOf } from './json-span.ts'

interface Found {
  readonly depth: number
  readonly key: string | undefined
  readonly text: string
}

/** The values that are reported, in the order of their beginnings. */
function scanned(text: string, cuts: readonly number[], keysTo: number): Found[] {
  const bytes = Buffer.from(text)
  const found: { depth: number; key: string | undefined; start: number; end: number }[] = []
  const open: (typeof found)[number][] = []
  const scan = jsonScan(keysTo, {
    begin(depth, key, at, first) {
      expect(first).toBe(bytes[at])
      const value = { depth, key, start: at, end: -1 }
      found.push(value)
      open[depth] = value
    },
    end(depth, at) {
      const value = open[depth]
      if (value) value.end = at
    },
  })
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((one, other) => one - other)
  for (const [index, start] of [0, ...places].entries()) scan.push(bytes.subarray(start, places[index]))
  scan.finish()
  return found.map(({ depth, key, start, end }) => ({ depth, key, text: bytes.toString('utf8', start, end) }))
}

/** The same from a value that JSON.parse made. */
function expected(value: unknown, depth: number, key: string | undefined, keysTo: number): unknown[] {
  if (depth > keysTo + 1) return []
  const inside = Array.isArray(value)
    ? value.flatMap((one) => expected(one, depth + 1, undefined, keysTo))
    : typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, one]) =>
          expected(one, depth + 1, depth < keysTo ? name : undefined, keysTo),
        )
      : []
  return [{ depth, key, value }, ...inside]
}

const cuts = fc.array(fc.nat(), { maxLength: 10 })

test('the outer values are found with their keys, wherever the text falls into pieces', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2), cuts, fc.nat(3), (value, indent, places, keysTo) => {
      const text = JSON.stringify(value, undefined, indent)
      const found = scanned(text, places, keysTo).map(({ text: own, ...place }) => ({
        ...place,
        value: JSON.parse(own),
      }))
      expect(found).toEqual(expected(JSON.parse(text), 0, undefined, keysTo))
    }),
    { numRuns: 1_000 },
  )
})

const jsonLike = fc.array(
  fc.constantFrom(
    ...['{', '}', '[', ']', ',', ':', '"', '\\', '"a"', '"\\u12aF"', '"\\ud800"', '\\u', '-', '0', '01', '1'],
    ...['.5', '1.', 'e', 'E+1', '-0', '1e400', 'true', 'fals', 'null', ' ', '\n', '\u0001', 'é', '1.5e-3'],
  ),
  { maxLength: 12 },
)

test('it accepts and refuses what JSON.parse does, and the walk over a whole text', () => {
  fc.assert(
    fc.property(jsonLike, cuts, (tokens, places) => {
      const text = tokens.join('')
      const list = `[${text}]`
      expect(
        accepts(() => scanned(list, places, -1)),
        list,
      ).toBe(accepts(() => JSON.parse(list)))
      expect(
        accepts(() => scanned(list, places, 2)),
        list,
      ).toBe(accepts(() => elementsOf(Buffer.from(list))))
      expect(
        accepts(() => scanned(text, places, -1)),
        text,
      ).toBe(accepts(() => JSON.parse(text)))
      const object = `{${text}}`
      expect(
        accepts(() => scanned(object, places, 1)),
        object,
      ).toBe(accepts(() => membersOf(Buffer.from(object))))
    }),
    { numRuns: 20_000 },
  )
})

test('a cut off text is refused at every length, a whole one is not', () => {
  const text = '{"a":[1.5e+3,"\\u00e9\\n",true,null,-0],"b":{"c":{}}} '
  for (let length = 0; length < text.length - 1; length += 1) {
    expect(accepts(() => scanned(text.slice(0, length), [length >> 1], 2))).toBe(false)
  }
  expect(scanned(text, [], 0)).toHaveLength(3)
})

test('a key that stands twice is found where keys are read, and depth and keys have an end', () => {
  expect(accepts(() => scanned('{"a":{"b":1,"\\u0062":2}}', [11, 14], 2))).toBe(false)
  expect(accepts(() => scanned('{"a":{"b":1,"b":2}}', [], 1))).toBe(true)
  expect(accepts(() => scanned('['.repeat(10_001), [], 2))).toBe(false)
  expect(accepts(() => scanned(`${'['.repeat(10_000)}${']'.repeat(10_000)}`, [], 2))).toBe(true)
  const keys = Array.from({ length: 10_001 }, (_, index) => `"${index}":0`)
  expect(accepts(() => scanned(`{${keys.slice(1).join()}}`, [], 1))).toBe(true)
  expect(accepts(() => scanned(`{${keys.join()}}`, [], 1))).toBe(false)
  expect(accepts(() => scanned(`{"${'k'.repeat(70_000)}":0}`, [], 1))).toBe(false)
})

function accepts(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch (error) {
    if (error instanceof JsonTextError || error instanceof SyntaxError) return false
    throw error
  }
}
