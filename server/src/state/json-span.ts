/**
 * Where values stand in a JSON text, without turning them into JavaScript's.
 *
 * Owns: the grammar of RFC 8259 on bytes, as spans. Does not own: what any member means.
 * State and events keep what the client wrote: a 64-bit integer, `-0`, `1e400`, a lone surrogate, the order of keys.
 * `JSON.parse` followed by `JSON.stringify` keeps none of these, so a text that must survive is only ever cut and
 * spliced. Every function checks what it walks over: a text that it accepts, `JSON.parse` accepts too.
 */

/** Offsets in bytes: from `start` up to, not including, `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

export interface Edit extends Span {
  readonly text: string
}

/** The text is not the JSON that was asked for. Its sentence is meant for the client. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError'
}

/** Deeper than any state, and shallow enough that no reader of it overflows its stack. */
export const DEEPEST = 10_000

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OBJECT = 0x7b
const OBJECT_END = 0x7d
const ARRAY = 0x5b
const ARRAY_END = 0x5d
const MINUS = 0x2d
const PLUS = 0x2b
const POINT = 0x2e
const ZERO = 0x30
const LOWER_E = 0x65
const LOWER_U = 0x75
const LITERALS = [Buffer.from('true'), Buffer.from('false'), Buffer.from('null')]
const ESCAPED = new Set(Buffer.from('"\\/bfnrt'))

/**
 * The members of the object that fills `within`, by key.
 *
 * @throws {JsonTextError} for anything else, and for a key that stands twice: readers disagree which one counts.
 */
export function membersOf(bytes: Buffer, within: Span = whole(bytes)): Map<string, Span> {
  const members = new Map<string, Span>()
  let at = skipSpace(bytes, within.start)
  if (bytes[at] !== OBJECT) throw unexpected(bytes, at, 'an object')
  at = skipSpace(bytes, at + 1)
  if (bytes[at] === OBJECT_END) return endingAt(bytes, at + 1, within, members)
  for (;;) {
    const keyEnd = skipString(bytes, at)
    const raw = bytes.toString('utf8', at + 1, keyEnd - 1)
    const key: string = raw.includes('\\') ? JSON.parse(`"${raw}"`) : raw
    if (members.has(key))
      throw new JsonTextError(`The key ${JSON.stringify(key)} stands twice in one object.`)
    const start = skipSpace(bytes, skipColon(bytes, keyEnd))
    const end = skipValue(bytes, start)
    members.set(key, { start, end })
    at = skipSpace(bytes, end)
    if (bytes[at] === OBJECT_END) return endingAt(bytes, at + 1, within, members)
    if (bytes[at] !== COMMA) throw unexpected(bytes, at, '"," or "}"')
    at = skipSpace(bytes, at + 1)
  }
}

/**
 * The elements of the array that fills `within`.
 *
 * @throws {JsonTextError} for anything else.
 */
export function elementsOf(bytes: Buffer, within: Span = whole(bytes)): Span[] {
  const elements: Span[] = []
  let at = skipSpace(bytes, within.start)
  if (bytes[at] !== ARRAY) throw unexpected(bytes, at, 'an array')
  at = skipSpace(bytes, at + 1)
  if (bytes[at] === ARRAY_END) return endingAt(bytes, at + 1, within, elements)
  for (;;) {
    const end = skipValue(bytes, at)
    elements.push({ start: at, end })
    at = skipSpace(bytes, end)
    if (bytes[at] === ARRAY_END) return endingAt(bytes, at + 1, within, elements)
    if (bytes[at] !== COMMA) throw unexpected(bytes, at, '"," or "]"')
    at = skipSpace(bytes, at + 1)
  }
}

interface OpenContainer {
  readonly closer: number
  /** The wanted ones so far; undefined before the first, and in an array. */
  members: Map<string, Span> | undefined
  /** Of the member whose value is being read, when it is wanted. */
  key: string | undefined
  valueStart: number
}

/**
 * Shows each object inside `within`, at any depth and innermost first, as those of its members whose keys are wanted;
 * objects without any are passed over. One pass, and no recursion: the text may be deep.
 *
 * @throws {JsonTextError} for what is not JSON.
 */
export function visitObjects(
  bytes: Buffer,
  within: Span,
  wanted: ReadonlySet<string>,
  visit: (members: ReadonlyMap<string, Span>) => void,
): void {
  const open: OpenContainer[] = []
  const enterMember = (container: OpenContainer, start: number): number => {
    const end = skipString(bytes, start)
    const raw = bytes.toString('latin1', start + 1, end - 1)
    const key: string = raw.includes('\\') ? JSON.parse(textOf(bytes, { start, end })) : raw
    container.key = wanted.has(key) ? key : undefined
    container.valueStart = skipSpace(bytes, skipColon(bytes, end))
    return container.valueStart
  }
  let at = skipSpace(bytes, within.start)
  for (;;) {
    const first = bytes[at]
    let valueEnded = first !== OBJECT && first !== ARRAY
    if (valueEnded) {
      at = skipScalar(bytes, at)
    } else {
      const closer = first === OBJECT ? OBJECT_END : ARRAY_END
      const container: OpenContainer = { closer, members: undefined, key: undefined, valueStart: at }
      if (open.push(container) > DEEPEST) throw new JsonTextError('The JSON is nested too deeply.')
      at = skipSpace(bytes, at + 1)
      if (bytes[at] !== closer) {
        if (closer === OBJECT_END) at = enterMember(container, at)
        continue
      }
    }
    for (;;) {
      const container = open.at(-1)
      if (!container) {
        endingAt(bytes, at, within, undefined)
        return
      }
      if (valueEnded) {
        const { key, valueStart } = container
        if (key !== undefined) {
          container.members ??= new Map()
          container.members.set(key, { start: valueStart, end: at })
          container.key = undefined
        }
        at = skipSpace(bytes, at)
      }
      if (bytes[at] === container.closer) {
        if (container.members) visit(container.members)
        open.pop()
        at += 1
        valueEnded = true
        continue
      }
      if (bytes[at] !== COMMA) throw unexpected(bytes, at, '"," or the end of an object or array')
      at = skipSpace(bytes, at + 1)
      if (container.closer === OBJECT_END) at = enterMember(container, at)
      break
    }
  }
}

export function isObject(bytes: Buffer, span: Span): boolean {
  return bytes[span.start] === OBJECT
}

export function isArray(bytes: Buffer, span: Span): boolean {
  return bytes[span.start] === ARRAY
}

export function isString(bytes: Buffer, span: Span): boolean {
  return bytes[span.start] === QUOTE
}

export function textOf(bytes: Buffer, span: Span): string {
  return bytes.toString('utf8', span.start, span.end)
}

/** The bytes with each span replaced; the spans must not overlap. */
export function edited(bytes: Buffer, edits: readonly Edit[]): Buffer {
  return Buffer.concat(editedPieces(bytes, edits))
}

/** The same in pieces, which share the memory of the bytes. */
export function editedPieces(bytes: Buffer, edits: readonly Edit[]): Buffer[] {
  const pieces: Buffer[] = []
  let copied = 0
  for (const { start, end, text } of edits.toSorted((one, other) => one.start - other.start)) {
    if (start < copied) throw new RangeError('Two edits of a JSON text overlap.')
    pieces.push(bytes.subarray(copied, start), Buffer.from(text))
    copied = end
  }
  pieces.push(bytes.subarray(copied))
  return pieces
}

function whole(bytes: Buffer): Span {
  return { start: 0, end: bytes.length }
}

function endingAt<T>(bytes: Buffer, at: number, within: Span, result: T): T {
  const rest = skipSpace(bytes, at)
  if (rest < within.end) throw unexpected(bytes, rest, 'the end of the text')
  if (at > within.end) throw unexpected(bytes, within.end, 'a whole value')
  return result
}

/** From the first byte of a value to the byte after it. A loop, not a recursion: the text may be hostile. */
function skipValue(bytes: Buffer, start: number): number {
  const closers: number[] = []
  let at = start
  for (;;) {
    const first = bytes[at]
    if (first === OBJECT || first === ARRAY) {
      const closer = first === OBJECT ? OBJECT_END : ARRAY_END
      at = skipSpace(bytes, at + 1)
      if (bytes[at] !== closer) {
        if (closers.push(closer) > DEEPEST) throw new JsonTextError('The JSON is nested too deeply.')
        if (first === OBJECT) at = skipSpace(bytes, skipColon(bytes, skipString(bytes, at)))
        continue
      }
      at += 1
    } else {
      at = skipScalar(bytes, at)
    }
    for (;;) {
      const closer = closers[closers.length - 1]
      if (closer === undefined) return at
      at = skipSpace(bytes, at)
      if (bytes[at] === closer) {
        closers.pop()
        at += 1
        continue
      }
      if (bytes[at] !== COMMA) throw unexpected(bytes, at, '"," or the end of an object or array')
      at = skipSpace(bytes, at + 1)
      if (closer === OBJECT_END) at = skipSpace(bytes, skipColon(bytes, skipString(bytes, at)))
      break
    }
  }
}

function skipScalar(bytes: Buffer, at: number): number {
  const first = bytes[at]
  if (first === QUOTE) return skipString(bytes, at)
  if (first === MINUS || isDigit(first)) return skipNumber(bytes, at)
  for (const literal of LITERALS) if (first === literal[0]) return skipLiteral(bytes, at, literal)
  throw unexpected(bytes, at, 'a value')
}

function skipLiteral(bytes: Buffer, start: number, literal: Buffer): number {
  for (let letter = 1; letter < literal.length; letter += 1) {
    if (bytes[start + letter] !== literal[letter]) throw unexpected(bytes, start, 'a value')
  }
  return start + literal.length
}

function skipString(bytes: Buffer, start: number): number {
  if (bytes[start] !== QUOTE) throw unexpected(bytes, start, 'a string')
  let at = start + 1
  for (;;) {
    const byte = bytes[at]
    if (byte === QUOTE) return at + 1
    if (byte === undefined || byte < 0x20) throw unexpected(bytes, at, 'the rest of a string')
    at += byte === BACKSLASH ? lengthOfEscape(bytes, at) : 1
  }
}

function lengthOfEscape(bytes: Buffer, at: number): number {
  const kind = bytes[at + 1]
  if (kind !== undefined && ESCAPED.has(kind)) return 2
  if (kind !== LOWER_U) throw unexpected(bytes, at, 'an escape')
  for (let digit = at + 2; digit < at + 6; digit += 1) {
    if (!isHexDigit(bytes[digit])) throw unexpected(bytes, digit, 'a hexadecimal digit')
  }
  return 6
}

function skipNumber(bytes: Buffer, start: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start
  at = bytes[at] === ZERO ? at + 1 : skipDigits(bytes, at)
  if (bytes[at] === POINT) at = skipDigits(bytes, at + 1)
  if (((bytes[at] ?? 0) | 0x20) === LOWER_E) {
    const sign = bytes[at + 1]
    at = skipDigits(bytes, sign === PLUS || sign === MINUS ? at + 2 : at + 1)
  }
  return at
}

function skipDigits(bytes: Buffer, start: number): number {
  let at = start
  while (isDigit(bytes[at])) at += 1
  if (at === start) throw unexpected(bytes, at, 'a digit')
  return at
}

function skipColon(bytes: Buffer, start: number): number {
  const at = skipSpace(bytes, start)
  if (bytes[at] !== COLON) throw unexpected(bytes, at, '":"')
  return at + 1
}

function skipSpace(bytes: Buffer, start: number): number {
  let at = start
  for (;;) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at
    at += 1
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= 0x39
}

function isHexDigit(byte: number | undefined): boolean {
  if (byte === undefined) return false
  const letter = byte | 0x20
  return isDigit(byte) || (letter >= 0x61 && letter <= 0x66)
}

function unexpected(bytes: Buffer, at: number, wanted: string): JsonTextError {
  const found = at >= bytes.length ? 'the text ends' : 'something else stands'
  return new JsonTextError(`Not valid JSON: ${wanted} was expected at byte ${at}, where ${found}.`)
}
