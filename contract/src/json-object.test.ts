import { expect, test } from 'vitest'
import { jsonObject } from './json-object.ts'

test('an object is read, and nothing else is one', () => {
  expect(jsonObject('{"a":[1]}')).toEqual({ a: [1] })
  for (const text of ['', '[]', '[{}]', 'null', '1', '"{}"', '{', '{}x'])
    expect(jsonObject(text), text).toBeUndefined()
})
