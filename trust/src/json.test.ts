import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseJsonOnce } from './json.ts'

test('any value that JSON can write is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      expect(parseJsonOnce(text)).toEqual({ ok: true, value: JSON.parse(text) })
    }),
  )
})

test.each([
  ['{"a":1,"a":2}', '$.a'],
  ['{"a":{"b":1,"c":[],"b":2}}', '$.a.b'],
  ['[0,{"x":1},{"x":1,"x":1}]', '$[2].x'],
  ['{"Statement":[{"Condition":{"StringLike":{},"StringLike":{}}}]}', '$.Statement[0].Condition.StringLike'],
  ['{"a":1,"\\u0061":2}', '$.a'],
  ['{"k:1":{"":1,"":2}}', '$["k:1"][""]'],
  ['{"a":"},{","b":["a"],"a":0}', '$.a'],
])('%s says something twice at %s', (text, path) => {
  expect(parseJsonOnce(text)).toEqual({ ok: false, path, problem: 'duplicate_member' })
})

test.each([
  '{"a":{"a":{"a":1}}}',
  '[{"a":1},{"a":1}]',
  '{"a":"a","b":"a"}',
  '{"a\\"b":1,"a":2}',
  '{"a":["a","a"]}',
])('%s says nothing twice', (text) => {
  expect(parseJsonOnce(text).ok).toBe(true)
})

test.each(['', '{', '{"a":1,}', "{'a':1}", 'undefined'])('%j is no JSON', (text) => {
  expect(parseJsonOnce(text)).toEqual({ ok: false, path: '$', problem: 'not_json' })
})
