import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { openapiOf, type Route } from './openapi.ts'
import { NOT_OFFERED_TAG, pageOf } from './page.ts'

const Thing = Type.Object(
  {
    id: Type.String({ description: 'Its id.' }),
    size: Type.Optional(Type.Union([Type.Integer({ minimum: 1, maximum: 9 }), Type.Null()])),
    parts: Type.Array(Type.Object({ name: Type.String() })),
    kind: Type.Union([Type.Literal('a'), Type.Literal('b')]),
  },
  { title: 'Thing' },
)
const route = (method: string, url: string, schema: object): Route => ({
  method,
  url,
  schema: schema as Route['schema'],
  isPublic: false,
})

test('a route with a tag stands there in full, and its models once', () => {
  const about = { operationId: 'getThing', summary: 'Read a thing', tags: ['Things'] }
  const query = Type.Object({ deep: Type.Optional(Type.Boolean({ description: 'With | all.' })) })
  const page = pageOf(
    openapiOf(
      [
        route('GET', '/things/:id', { ...about, querystring: query, response: { 200: Thing } }),
        route('PUT', '/things/:id', {
          tags: ['Things'],
          body: Thing,
          response: { 204: Type.Null({ description: 'Nothing.' }) },
        }),
        route('GET', '/other', {}),
        route('GET', '/gone', { tags: [NOT_OFFERED_TAG] }),
      ],
      '1',
    ),
  )
  expect(page).toContain('### `GET /things/{id}`\n\nRead a thing (`getThing`).\n')
  expect(page).toContain('| `deep` | boolean | With \\| all. |')
  expect(page).toContain('Answer: 200 [Thing](#thing).')
  expect(page).toContain('Body: [Thing](#thing).\n\nAnswer: 204 nothing.')
  expect(page.match(/^### Thing$/gm)).toHaveLength(1)
  expect(page).toContain('| `id` | string | always | Its id. |')
  expect(page).toContain('| `size` | integer 1 to 9 or null |  |  |')
  expect(page).toContain('| `parts[].name` | string | always |  |')
  expect(page).toContain('| `kind` | `"a"` or `"b"` | always |  |')
  expect(page).toContain('- `GET /other`')
  expect(page).not.toContain('/gone')
})
