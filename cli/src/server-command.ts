/**
 * How a command that asks a server is declared: once, for the parser, the help, the completion and the reference.
 *
 * Owns: the flags that all of them have, and that the answer is what the reference says. Does not own: what they do.
 */
import { type Argument, type Command, Option } from 'commander'
import type { Static, TSchema } from 'typebox'
import { expectShape } from './api.ts'
import { completes } from './completion/values.ts'
import { FailedCommand, type Surroundings } from './failed-command.ts'
import { organizationNames, stackNames } from './known-names.ts'
import { printJson, printText } from './output.ts'
import { openSession, type Session, type SessionOptions } from './session.ts'

export interface ServerCommand<Answer extends TSchema, Options> {
  readonly name: string
  readonly summary: string
  readonly arguments?: readonly Argument[]
  readonly options?: readonly Option[]
  /** A whole line, or several. */
  readonly example: string
  /** What `--json` prints. */
  readonly answer: Answer
  /** What it makes is held against `answer`. */
  readonly run: (session: Session, options: Options, ...given: string[]) => Promise<unknown>
  /** The answer for people. */
  readonly show: (answer: Static<Answer>, options: Options) => string
  /** Why the command fails although it has an answer, which is printed first. */
  readonly failure?: (answer: Static<Answer>, options: Options) => string | undefined
}

export function addServerCommand<Answer extends TSchema, Options extends object = object>(
  parent: Command,
  surroundings: Surroundings,
  spec: ServerCommand<Answer, Options>,
): Command {
  const command = parent.command(spec.name).description(spec.summary)
  for (const argument of spec.arguments ?? []) command.addArgument(argument)
  for (const option of spec.options ?? []) command.addOption(option)
  withServer(command)
  describe(command, { example: spec.example, answer: spec.answer })
  return command.action(async (...given: unknown[]) => {
    const options = command.opts<Options & SessionOptions & { json?: boolean }>()
    const names = given.slice(0, command.registeredArguments.length) as string[]
    const session = await openSession(options, surroundings)
    const answer = expectShape(spec.answer, await spec.run(session, options, ...names))
    if (options.json) printJson(answer)
    else printText(spec.show(answer, options))
    const failure = spec.failure?.(answer, options)
    if (failure !== undefined) throw new FailedCommand(failure)
  })
}

export function withServer(command: Command, { json = true } = {}): Command {
  if (json) command.option('--json', 'print the answer as JSON')
  return command
    .option('--server <url>', 'the server (DAYPASS_SERVER; otherwise as the pulumi CLI finds it)')
    .addOption(
      completes(
        new Option(
          '--token-file <file>',
          'file with your access token (otherwise DAYPASS_TOKEN, PULUMI_ACCESS_TOKEN, or `pulumi login`)',
        ),
        'file',
      ),
    )
}

/** `-s, --stack`, as everywhere in the Pulumi CLI. */
export function stackOption(meaning = 'organization/project/stack (default: the selected one)'): Option {
  return completes(new Option('-s, --stack <stack>', meaning), stackNames)
}

export function organizationOption(meaning = 'the organization (default: yours)'): Option {
  return completes(new Option('--org <name>', meaning), organizationNames)
}

/** What the reference says of a command beside its flags. */
export interface Description {
  readonly example: string
  /** Undefined: it prints no answer. */
  readonly answer?: TSchema
}

const DESCRIPTIONS = new WeakMap<Command, Description>()

export function describe(command: Command, description: Description): Command {
  DESCRIPTIONS.set(command, description)
  const indented = description.example.replace(/^/gm, '  ')
  return command.addHelpText('after', `\nExample:\n${indented}`)
}

export function descriptionOf(command: Command): Description | undefined {
  return DESCRIPTIONS.get(command)
}
