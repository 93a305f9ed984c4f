import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { openapiOf, type Route } from './openapi.ts'
import { routesOfServer } from './routes.ts'

const route = (method: string, url: string, more: Partial<Route> = {}): Route => ({
  method,
  url,
  schema: {},
  isPublic: false,
  ...more,
})
const documentOf = (...routes: Route[]) => JSON.parse(openapiOf(routes, '1.2.3'))

test('the text does not depend on the order in which the routes were made', () => {
  const routes = [route('GET', '/b'), route('POST', '/a'), route('GET', '/a'), route('HEAD', '/a')]
  expect(openapiOf(routes, '1.2.3')).toBe(openapiOf(routes.toReversed(), '1.2.3'))
  const { info, paths } = documentOf(...routes)
  expect(info.version).toBe('1.2.3')
  expect(
    Object.entries(paths).map(([path, operations]) => [path, Object.keys(operations as object)]),
  ).toEqual([
    ['/a', ['get', 'post']],
    ['/b', ['get']],
  ])
})

test('a schema becomes parameters, a body and answers', () => {
  const schema = {
    params: Type.Object({ stack: Type.String({ pattern: '^[a-z]+$' }) }),
    querystring: Type.Object({ page: Type.Optional(Type.Integer()), q: Type.String() }),
    body: Type.Object({ name: Type.String() }, { additionalProperties: false }),
    response: { 201: Type.Object({ id: Type.String() }, { description: 'What was made.' }) },
  }
  const { paths } = documentOf(route('POST', '/s/:stack/:n(\\d+)/*', { schema, isPublic: true }))
  expect(paths['/s/{stack}/{n}/{rest}'].post).toEqual({
    operationId: 'postSByStackByNByRest',
    security: [],
    parameters: [
      { name: 'stack', in: 'path', required: true, schema: { type: 'string', pattern: '^[a-z]+$' } },
      { name: 'n', in: 'path', required: true, schema: { type: 'string' } },
      { name: 'rest', in: 'path', required: true, schema: { type: 'string' } },
      { name: 'page', in: 'query', required: false, schema: { type: 'integer' } },
      { name: 'q', in: 'query', required: true, schema: { type: 'string' } },
    ],
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string' } },
            additionalProperties: false,
          },
        },
      },
    },
    responses: {
      201: {
        description: 'What was made.',
        content: {
          'application/json': {
            schema: {
              type: 'object',
              description: 'What was made.',
              required: ['id'],
              properties: { id: { type: 'string' } },
            },
          },
        },
      },
      default: {
        description: 'A refusal.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Refusal' } } },
      },
    },
  })
})

test('the server tells its routes without a database, and which of them are public', async () => {
  const routes = await routesOfServer()
  const find = (path: string) => routes.find(({ method, url }) => method === 'GET' && url === path)
  expect(find('/api/user')).toMatchObject({ isPublic: false })
  expect(find('/oidc/.well-known/jwks')).toMatchObject({ isPublic: true })
})
