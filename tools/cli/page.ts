// Renders the command tree of `daypass` as docs/cli.md, for people.
import type { Command } from 'commander'
import { EXIT_MEANINGS } from '../../cli/src/exit-code.ts'
import { createProgram } from '../../cli/src/program.ts'
import { descriptionOf } from '../../cli/src/server-command.ts'
import { FIELD_TABLE_HEAD, fieldRows, row, type Schema, table, typeOf } from '../contract/shape.ts'

/** Where the models of the API stand, from docs/. */
const API_PAGE = 'api.md'

/** Of every command that asks a server; said once. */
const SERVER_FLAGS = ['--json', '--server', '--token-file']

const INTRODUCTION = `# The \`daypass\` command

<!-- Made from the command tree; \`npm run cli:dump\` writes it. -->

\`npx daypass <command>\` in a checkout; \`daypass <command> --help\` says the same as this page. What Pulumi's own CLI does (\`pulumi up\`, \`pulumi deployment run\`,
\`pulumi stack webhook\`), it does here too: this is for what it has not.

**Which server, and who you are.** \`--server\`, \`DAYPASS_SERVER\`, and then as the \`pulumi\` CLI finds it: \`PULUMI_BACKEND_URL\`, the backend of \`Pulumi.yaml\`, the last
\`pulumi login\`; otherwise \`http://127.0.0.1:8080\`. The access token: \`--token-file\`, \`DAYPASS_TOKEN\`, \`PULUMI_ACCESS_TOKEN\`, or what \`pulumi login\` kept.

**Which stack and organization.** \`--stack\` takes \`organization/project/stack\`; in the project's folder \`organization/stack\` or \`stack\` will do, and without it it is
\`PULUMI_STACK\` or the stack that \`pulumi stack select\` selected. Without \`--org\` it is that of \`pulumi org set-default\`, or the one that you are in.

**What is printed.** The answer goes to standard output, a table for people or with \`--json\` one JSON value, whose fields stay; what is said meanwhile, and why a
command failed, goes to standard error. Secrets are shown once, when they are made, and are never given as arguments: a file, or \`-\` for standard input.

**Completion.** \`daypass completion bash\`, \`zsh\` or \`fish\` prints it, \`daypass completion --help\` says where to put it.

Commands that ask a server also take:

| Flag | |
|---|---|
| \`--json\` | print the answer as JSON |
| \`--server <url>\` | the server |
| \`--token-file <file>\` | file with your access token |

## Exit codes

${table(
  ['Code', ''],
  Object.entries(EXIT_MEANINGS).map(([code, meaning]) => row(code, meaning)),
)}
`

/**
 * @param models names that the reference of the API has.
 * @returns the page.
 */
export function pageOfCommands(models: ReadonlySet<string>): string {
  const program = createProgram({
    env: {},
    fetch: () => Promise.reject(new Error('The reference asks nobody.')),
    now: () => new Date(0),
    folder: '/',
    input: process.stdin,
  })
  const shown = new Map<Schema, string>()
  const sections = visibleCommands(program).map((command) => {
    const leaves = leavesOf(command, `daypass ${command.name()}`)
    const about = command.commands.length === 0 ? '' : `\n${sentence(command.description())}\n`
    const texts = leaves.map((leaf) => commandText(leaf, models, shown))
    return `## ${command.name()}\n${about}\n${texts.join('\n')}`
  })
  return [INTRODUCTION, ...sections].join('\n')
}

interface Leaf {
  readonly path: string
  readonly command: Command
}

function leavesOf(command: Command, path: string): Leaf[] {
  if (command.commands.length === 0) return [{ path, command }]
  return visibleCommands(command).flatMap((below) => leavesOf(below, `${path} ${below.name()}`))
}

function visibleCommands(command: Command): Command[] {
  const visible = command.createHelp().visibleCommands(command)
  return command.commands.filter((one) => visible.includes(one))
}

function commandText(
  { path, command }: Leaf,
  models: ReadonlySet<string>,
  shown: Map<Schema, string>,
): string {
  const { example, answer } = descriptionOf(command) ?? { example: '' }
  const words = command.registeredArguments.map((one) => {
    const name = one.variadic ? `${one.name()}...` : one.name()
    return ` ${one.required ? `<${name}>` : `[${name}]`}`
  })
  const asks = command.options.some(({ long }) => long === '--server')
  const rows = [
    ...command.registeredArguments
      .filter(({ description }) => description !== '')
      .map((one) => row(`\`<${one.name()}>\``, escaped(one.description))),
    ...command.options
      .filter(({ long, hidden }) => !hidden && !(asks && SERVER_FLAGS.includes(long ?? '')))
      .map((option) => row(`\`${option.flags}\``, escaped(aboutOption(option)))),
  ]
  return [
    `### \`${path}${words.join('')}\`\n`,
    `${sentence(command.description())}\n`,
    ...(rows.length > 0 ? [`${table(['', ''], rows)}\n`] : []),
    ...(example === '' ? [] : [`\`\`\`sh\n${example}\n\`\`\`\n`]),
    ...(answer ? [answerText(path, answer as Schema, models, shown)] : []),
  ].join('\n')
}

function aboutOption({
  description,
  argChoices,
  defaultValue,
  mandatory,
}: Command['options'][number]): string {
  const notes = [
    ...(argChoices ? [argChoices.join(', ')] : []),
    ...(typeof defaultValue === 'string' ? [`default: ${defaultValue}`] : []),
    ...(mandatory && defaultValue === undefined ? ['required'] : []),
  ]
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`
}

function answerText(
  path: string,
  answer: Schema,
  models: ReadonlySet<string>,
  shown: Map<Schema, string>,
): string {
  const before = shown.get(answer)
  if (before !== undefined) return `JSON: as \`${before}\`.\n`
  shown.set(answer, path)
  const linked = withLinks(answer, models)
  if (linked.$ref !== undefined) return `JSON: ${typeOf(linked, API_PAGE)}.\n`
  return `JSON:\n\n${table(FIELD_TABLE_HEAD, fieldRows(linked, API_PAGE))}\n`
}

/** Models that the API's reference has are named, not repeated. */
function withLinks(schema: Schema, models: ReadonlySet<string>): Schema {
  if (schema.title !== undefined && models.has(schema.title)) {
    const { description } = schema
    return { $ref: `#/components/schemas/${schema.title}`, ...(description !== undefined && { description }) }
  }
  const { properties, items, anyOf } = schema
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, one]) => [name, withLinks(one, models)]),
      ),
    }),
    ...(items && { items: withLinks(items, models) }),
    ...(anyOf && { anyOf: anyOf.map((one) => withLinks(one, models)) }),
  }
}

/** A browser would take `<host>` for a tag. What stands in backticks is safe. */
function escaped(text: string): string {
  return text.replace(/`[^`]*`|</g, (found) => (found === '<' ? '\\<' : found))
}

function sentence(text: string): string {
  return escaped(`${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`)
}
