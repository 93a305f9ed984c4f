// Every `daypass …` line that a reader may copy is one that the command tree takes, and every `npm run …` is a script.
import { Command, CommanderError } from 'commander'
import { RUNNER_FLAGS, SERVER_FLAGS } from '../../cli/src/commands/start-flags.ts'
import { createProgram } from '../../cli/src/program.ts'
import { HELP as RUNNER_HELP } from '../../runner/src/options-help.ts'
import { HELP as SERVER_HELP } from '../../server/src/config.ts'
import type { Violation } from '../boundaries/source.ts'
import type { Page } from './page.ts'
import { commandsOf } from './shell-words.ts'

/** What a sentence may leave out of a command that it speaks of, and a line that is copied may not. */
const LEFT_OUT = new Set([
  'commander.missingArgument',
  'commander.missingMandatoryOptionValue',
  'commander.optionMissingArgument',
])
/** `daypass trust` alone shows its help, as `--help` does. */
const SHOWS_HELP = new Set(['commander.help', 'commander.helpDisplayed', 'commander.version'])
/** In a sentence these stand for something, and the rest of the command cannot be judged. */
const STANDS_FOR_SOMETHING = /[…<[|]/

/** @param scripts those of package.json. */
export function commandViolations(pages: readonly Page[], scripts: readonly string[]): Violation[] {
  return pages.flatMap(({ path, shellBlocks, codeSpans }) => [
    ...shellBlocks.flatMap(({ line, value }) =>
      commandsOf(value).flatMap((words) =>
        problemsOf(words, scripts, new Set()).map((problem) => `${path}:${line} (block) ${problem}`),
      ),
    ),
    ...codeSpans.flatMap(({ line, value }) => {
      const [first = []] = commandsOf(value.split(STANDS_FOR_SOMETHING)[0] ?? '')
      return problemsOf(first, scripts, LEFT_OUT).map((problem) => `${path}:${line} ${problem}`)
    }),
  ])
}

function problemsOf(
  words: readonly string[],
  scripts: readonly string[],
  forgiven: ReadonlySet<string>,
): string[] {
  const said = `\`${words.join(' ')}\``
  const [first, second, third] = words
  if (first === 'npm' && second === 'start') return problemOfStart(words.slice(3), said)
  if (first === 'npm' && second === 'run')
    return third === undefined || scripts.includes(third) ? [] : [`${said}: there is no such script`]
  const begin = first === 'npx' ? 1 : 0
  if (words[begin] !== 'daypass') return []
  const rest = words.slice(begin + 1)
  if (rest[0] === 'serve') return unknownFlags(rest, SERVER_HELP, said)
  if (rest[0] === 'runner') return unknownFlags(rest, RUNNER_HELP, said)
  return problemOfTree(createProgram(NOBODY), rest, said, forgiven)
}

/** Nothing of it is used: no command is carried out. */
const NOBODY = {
  env: {},
  fetch: () => Promise.reject(new Error('The check of the documentation asks nobody.')),
  now: () => new Date(0),
  folder: '/',
  input: process.stdin,
}

function problemOfStart(flags: readonly string[], said: string): string[] {
  const start = new Command('start').exitOverride()
  for (const flag of [...SERVER_FLAGS, ...RUNNER_FLAGS]) start.addOption(flag)
  return problemOfTree(start, flags, said, new Set())
}

function problemOfTree(
  program: Command,
  words: readonly string[],
  said: string,
  forgiven: ReadonlySet<string>,
): string[] {
  quieten(program)
  try {
    program.parse(words, { from: 'user' })
    return []
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (SHOWS_HELP.has(error.code) || forgiven.has(error.code)) return []
    return [`${said}: ${error.message.replace(/^error: /, '').split('\n')[0]}`]
  }
}

/** Reading a command line does not run it. */
function quieten(command: Command): void {
  command.configureOutput({ writeOut: () => {}, writeErr: () => {} })
  if (command.commands.length === 0) command.action(() => {})
  for (const below of command.commands) quieten(below)
}

function unknownFlags(words: readonly string[], help: string, said: string): string[] {
  const known = new Set(help.match(/--[a-z][a-z-]*/g))
  return words
    .flatMap((word) => /^--[a-z][a-z-]*/.exec(word) ?? [])
    .filter((flag) => flag !== '--help' && !known.has(flag))
    .map((flag) => `${said}: unknown option '${flag}'`)
}
