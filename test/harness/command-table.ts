/**
 * What the commands of the real CLI did against the server, as a table for people. The list of commands is the CLI's
 * own, so that a new one is noticed.
 */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { PulumiOutcome, PulumiUser } from './pulumi.ts'

export const WORKS = 'works'

export interface CommandRuns {
  /** Runs a command that must end with 0, and say what is given. */
  readonly works: (
    user: PulumiUser,
    args: readonly string[],
    says?: string | RegExp,
    /** What the table says instead of "works". */
    result?: string,
  ) => Promise<PulumiOutcome>
  /** Runs a command that must end otherwise, with a sentence of ours. */
  readonly refused: (user: PulumiUser, args: readonly string[]) => Promise<PulumiOutcome>
  /** Notes what was seen otherwise. */
  readonly note: (command: string, result: string) => void
  /** Result by command. */
  readonly results: () => ReadonlyMap<string, string>
}

/** @returns All of them, `stack tag set`, groups included, in the order of the alphabet. */
export async function commandsOf(user: PulumiUser): Promise<readonly string[]> {
  const folder = join(user.project, 'commands')
  await mkdir(folder)
  await user.ok('gen-markdown', folder)
  const files = await readdir(folder)
  const names = files.map((file) => file.replace(/\.md$/, '').replaceAll('_', ' '))
  return names.flatMap((name) => (name.startsWith('pulumi ') ? [name.slice('pulumi '.length)] : [])).sort()
}

export function commandRuns(commands: readonly string[]): CommandRuns {
  const results = new Map<string, string>()
  const note = (command: string, result: string): void => {
    expect(commands, command).toContain(command)
    // What worked once may be refused in another place, and is not the worse for it.
    if (results.get(command) !== WORKS) results.set(command, result)
  }
  return {
    async works(user, args, says, result = WORKS) {
      const outcome = await user.run(...args)
      expect(outcome.code, `pulumi ${args.join(' ')}\n${outcome.output}`).toBe(0)
      if (says !== undefined) expect(outcome.output, `pulumi ${args.join(' ')}`).toMatch(says)
      note(commandIn(commands, args), result)
      return outcome
    },
    async refused(user, args) {
      const outcome = await user.run(...args)
      expect(outcome.code, `pulumi ${args.join(' ')}\n${outcome.output}`).not.toBe(0)
      const sentence = /\[4\d\d\] (.+)/.exec(outcome.output)?.[1]
      expect(sentence, `pulumi ${args.join(' ')}\n${outcome.output}`).toBeDefined()
      note(commandIn(commands, args), refusal(sentence ?? ''))
      return outcome
    },
    note,
    results: () => results,
  }
}

/** Every command without commands of its own that is in none of the given. */
export function missingCommands(commands: readonly string[], given: Iterable<string>): string[] {
  const known = new Set(given)
  const isGroup = (name: string): boolean => commands.some((other) => other.startsWith(`${name} `))
  return commands.filter((name) => !known.has(name) && !isGroup(name))
}

/** In the order of the alphabet; commands of one family with one result share a row. */
export function commandTable(results: ReadonlyMap<string, string>): string {
  const sorted = [...results].sort(([one], [other]) => (one < other ? -1 : 1))
  const rows = Map.groupBy(sorted, ([command, result]) => `${command.split(' ')[0]} ${result}`)
  const lines = [...rows.values()].map((row) => {
    const names = row.map(([command]) => `\`${command}\``).join(', ')
    return `| ${names} | ${row[0]?.[1]} |`
  })
  return ['| Command | Result |', '|---|---|', ...lines].join('\n')
}

/** The longest name that the arguments begin with. */
function commandIn(commands: readonly string[], args: readonly string[]): string {
  for (let count = args.length; count > 0; count -= 1) {
    const name = args.slice(0, count).join(' ')
    if (commands.includes(name)) return name
  }
  throw new Error(`pulumi ${args.join(' ')} is no command.`)
}

/** The sentence, unless it only says that there is no such route. */
function refusal(sentence: string): string {
  return sentence.startsWith('There is no ')
    ? 'not offered: 404'
    : `not offered: 404, “${sentence.replace(/^Not Found: /, '')}”`
}
