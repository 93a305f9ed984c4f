/** Requests to every route of the description: fitting, nearly fitting and hostile, from everybody who may call. */
import fc from 'fast-check'
import { hostile, named, nearly, type Schema, type Schemas, valid } from './values.ts'

export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedRoute>>>>
  readonly components: { readonly schemas: Schemas }
}

interface DescribedRoute {
  readonly parameters?: readonly {
    readonly name: string
    readonly in: 'path' | 'query'
    readonly required?: boolean
    readonly schema: Schema
  }[]
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } }
}

export interface FuzzRequest {
  /** As the description has it. */
  readonly route: string
  readonly method: string
  readonly url: string
  /** Undefined: none. */
  readonly payload: string | undefined
  readonly headers: Readonly<Record<string, string>>
}

/** What exists at the moment, by the name of the parameter that holds it. */
export interface Existing {
  readonly values: Readonly<Record<string, readonly string[]>>
  /** `Authorization` headers, by who sends them. */
  readonly credentials: Readonly<
    Record<'person' | 'operator' | 'job' | 'runner' | 'update', readonly string[]>
  >
}

/** A drawn one would make the route wait for it. */
const FORCED = { waitSeconds: 0 } as const

/** `GET /api/user`, as the description has it. */
export function routesOf({ paths }: Description): readonly string[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
}

/** @param only To this route; otherwise to all of them. */
export function requestsTo(
  description: Description,
  existing: Existing,
  only?: string,
): fc.Arbitrary<FuzzRequest> {
  const { schemas } = description.components
  const routes = Object.entries(description.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, route]) => {
      if (only !== undefined && only !== `${method.toUpperCase()} ${path}`) return []
      // What is not offered answers the same whatever it is asked.
      const weight = path.endsWith('{rest}') ? 1 : 8
      return { weight, arbitrary: requestTo(method, path, route, schemas, existing) }
    }),
  )
  return fc.oneof(...routes)
}

function requestTo(
  method: string,
  path: string,
  { parameters = [], requestBody }: DescribedRoute,
  schemas: Schemas,
  existing: Existing,
): fc.Arbitrary<FuzzRequest> {
  const inPath = parameters.filter((one) => one.in === 'path')
  const segments = fc.tuple(...inPath.map(({ name }) => segment(existing.values[name] ?? [])))
  const query = fc.tuple(
    ...parameters.filter((one) => one.in === 'query').map((one) => pair(one, schemas, existing)),
  )
  const takesBody = method !== 'get' && (requestBody !== undefined || method !== 'delete')
  const schema = requestBody?.content['application/json'].schema
  const payload = takesBody ? payloadOf(schema, schemas) : fc.constant(undefined)
  const authorization = authorizationFor(path, existing.credentials)
  return fc.record({ segments, query, payload, authorization, odd: fc.nat(40) }).map((drawn) => ({
    route: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    url: urlOf(
      path,
      inPath.map(({ name }) => name),
      drawn.segments,
      drawn.query,
    ),
    payload: drawn.payload,
    headers: headersOf(drawn.authorization, drawn.payload, drawn.odd),
  }))
}

const ODD_CREDENTIALS = ['', 'token pul-unknown', 'Basic eDp5', 'token', 'update-token x', '\u00ff']

/** Mostly of whom the route is for. */
function authorizationFor(path: string, credentials: Existing['credentials']): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...credentials[callerOf(path)]) },
    { weight: 2, arbitrary: fc.constantFrom(...Object.values(credentials).flat()) },
    { weight: 1, arbitrary: fc.constantFrom(...ODD_CREDENTIALS) },
  )
}

function callerOf(path: string): keyof Existing['credentials'] {
  if (path.startsWith('/api/daypass/job/')) return 'job'
  if (path.startsWith('/api/daypass/runner/')) return 'runner'
  // Another backup in place of everything would end the rounds.
  if (path.startsWith('/api/daypass/') && !path.includes('{organization}')) return 'operator'
  const isOfUpdate = /\{updateId\}\/(?:checkpoint|complete|journalentries|events\/batch|renew_lease)/.test(
    path,
  )
  return isOfUpdate ? 'update' : 'person'
}

function segment(known: readonly string[]): fc.Arbitrary<string> {
  const odd = fc.oneof(
    hostile.filter((value) => typeof value === 'string' && value !== '').map(String),
    fc.string({ minLength: 1, maxLength: 20 }),
    fc.constantFrom(
      'nope',
      '0',
      '1',
      '-1',
      '2147483648',
      '99999999999999',
      '00000000-0000-0000-0000-000000000000',
      'a'.repeat(390),
    ),
  )
  return known.length === 0
    ? fc.oneof(fc.constantFrom('x', 'a/b'), odd)
    : fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: odd })
}

function pair(
  { name, schema, required }: { readonly name: string; readonly schema: Schema; readonly required?: boolean },
  schemas: Schemas,
  { values }: Existing,
): fc.Arbitrary<readonly [string, string][]> {
  const fits = name in FORCED ? fc.constant(0) : named(name, schema, valid(schema, schemas, FORCED))
  const known = values[name] === undefined ? fits : fc.oneof(fits, fc.constantFrom(...values[name]))
  const value =
    name in FORCED ? known : fc.oneof({ weight: 4, arbitrary: known }, { weight: 1, arbitrary: hostile })
  const pairs = value.map((one) => [one].flat().map((each): [string, string] => [name, plain(each)]))
  const absent = { weight: required ? 1 : 12, arbitrary: fc.constant([]) }
  return fc.oneof(absent, { weight: 6, arbitrary: pairs })
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const BROKEN = [
  '{"a":',
  '[',
  'nul',
  '"',
  '\ufeff{}',
  '{} {}',
  `${'['.repeat(100_000)}`,
  '\u0000',
  '{"a":1,}',
  ' ',
]

function payloadOf(schema: Schema | undefined, schemas: Schemas): fc.Arbitrary<string | undefined> {
  const fits = schema === undefined ? fc.jsonValue({ maxDepth: 4 }) : valid(schema, schemas, FORCED)
  const json = (value: unknown): string | undefined => JSON.stringify(value)
  return fc.oneof(
    { weight: 8, arbitrary: fits.map(json) },
    { weight: 6, arbitrary: nearly(fits).map(json) },
    { weight: 2, arbitrary: hostile.map(json) },
    { weight: 1, arbitrary: fc.constantFrom(...BROKEN) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  )
}

function urlOf(
  path: string,
  names: readonly string[],
  segments: readonly string[],
  query: readonly (readonly [string, string][])[],
): string {
  const filled = names.reduce(
    (url, name, index) => url.replace(`{${name}}`, () => encoded(segments[index] ?? '')),
    path,
  )
  const pairs = query.flat().map(([name, value]) => `${name}=${encoded(value)}`)
  return pairs.length === 0 ? filled : `${filled}?${pairs.join('&')}`
}

/** Half of a surrogate pair has no encoding. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

function headersOf(authorization: string, payload: string | undefined, odd: number): Record<string, string> {
  return {
    accept: odd % 3 === 0 ? 'application/vnd.pulumi+9' : 'application/json',
    ...(authorization !== '' && { authorization }),
    ...(payload !== undefined && { 'content-type': odd === 1 ? 'text/plain' : 'application/json' }),
    ...(odd === 2 && { 'content-encoding': 'gzip' }),
    ...(odd === 3 && { 'x-pulumi-deployment-initiator': 'é\u00ff' }),
    ...(odd === 4 && { 'x-pulumi-source': 'provider' }),
  }
}
