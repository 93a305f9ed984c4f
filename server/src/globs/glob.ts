/**
 * Globs of path and tag filters: what one is, and whether it is the whole of a path.
 *
 * Owns: the grammar and the matching of one glob, and what several say together (filters). Does not own: what is done with
 * the answer (git-push).
 *
 * The grammar is closed: `*` (any characters but `/`), `**` as a whole part (any parts, or none), `?` (one character but
 * `/`), `[a-z]`, `[!a-z]`, `{a,b}` and a backslash before what shall stand for itself. Names that begin with a dot are
 * names. No regular expression: a glob is anybody's who may save settings, and the path anybody's who may push, and of the
 * libraries that turn one into the other a glob of ten characters holds up the server for a minute.
 */
export interface Glob {
  readonly text: string
  readonly alternatives: readonly (readonly Part[])[]
}

/** A path, taken apart once for all globs. */
export type Path = readonly string[]

/** How much work is left: once it is below zero, what was answered since is not to be believed. */
export interface Budget {
  steps: number
}

export interface GlobProblem {
  /** The end of a sentence that begins with the glob. */
  readonly problem: string
}

const RUN: unique symbol = Symbol('any number of them, or none')
const ONE: unique symbol = Symbol('any one')
const SLASH: unique symbol = Symbol('between two parts')
type Run = typeof RUN

interface OneOf {
  readonly negated: boolean
  /** Inclusive, as code points. */
  readonly ranges: readonly (readonly [number, number])[]
}
type Letter = string | typeof ONE | OneOf
type Token = Letter | Run | typeof SLASH

/** A part with wildcards. What is literal at its ends is looked at first, which is all that most parts need. */
interface Mixed {
  readonly prefix: string
  readonly suffix: string
  readonly tokens: readonly (Letter | Run)[]
  /** There is one run of any characters between the two, and nothing else. */
  readonly isSimple: boolean
}
/** Literal, any number of parts, or both literal and not. */
type Part = string | Run | Mixed

export const LONGEST_GLOB = 500
export const MOST_ALTERNATIVES = 64

/** Thrown inside of a reading only. */
class Unreadable extends Error {}

export function readGlob(text: string): Glob | GlobProblem {
  if (text.length > LONGEST_GLOB) return { problem: `must have at most ${LONGEST_GLOB} characters.` }
  try {
    const reader = { letters: [...text], at: 0 }
    const alternatives = sequences(reader, 0).map(partsOf)
    return { text, alternatives }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return { problem: error.message }
  }
}

interface Reader {
  readonly letters: readonly string[]
  at: number
}

/** What the text from here to its end, or to the end of the alternative that it is in, can stand for. */
function sequences(reader: Reader, depth: number): Token[][] {
  let found: Token[][] = [[]]
  while (reader.at < reader.letters.length) {
    const letter = reader.letters[reader.at] ?? ''
    if (depth > 0 && (letter === ',' || letter === '}')) return found
    reader.at += 1
    if (letter === '{') {
      found = joined(found, group(reader, depth + 1))
    } else {
      const one = token(letter, reader)
      for (const before of found) before.push(one)
    }
  }
  if (depth > 0) throw new Unreadable('has a "{" without its "}"; write "\\{" for the character itself.')
  return found
}

function joined(found: readonly Token[][], options: readonly Token[][]): Token[][] {
  if (found.length * options.length > MOST_ALTERNATIVES) throw tooMany()
  return found.flatMap((before) => options.map((option) => [...before, ...option]))
}

function group(reader: Reader, depth: number): Token[][] {
  const options: Token[][] = []
  for (let count = 1; ; count += 1) {
    options.push(...sequences(reader, depth))
    if (options.length > MOST_ALTERNATIVES) throw tooMany()
    const end = reader.letters[reader.at]
    reader.at += 1
    if (end === ',') continue
    if (count > 1) return options
    throw new Unreadable(
      'has braces without a comma in them; write {a,b}, or "\\{" for the character itself.',
    )
  }
}

function tooMany(): Unreadable {
  return new Unreadable(`stands for more than ${MOST_ALTERNATIVES} alternatives; use fewer braces.`)
}

function token(letter: string, reader: Reader): Token {
  switch (letter) {
    case '*':
      return RUN
    case '?':
      return ONE
    case '/':
      return SLASH
    case '[':
      return oneOf(reader)
    case '}':
      throw new Unreadable('has a "}" without its "{"; write "\\}" for the character itself.')
    case ']':
      throw new Unreadable('has a "]" without its "["; write "\\]" for the character itself.')
    case '\\':
      return escaped(reader)
    default:
      return letter
  }
}

function escaped(reader: Reader): string {
  const letter = reader.letters[reader.at]
  reader.at += 1
  if (letter === undefined || letter === '/') {
    throw new Unreadable('has a backslash that nothing follows; parts of a path are separated by "/".')
  }
  return letter
}

function oneOf(reader: Reader): OneOf {
  const negated = ['!', '^'].includes(reader.letters[reader.at] ?? '')
  if (negated) reader.at += 1
  const ranges: [number, number][] = []
  while (reader.letters[reader.at] !== ']') {
    const from = letterOfSet(reader)
    const isRange = reader.letters[reader.at] === '-' && reader.letters[reader.at + 1] !== ']'
    if (isRange) reader.at += 1
    const to = isRange ? letterOfSet(reader) : from
    if (to < from) throw new Unreadable('has a range of characters whose end is before its beginning.')
    ranges.push([from, to])
  }
  reader.at += 1
  if (ranges.length === 0) throw new Unreadable('has an empty "[]"; write "\\[" for the character itself.')
  return { negated, ranges }
}

function letterOfSet(reader: Reader): number {
  const letter = reader.letters[reader.at]
  reader.at += 1
  if (letter === undefined || letter === '/' || letter === '[')
    throw new Unreadable('has a "[" without its "]"; write "\\[" for the character itself.')
  return (letter === '\\' ? escaped(reader) : letter).codePointAt(0) ?? 0
}

function partsOf(tokens: readonly Token[]): Part[] {
  const parts: (Letter | Run)[][] = [[]]
  for (const one of tokens) {
    if (one === SLASH) parts.push([])
    else parts.at(-1)?.push(one)
  }
  if (parts.at(-1)?.length === 0 && parts.length > 1)
    throw new Unreadable('ends with "/", as no file does; write "/**" for all that is in a folder.')
  if (parts.some((part) => part.length === 0))
    throw new Unreadable('has an empty part, as no path does; begin at the root, without "/".')
  return parts.map(partOf)
}

function partOf(found: readonly (Letter | Run)[]): Part {
  if (found.length === 2 && found.every((one) => one === RUN)) return RUN
  const tokens = found.filter((one, index) => one !== RUN || found[index - 1] !== RUN)
  const begins = tokens.findIndex((one) => typeof one !== 'string')
  if (begins < 0) return nameOf(tokens.join(''))
  const ends = tokens.findLastIndex((one) => typeof one !== 'string')
  return {
    prefix: tokens.slice(0, begins).join(''),
    suffix: tokens.slice(ends + 1).join(''),
    tokens,
    isSimple: begins === ends && tokens[begins] === RUN,
  }
}

function nameOf(name: string): string {
  if (name !== '.' && name !== '..') return name
  throw new Unreadable('has a part "." or "..", as no path does; begin at the root, without "./".')
}

export function pathOf(text: string): Path {
  return text.split('/')
}

/** Whether the whole path is one of what the glob stands for. */
export function matchesGlob(glob: Glob, path: Path, budget: Budget): boolean {
  const name = path.at(-1) ?? ''
  return glob.alternatives.some((parts) => {
    budget.steps -= 1
    if (budget.steps < 0) return false
    // The end first: it is what most globs that begin with `**` differ in.
    const last = parts.at(-1) ?? ''
    return (last === RUN || matchesPart(last, name, budget)) && matchesAll(parts, path, matchesPart, budget)
  })
}

function matchesPart(part: string | Mixed, text: string, budget: Budget): boolean {
  if (typeof part === 'string') return part === text
  const { prefix, suffix, tokens, isSimple } = part
  if (!text.startsWith(prefix) || !text.endsWith(suffix)) return false
  if (isSimple) return text.length >= prefix.length + suffix.length
  budget.steps -= text.length
  return matchesAll(tokens, [...text], matchesLetter, budget)
}

function matchesLetter(one: Letter, letter: string): boolean {
  if (typeof one === 'string') return one === letter
  if (one === ONE) return true
  const point = letter.codePointAt(0) ?? 0
  return one.ranges.some(([from, to]) => from <= point && point <= to) !== one.negated
}

/**
 * Whether a pattern, some of whose elements stand for any number of things, is the whole of these things. It goes back to
 * the last such element only, which is enough, as an earlier one that took more would leave less for the same rest: the
 * steps are at most the pattern's length times that of the things.
 */
function matchesAll<Element>(
  pattern: readonly (Element | Run)[],
  things: readonly string[],
  fits: (element: Element, thing: string, budget: Budget) => boolean,
  budget: Budget,
): boolean {
  let place = 0
  let at = 0
  let run = -1
  let runEnds = 0
  while (at < things.length) {
    budget.steps -= 1
    if (budget.steps < 0) return false
    const element = pattern[place]
    if (element === RUN) {
      run = place
      runEnds = at
      place += 1
    } else if (element !== undefined && fits(element as Element, things[at] ?? '', budget)) {
      place += 1
      at += 1
    } else {
      if (run < 0) return false
      runEnds += 1
      at = runEnds
      place = run + 1
    }
  }
  while (pattern[place] === RUN) place += 1
  return place === pattern.length
}
