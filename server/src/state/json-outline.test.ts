import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AT_ONCE_BYTES, outlineOf } from './json-outline.ts'
import { elementsOf, JsonTextError, membersOf } from './json-span.ts'

test('members and elements are where a walk over the whole text finds them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.array(fc.jsonValue()),
      fc.constantFrom(0, 2),
      async (members, list, indent) => {
        const text = Buffer.from(JSON.stringify({ ...members, list }, undefined, indent))
        const outline = await outlineOf(text, 'list')
        expect(outline.members).toEqual(membersOf(text))
        expect(outline.elements).toEqual(elementsOf(text, membersOf(text).get('list')))
      },
    ),
  )
})

test('a text longer than is read at once, and one without the list', async () => {
  const list = Array.from({ length: 100 }, (_, index) => ({ index, pad: 'x'.repeat(AT_ONCE_BYTES / 40) }))
  const text = Buffer.from(JSON.stringify({ list, after: [1] }))
  const { members, elements } = await outlineOf(text, 'list')
  expect([...members.keys()]).toEqual(['list', 'after'])
  expect(elements.map(({ start, end }) => JSON.parse(text.toString('utf8', start, end)))).toEqual(list)
  for (const without of ['{}', '{"list":null}', '{"other":[1]}']) {
    expect((await outlineOf(Buffer.from(without), 'list')).elements).toEqual([])
  }
})

test.each(['[]', '{"list":{}}', '{"list":[}', '{"list":[]', '{"a":1,"a":2}', ''])(
  '%s is refused',
  async (text) => {
    await expect(outlineOf(Buffer.from(text), 'list')).rejects.toThrow(JsonTextError)
  },
)
