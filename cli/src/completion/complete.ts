/**
 * What can stand next on a command line of `daypass`, found in the command tree itself: there is no second list.
 *
 * Owns: reading the words that stand there. Does not own: how a shell asks and shows it (`scripts.ts`).
 */
import type { Argument, Command, Option } from 'commander'
import type { Surroundings } from '../failed-command.ts'
import { withoutControls } from '../output.ts'
import { openSession, type SessionOptions } from '../session.ts'
import { type GivenOptions, type ListNames, type Suggestion, valueKindOf } from './values.ts'

export interface Completion {
  readonly suggestions: readonly Suggestion[]
  /** What the shell adds by itself. */
  readonly files: 'none' | 'file' | 'folder'
}

/** A person waits with a finger on the key. */
const SERVER_TIMEOUT_MS = 2000

const NOTHING: Completion = { suggestions: [], files: 'none' }

/** @param words behind `daypass`; the last is being written and may be empty. */
export async function complete(
  program: Command,
  words: readonly string[],
  surroundings: Surroundings,
): Promise<Completion> {
  const current = words.at(-1) ?? ''
  const place = placeOf(program, words.slice(0, -1))
  const begunValue = place.option?.variadic && current.startsWith('-') ? undefined : place.option
  const [, flag, begun] = (!place.onlyArguments && /^(--[^=]+)=(.*)$/s.exec(current)) || []
  const option = begunValue ?? (flag === undefined ? undefined : optionOf(place.command, flag))
  const found = option
    ? await valuesOf(option, place.given, surroundings)
    : current.startsWith('-') && !place.onlyArguments
      ? { ...NOTHING, suggestions: flagsOf(place) }
      : await wordsAt(place, surroundings)
  const isAfterEquals = begunValue === undefined && begun !== undefined
  const prefix = isAfterEquals ? `${flag}=` : ''
  const wanted = isAfterEquals ? begun : current
  return {
    files: found.files,
    suggestions: found.suggestions
      .filter(({ value }) => value.startsWith(wanted))
      .map(({ value, about }) => ({ value: prefix + value, about: firstLine(about) })),
  }
}

interface Place {
  readonly command: Command
  /** How many arguments of the command stand there. */
  readonly argumentCount: number
  /** The flag whose value comes next. */
  readonly option: Option | undefined
  /** After `--`. */
  readonly onlyArguments: boolean
  readonly given: GivenOptions
}

function placeOf(program: Command, words: readonly string[]): Place {
  let command = program
  let argumentCount = 0
  let option: Option | undefined
  let onlyArguments = false
  const given: Record<string, string | boolean> = {}
  for (const word of words) {
    if (option && !(option.variadic && word.startsWith('-'))) {
      given[option.attributeName()] = word
      if (!option.variadic) option = undefined
      continue
    }
    option = undefined
    const below = command.commands.find((one) => one.name() === word || one.aliases().includes(word))
    if (onlyArguments) argumentCount += 1
    else if (word === '--') onlyArguments = true
    else if (word.startsWith('-') && word !== '-') {
      const [flag = '', value] = word.split(/=(.*)/s)
      const known = optionOf(command, flag)
      if (known && value === undefined && takesValue(known)) option = known
      else if (known) given[known.attributeName()] = value ?? true
    } else if (below && argumentCount === 0) command = below
    else argumentCount += 1
  }
  return { command, argumentCount, option, onlyArguments, given }
}

function optionOf(command: Command, flag: string): Option | undefined {
  return command.options.find(({ long, short }) => long === flag || short === flag)
}

function takesValue({ required, optional }: Option): boolean {
  return required || optional
}

/** Those that make sense still. */
function flagsOf({ command, given }: Place): Suggestion[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter((option) => !(option.attributeName() in given) || isRepeatable(option))
    .map((option) => ({ value: option.long ?? option.short ?? '', about: option.description }))
}

/** Choices have a parser too, which takes the last. */
function isRepeatable({ variadic, parseArg, argChoices }: Option): boolean {
  return variadic || (parseArg !== undefined && argChoices === undefined)
}

async function wordsAt(place: Place, surroundings: Surroundings): Promise<Completion> {
  const { command, argumentCount, given } = place
  const below = command.createHelp().visibleCommands(command)
  if (below.length > 0 && argumentCount === 0 && command.commands.length > 0) {
    return {
      ...NOTHING,
      suggestions: below.map((one) => ({ value: one.name(), about: one.description() })),
    }
  }
  const last = command.registeredArguments.at(-1)
  const argument = command.registeredArguments[argumentCount] ?? (last?.variadic ? last : undefined)
  return argument ? valuesOf(argument, given, surroundings) : NOTHING
}

async function valuesOf(
  value: Option | Argument,
  given: GivenOptions,
  surroundings: Surroundings,
): Promise<Completion> {
  if (value.argChoices) {
    return { ...NOTHING, suggestions: value.argChoices.map((choice) => ({ value: choice, about: '' })) }
  }
  const kind = valueKindOf(value)
  if (kind === undefined) return NOTHING
  if (typeof kind === 'string') return { ...NOTHING, files: kind }
  return { ...NOTHING, suggestions: await namesOf(kind, given, surroundings) }
}

/** Nothing when the server does not answer, or not quickly: a completion never complains. */
async function namesOf(
  list: ListNames,
  given: GivenOptions,
  surroundings: Surroundings,
): Promise<readonly Suggestion[]> {
  const tooLate = AbortSignal.timeout(SERVER_TIMEOUT_MS)
  const fetch: Surroundings['fetch'] = (input, init) =>
    surroundings.fetch(input, { ...init, signal: tooLate })
  try {
    return await list(await openSession(given as SessionOptions, { ...surroundings, fetch }), given)
  } catch {
    return []
  }
}

function firstLine(about: string): string {
  return withoutControls(about.split('\n')[0] ?? '')
}
