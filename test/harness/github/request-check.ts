/**
 * Whether a request is one that GitHub documents: path, method, query, headers and body, by its OpenAPI description (a cut
 * of the npm package @octokit/openapi, made by tools/github-openapi.ts). Stricter than GitHub, which passes over what it
 * does not know: a parameter or field that is not described is a mistake of ours.
 */
import { readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'

export interface ApiRequest {
  readonly method: string
  /** Below the root of the API. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

export interface KnownRequest {
  /** `repos/get-branch`. */
  readonly operation: string
  /** Of the path, decoded. */
  readonly parameters: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  // biome-ignore lint/suspicious/noExplicitAny: checked against the description
  readonly body: any
}

export interface Problem {
  readonly problem: string
}

export const API_VERSION = '2022-11-28'

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: boolean
  readonly schema: object
}
interface Operation {
  readonly operationId: string
  readonly parameters: readonly (Parameter | { readonly $ref: string })[]
  readonly requestBody?: {
    readonly required?: boolean
    readonly content: Readonly<Record<string, { readonly schema: object }>>
  }
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly parameters: Readonly<Record<string, Parameter>> }
}

const DESCRIPTION: Description = JSON.parse(readFileSync(new URL('openapi.json', import.meta.url), 'utf8'))

const ajv = new Ajv({ strict: false, coerceTypes: false, allErrors: false })
formats.default(ajv)
ajv.addSchema({ $id: 'github', ...DESCRIPTION })

/** Those with fewer holes first: `/app/installations` is no `{…}`. */
const ROUTES = Object.entries(DESCRIPTION.paths)
  .map(([template, methods]) => ({ template, methods, pattern: patternOf(template) }))
  .sort((a, b) => a.template.split('{').length - b.template.split('{').length)

/** A branch may have slashes; nothing else that is asked for has. */
function patternOf(template: string): RegExp {
  const source = template.replaceAll(
    /\{(\w+)\}/g,
    (_, name) => `(?<${name}>${name === 'branch' ? '.+' : '[^/]+'})`,
  )
  return new RegExp(`^${source}$`)
}

export function checkRequest(request: ApiRequest): KnownRequest | Problem {
  const matching = ROUTES.map((one) => ({ ...one, match: one.pattern.exec(request.path) })).filter(
    ({ match }) => match !== null,
  )
  const route = matching[0]
  if (route === undefined) return { problem: `GitHub describes no path ${request.path}` }
  const operation = route.methods[request.method.toLowerCase()]
  if (operation === undefined) return { problem: `GitHub describes no ${request.method} ${route.template}` }
  const parameters = Object.fromEntries(
    Object.entries(route.match?.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
  )
  const query = Object.fromEntries(request.query)
  const problem =
    headerProblem(request) ??
    parameterProblem(operation, parameters, 'path') ??
    parameterProblem(operation, query, 'query') ??
    ([...request.query.keys()].length === Object.keys(query).length
      ? undefined
      : 'a parameter is given twice')
  if (problem !== undefined) return { problem: `${operation.operationId}: ${problem}` }
  const body = checkBody(operation, request)
  if (typeof body === 'string') return { problem: `${operation.operationId}: ${body}` }
  return { operation: operation.operationId, parameters, query, body: body.json }
}

/** @see https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api */
function headerProblem({ headers }: ApiRequest): string | undefined {
  if (!headers['user-agent']) return 'it has no User-Agent'
  if (headers['accept'] !== 'application/vnd.github+json')
    return 'its Accept is not application/vnd.github+json'
  if (headers['x-github-api-version'] !== API_VERSION) return `its X-GitHub-Api-Version is not ${API_VERSION}`
  return undefined
}

function parameterProblem(
  operation: Operation,
  given: Readonly<Record<string, string>>,
  place: Parameter['in'],
): string | undefined {
  const known = operation.parameters
    .map((one) => ('$ref' in one ? DESCRIPTION.components.parameters[one.$ref.split('/').at(-1) ?? ''] : one))
    .filter((one) => one !== undefined && one.in === place)
  for (const one of known) {
    if (one === undefined) continue
    const value = given[one.name]
    if (value === undefined) {
      if (one.required) return `the ${place} parameter ${one.name} is missing`
      continue
    }
    const type = (one.schema as { type?: string }).type
    const typed = type === 'integer' && /^\d+$/.test(value) ? Number(value) : value
    if (!validatorOf(one.schema)(typed))
      return `the ${place} parameter ${one.name} is not as described: ${value}`
  }
  const unknown = Object.keys(given).find((name) => !known.some((one) => one?.name === name))
  return unknown === undefined ? undefined : `the ${place} parameter ${unknown} is not described`
}

function checkBody(operation: Operation, { headers, body }: ApiRequest): string | { json: unknown } {
  const { requestBody } = operation
  if (body === '') return requestBody?.required ? 'it has no body' : { json: undefined }
  const schema = requestBody?.content['application/json']?.schema
  if (schema === undefined) return 'it has a body, and none is described'
  if (headers['content-type'] !== 'application/json')
    return 'the Content-Type of its body is not application/json'
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    return 'its body is no JSON'
  }
  const validate = validatorOf(schema)
  if (!validate(json)) {
    const [error] = validate.errors ?? []
    return `its body is not as described: ${error?.instancePath || '/'} ${error?.message}`
  }
  const fields = (schema as { properties?: object }).properties ?? {}
  const unknown = Object.keys(json as object).find((name) => !(name in fields))
  return unknown === undefined ? { json } : `the field ${unknown} of its body is not described`
}

const validators = new WeakMap<object, ValidateFunction>()

function validatorOf(schema: object): ValidateFunction {
  const known = validators.get(schema)
  if (known !== undefined) return known
  // References lead into the whole description.
  const text = JSON.stringify(schema).replaceAll('"#/components/', '"github#/components/')
  const made = ajv.compile(JSON.parse(text))
  validators.set(schema, made)
  return made
}
