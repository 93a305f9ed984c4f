// Turns the server's routes into an OpenAPI 3.1 document. The schemas are the ones that requests are checked with, so
// the document cannot promise another shape than the server takes.

export interface Route {
  readonly method: string
  /** As Fastify writes it: `/api/stacks/:organization`. */
  readonly url: string
  readonly schema: RouteSchema
  /** Needs no token. */
  readonly isPublic: boolean
}

export interface RouteSchema {
  readonly operationId?: string
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly params?: JsonSchema
  readonly querystring?: JsonSchema
  readonly body?: JsonSchema
  readonly response?: Readonly<Record<string, JsonSchema>>
}

export interface JsonSchema {
  readonly title?: string
  readonly type?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly description?: string
}

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required: boolean
  readonly schema: JsonSchema
}

/** Every refusal, from every route, has this form. */
const REFUSAL = {
  type: 'object',
  required: ['code', 'message'],
  properties: {
    code: { type: 'integer', description: 'The HTTP status.' },
    message: { type: 'string', description: 'What is wrong and what to do, in a sentence.' },
    reason: { type: 'string', description: 'A stable word for programs.' },
  },
}

const REFUSAL_CONTENT = { 'application/json': { schema: { $ref: '#/components/schemas/Refusal' } } }

/** @returns The document as it stands in `contract/openapi.json`: in a fixed order, whatever the order of the routes. */
export function openapiOf(routes: readonly Route[], version: string): string {
  const named = new Map<string, JsonSchema>()
  const byPath = Map.groupBy(routes.filter(isDocumented), ({ url }) => pathOf(url))
  const paths = [...byPath].sort(byFirst).map(([path, ofPath]) => {
    const operations = ofPath.map((route) => [route.method.toLowerCase(), operationOf(route, named)] as const)
    return [path, Object.fromEntries([...operations].sort(byFirst))] as const
  })
  const document = {
    openapi: '3.1.0',
    info: { title: 'Daypass', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    security: [{ token: [] }],
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: {
        token: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: '`token <access token>`; runners and jobs send `Bearer <their token>`.',
        },
      },
      schemas: Object.fromEntries([...named, ['Refusal', REFUSAL] as const].sort(byFirst)),
    },
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/** Fastify adds a HEAD to every GET. */
function isDocumented({ method }: Route): boolean {
  return method !== 'HEAD' && method !== 'OPTIONS'
}

/** `/a/:name` is `/a/{name}`, and a route for everything below ends in `{rest}`. */
function pathOf(url: string): string {
  return url.replace(/:([A-Za-z0-9_]+)(?:\([^)]*\))?/g, '{$1}').replace(/\*$/, '{rest}')
}

function operationOf({ method, url, schema, isPublic }: Route, named: Map<string, JsonSchema>): object {
  const json = (body: JsonSchema): object => ({
    'application/json': { schema: withNames(plain(body), named) },
  })
  const parameters = [...pathParameters(url, schema.params), ...queryParameters(schema.querystring)]
  return {
    operationId: schema.operationId ?? operationId(method, url),
    ...(schema.summary === undefined ? {} : { summary: schema.summary }),
    ...(schema.description === undefined ? {} : { description: schema.description }),
    ...(schema.tags === undefined ? {} : { tags: schema.tags }),
    ...(isPublic ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(schema.body === undefined ? {} : { requestBody: { required: true, content: json(schema.body) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(schema.response ?? {}).map(([status, body]) => [
          status.toUpperCase(),
          {
            description: body.description ?? 'The answer.',
            ...(body.type !== 'null' && { content: json(body) }),
          },
        ]),
      ),
      default: { description: 'A refusal.', content: REFUSAL_CONTENT },
    },
  }
}

/** `GET /api/user/stacks/:name` is `getUserStacksByName`: clients and `pulumi api` call an operation by it. */
function operationId(method: string, url: string): string {
  const words = pathOf(url)
    .replace(/^\/api\//, '/')
    .split('/')
    .flatMap((part) => (part.startsWith('{') ? ['by', part] : [part]))
    .flatMap((part) => part.split(/[^A-Za-z0-9]+/))
    .filter((word) => word !== '')
  return method.toLowerCase() + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')
}

function pathParameters(url: string, params: JsonSchema | undefined): Parameter[] {
  const names = [...pathOf(url).matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? '')
  return names.map((name) => {
    const schema = plain(params?.properties?.[name] ?? { type: 'string' })
    return { name, in: 'path', required: true, schema }
  })
}

function queryParameters(query: JsonSchema | undefined): Parameter[] {
  return Object.entries(query?.properties ?? {}).map(([name, schema]) => {
    return { name, in: 'query', required: query?.required?.includes(name) ?? false, schema: plain(schema) }
  })
}

/** A schema with a title stands once, among the components, and is referred to from wherever it is used. */
function withNames(schema: JsonSchema, named: Map<string, JsonSchema>): JsonSchema {
  const inside = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inside)
    if (typeof value !== 'object' || value === null) return value
    const copy = Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, inside(one)]),
    ) as JsonSchema
    const { title } = copy
    if (typeof title !== 'string' || '$ref' in copy) return copy
    const known = named.get(title)
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(copy)) {
      throw new Error(`Two schemas have the title ${title} and are not the same`)
    }
    named.set(title, copy)
    return { $ref: `#/components/schemas/${title}` }
  }
  return inside(schema) as JsonSchema
}

/** The schema without what TypeBox keeps beside it for itself. */
function plain(schema: object): JsonSchema {
  return JSON.parse(JSON.stringify(schema, (key, value) => (key.startsWith('~') ? undefined : value)))
}

function byFirst(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1
}
