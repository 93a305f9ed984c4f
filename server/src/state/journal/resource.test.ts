import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changed, readResource, resourceText } from './resource.ts'

const ODD =
  '{ "urn":"urn:pulumi:s::p::t::n", "big":9007199254740993,"inputs":{"z":-0,"huge":1e400,"half":"\\uD800",' +
  '"one":1.0, "two":[ 1 ,2]},"later":{"field":null},"dependencies":[ "a" ],"parent":"p","protect":true}'

function text(resource: Parameters<typeof resourceText>[0]): string {
  return Buffer.concat(resourceText(resource)).toString()
}

test('what nobody changes is the same to the byte', () => {
  expect(text(readResource(Buffer.from(ODD)))).toBe(ODD)
  const same = changed(readResource(Buffer.from(ODD)), { parent: 'p', delete: false })
  expect(text(same)).toBe(ODD)
})

test('a change leaves every other member its text: numbers, escapes, order and what we do not know', () => {
  const resource = changed(readResource(Buffer.from(ODD)), { parent: 'q', delete: true })
  expect(text(resource)).toBe(
    '{"urn":"urn:pulumi:s::p::t::n","big":9007199254740993,"inputs":{"z":-0,"huge":1e400,"half":"\\uD800",' +
      '"one":1.0, "two":[ 1 ,2]},"later":{"field":null},"dependencies":[ "a" ],"parent":"q","protect":true,"delete":true}',
  )
})

test('what becomes empty is left out, as the CLI leaves it out', () => {
  const resource = readResource(
    Buffer.from(
      '{"urn":"u","parent":"p","provider":"v","deletedWith":"d","viewOf":"w","dependencies":["a"],"replaceWith":["b"],' +
        '"propertyDependencies":{"k":["a"]},"aliases":["c"],"delete":true,"pendingReplacement":true}',
    ),
  )
  const emptied = changed(resource, {
    parent: '',
    provider: '',
    deletedWith: '',
    viewOf: '',
    dependencies: [],
    replaceWith: [],
    propertyDependencies: new Map(),
    aliases: [],
    delete: false,
    pendingReplacement: false,
  })
  expect(text(emptied)).toBe('{"urn":"u"}')
})

test('a new value has the escapes of the CLI', () => {
  const resource = changed(readResource(Buffer.from('{"urn":"u"}')), {
    dependencies: ['<a> & "b"\u2028\u2029\n\ud800'],
    propertyDependencies: new Map([
      ['z', []],
      ['a', ['x']],
    ]),
  })
  expect(text(resource)).toBe(
    '{"urn":"u","dependencies":["\\u003ca\\u003e \\u0026 \\"b\\"\\u2028\\u2029\\n\\ud800"],' +
      '"propertyDependencies":{"a":["x"],"z":[]}}',
  )
})

test('fields written as null are absent ones', () => {
  const resource = readResource(
    Buffer.from(
      '{"urn":"u","parent":null,"dependencies":null,"propertyDependencies":{"a":null},"delete":null}',
    ),
  )
  expect(resource.fields).toMatchObject({ parent: '', dependencies: [], delete: false })
  expect([...resource.fields.propertyDependencies]).toEqual([['a', []]])
})

const names = fc.array(fc.string(), { maxLength: 3 })

test('a changed resource reads back as it was changed, and the rest of it is untouched', () => {
  const rest = fc.dictionary(
    fc.string().filter((key) => !KEYS.has(key)),
    fc.jsonValue(),
  )
  const changes = fc.record({
    urn: fc.string({ minLength: 1 }),
    parent: fc.string(),
    dependencies: names,
    delete: fc.boolean(),
  })
  fc.assert(
    fc.property(rest, changes, changes, (members, before, after) => {
      const original = Buffer.from(JSON.stringify({ ...members, ...before }))
      const now = readResource(Buffer.from(text(changed(readResource(original), after))))
      expect(now.fields).toMatchObject(after)
      const others = Object.entries(JSON.parse(text(now))).filter(([key]) => !KEYS.has(key))
      expect(Object.fromEntries(others)).toEqual(JSON.parse(JSON.stringify(members)))
    }),
  )
})

const KEYS = new Set([
  ...[
    'urn',
    'parent',
    'provider',
    'deletedWith',
    'viewOf',
    'dependencies',
    'replaceWith',
    'propertyDependencies',
  ],
  ...['aliases', 'delete', 'pendingReplacement', 'type', 'id', 'custom', 'taint', 'refreshBeforeUpdate'],
  ...['resourceHooks', 'extensionRef', 'snippetID', '__proto__'],
])
