/** Values made from a JSON schema: such as fit it, such as nearly do, and such as no client should send. */
import fc from 'fast-check'

export interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly maxItems?: number
}

export type Schemas = Readonly<Record<string, Schema>>

/** What some field somewhere takes, so that more than the first check is reached. */
const PLAUSIBLE = [
  'main',
  'update',
  'https://git.example.com/team/app.git',
  'git@git.example.com:team/app.git',
  'abcdef1234567890',
  'arn:aws:iam::123456789012:role/deploy',
  '${stack.name}',
  '1h0m0s',
  'pulumi/pulumi:latest',
  'infra',
  'default',
  'c2VjcmV0',
  'succeeded',
  'acme/web/dev',
]

/** What fields of these names take, and nothing drawn by chance would be. Null: leave room for the other one. */
const BY_NAME: Readonly<Record<string, readonly unknown[]>> = {
  scheduleCron: ['0 4 * * *', '*/5 9-17 * * 1-5', '@daily', null],
  scheduleOnce: [null, null, '2099-12-31T23:59:00.000001+02:00'],
  timestamp: ['2099-01-01T00:00:00Z'],
  timeZone: ['UTC', 'Europe/Berlin', null],
  organizationName: [null, 'acme'],
  organization: [null, 'acme'],
  projectName: [null, 'web'],
  stackName: [null, 'drawn'],
  payloadUrl: ['https://hooks.example.com/drawn', 'https://hooks.slack.com/x'],
  role: ['member', 'admin'],
  teams: [null],
  magic: ['x'],
  sequence: [0, 1, 2],
  granularity: ['daily', 'hourly', 'monthly'],
  lookbackDays: [1, 2],
  job: [0],
  step: [0],
  offset: [0, 1],
}

const deep = (depth: number): unknown => {
  let value: unknown = 1
  for (let at = 0; at < depth; at += 1) value = at % 2 === 0 ? [value] : { a: value }
  return value
}

export const hostile: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  null,
  '',
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  2 ** 31,
  [],
  {},
  [null],
  'a'.repeat(5000),
  'a\0b',
  '\ud800',
  '\u202e',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  "'; drop table stacks; --",
  '%s%n',
  '9'.repeat(40),
  '0001-01-01T00:00:00Z',
  Array.from({ length: 500 }, () => 'x'),
  { constructor: { prototype: { isAdmin: true } } },
  { toString: 'x', hasOwnProperty: null },
  deep(200),
  deep(3000),
)

const text = (schema: Schema): fc.Arbitrary<unknown> => {
  // What a look-ahead forbids is then drawn too, and refused.
  const pattern = schema.pattern?.replace(/\(\?[!=][^)]*\)/g, '')
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern))
  const { minLength = 0, maxLength = 40 } = schema
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...PLAUSIBLE) },
    {
      weight: 1,
      arbitrary: fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, 40)) }),
    },
  )
}

/** @param forced Values of fields by name, where a drawn one would cost time. */
export function valid(
  schema: Schema,
  schemas: Schemas,
  forced: Readonly<Record<string, unknown>>,
): fc.Arbitrary<unknown> {
  const of = (one: Schema): fc.Arbitrary<unknown> => valid(one, schemas, forced)
  if (schema.$ref !== undefined) return of(schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {})
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(of))
  switch (schema.type) {
    case 'string':
      return text(schema)
    case 'integer':
    case 'number':
      return fc.integer({ min: schema.minimum ?? -5, max: Math.min(schema.maximum ?? 100, 2 ** 31 - 1) })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return fc.array(of(schema.items ?? {}), { maxLength: Math.min(schema.maxItems ?? 4, 4) })
    case 'object':
      return objectOf(schema, of, forced)
    default:
      return fc.jsonValue({ maxDepth: 3 })
  }
}

/** Mostly what makes sense for a field of this name, where that is known. */
export function named(name: string, schema: Schema, drawn: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const known = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined
  const isPlain = [schema, ...(schema.anyOf ?? [])].some(
    ({ type }) => type === 'string' || type === 'integer',
  )
  if (known === undefined || !isPlain) return drawn
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: drawn })
}

function objectOf(
  { properties, patternProperties, required = [] }: Schema,
  of: (schema: Schema) => fc.Arbitrary<unknown>,
  forced: Readonly<Record<string, unknown>>,
): fc.Arbitrary<unknown> {
  if (properties !== undefined) {
    const fields = Object.entries(properties).map(([name, one]) => [
      name,
      name in forced ? fc.constant(forced[name]) : named(name, one, of(one)),
    ])
    const model: Record<string, fc.Arbitrary<unknown>> = Object.fromEntries(fields)
    return fc.record(model, { requiredKeys: required.filter((name) => name in model) })
  }
  const [values] = Object.values(patternProperties ?? {})
  const names = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/)
  return values === undefined
    ? fc.jsonValue({ maxDepth: 3 }).map((value) => ({ a: value }))
    : fc.dictionary(names, of(values), { maxKeys: 4 })
}

/** One place of the value is taken away, replaced by something hostile, or given a neighbour. */
export function nearly(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(value, fc.nat(), hostile, fc.nat(2)).map(([one, at, other, way]) => {
    const copy: unknown = structuredClone(one)
    const places = placesIn(copy)
    const place = places[at % Math.max(places.length, 1)]
    if (place === undefined) return other
    const [holder, key] = place
    if (way === 0) delete holder[key]
    else if (way === 1) holder[key] = other
    else holder['unexpected'] = other
    return copy
  })
}

type Holder = Record<string, unknown>

function placesIn(value: unknown): [Holder, string][] {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as Holder
  return Object.keys(holder).flatMap((key) => [[holder, key] as [Holder, string], ...placesIn(holder[key])])
}
