// Renders the description of the API as docs/api.md, for people: routes with a tag in full, the others by name, and
// the models that have one.
import { FIELD_TABLE_HEAD, fieldRows, row, type Schema, table, typeOf } from './shape.ts'

interface Operation {
  readonly operationId: string
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly {
    readonly name: string
    readonly in: 'path' | 'query'
    readonly required: boolean
    readonly schema: Schema
  }[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>
}

interface Content {
  readonly 'application/json': { readonly schema: Schema }
}

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

interface Call extends Operation {
  readonly call: string
}

export const NOT_OFFERED_TAG = 'Not offered'

const INTRODUCTION = `# The API

<!-- Made from the server's routes; \`npm run contract:dump\` writes it. -->

Send \`Authorization: token <access token>\`, and bodies as JSON. A refusal is \`{code, message, reason}\`, where \`code\` repeats the HTTP status
and \`reason\` is a stable word. What is Pulumi's and what is ours, and where we differ: [compatibility](compatibility.md). The same as OpenAPI 3.1:
\`GET /api/openapi/pulumi-spec.json\`, without a token.
`

export function pageOf(openapi: string): string {
  const { paths, components }: Described = JSON.parse(openapi)
  const calls = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(
      ([method, one]): Call => ({ ...one, call: `${method.toUpperCase()} ${path}` }),
    ),
  )
  const byTag = Map.groupBy(calls, ({ tags }) => tags?.[0])
  const tagged = [...byTag].filter((entry): entry is [string, Call[]] => entry[0] !== undefined)
  const sections = tagged
    .filter(([tag]) => tag !== NOT_OFFERED_TAG)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([tag, ofTag]) => `## ${tag}\n\n${ofTag.map(callText).join('\n')}`)
  const others = (byTag.get(undefined) ?? []).map(({ call }) => `- \`${call}\``).join('\n')
  const models = Object.entries(components.schemas).map(([name, schema]) => modelText(name, schema))
  return [
    INTRODUCTION,
    ...sections,
    `## Further routes\n\nWhat the Pulumi CLI and our own programs call; their shapes stand in the description.\n\n${others}\n`,
    `## Models\n\n${models.join('\n')}`,
  ].join('\n')
}

function callText({ call, operationId, summary, parameters = [], requestBody, responses }: Call): string {
  const query = parameters.filter((one) => one.in === 'query')
  const rows = query.map(({ name, schema }) => row(`\`${name}\``, typeOf(schema), schema.description ?? ''))
  const body = requestBody && `Body: ${typeOf(requestBody.content['application/json'].schema)}.`
  const answers = Object.entries(responses)
    .filter(([status]) => status !== 'default')
    .map(([status, { content, description }]) =>
      content
        ? `${status} ${typeOf(content['application/json'].schema)}`
        : `${status} ${description.replace(/\.$/, '').toLowerCase()}`,
    )
  return [
    `### \`${call}\`\n`,
    `${summary ?? ''} (\`${operationId}\`).\n`,
    ...(rows.length > 0 ? [`${table(['Query', 'Type', ''], rows)}\n`] : []),
    ...(body ? [`${body}\n`] : []),
    ...(answers.length > 0 ? [`Answer: ${answers.join('; ')}.\n`] : []),
  ].join('\n')
}

function modelText(name: string, schema: Schema): string {
  const about = schema.description === undefined ? '' : `${schema.description}\n\n`
  const rows = fieldRows(schema)
  const text = rows.length === 0 ? `${typeOf(schema)}\n` : `${table(FIELD_TABLE_HEAD, rows)}\n`
  return `### ${name}\n\n${about}${text}`
}
