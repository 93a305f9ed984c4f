/**
 * A JSON text looked through while it passes by, piece by piece: for texts that are never in memory as a whole.
 *
 * Owns: the same grammar as json-span, as a machine that can stop after any byte. Does not own: what any member means.
 * It accepts exactly what json-span accepts. Only the outer levels are reported; inside, nothing is made for a value.
 */
import { DEEPEST, JsonTextError } from './json-span.ts'

export interface ScanVisitor {
  /**
   * A value begins.
   *
   * @param depth How many objects and arrays are around it: 0 for the whole text.
   * @param key Of the member that it is the value of; undefined in an array, and deeper than keys are read.
   * @param at Its first byte, counted from the start of the text.
   * @param first What that byte is.
   */
  begin(depth: number, key: string | undefined, at: number, first: number): void
  /** The value of this depth that began last ends before the byte `at`. */
  end(depth: number, at: number): void
}

export interface JsonScan {
  /** @throws {JsonTextError} as soon as the text is no JSON, or an object of a level whose keys are read has one twice. */
  push(piece: Buffer): void
  /** After the last piece. @throws {JsonTextError} for a text that is not whole. */
  finish(): void
}

export const OBJECT = 0x7b
export const ARRAY = 0x5b

const OBJECT_END = 0x7d
const ARRAY_END = 0x5d
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const MINUS = 0x2d
const PLUS = 0x2b
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const LOWER_E = 0x65
const LOWER_U = 0x75
const LITERALS = new Map(['true', 'false', 'null'].map((word) => [word.charCodeAt(0), Buffer.from(word)]))
const ESCAPED = new Set(Buffer.from('"\\/bfnrt'))

/** Between tokens; blanks are passed over. */
const BEFORE_VALUE = 0
const BEFORE_ELEMENT_OR_END = 1
const BEFORE_KEY_OR_END = 2
const BEFORE_KEY = 3
const BEFORE_COLON = 4
const AFTER_VALUE = 5
/** Inside of one. */
const STRING = 6
const ESCAPE = 7
const HEX = 8
const LITERAL = 9
const NUMBER_MINUS = 10
const NUMBER_ZERO = 11
const NUMBER_INTEGER = 12
const NUMBER_POINT = 13
const NUMBER_FRACTION = 14
const NUMBER_E = 15
const NUMBER_E_SIGN = 16
const NUMBER_EXPONENT = 17

/** More than any state has at a level that we look at, and few enough to remember. */
const MOST_KEYS = 10_000
const LONGEST_KEY_BYTES = 64 * 1024

/** @param keysTo Values are reported down to one level below this depth, with their keys down to this depth. */
export function jsonScan(keysTo: number, visitor: ScanVisitor): JsonScan {
  const closers: number[] = []
  const keys: Set<string>[] = []
  let state = BEFORE_VALUE
  /** Of the text before this piece. */
  let passed = 0
  let literal = Buffer.alloc(0)
  let literalAt = 0
  let hexLeft = 0
  let isKey = false
  /** The key's bytes so far, when it is one that is read. */
  let keyParts: Buffer[] | undefined
  let keyBytes = 0
  let key: string | undefined

  function push(piece: Buffer): void {
    const end = piece.length
    let at = 0
    while (at < end) {
      const byte = piece[at] as number
      if (state === STRING) at = inString(piece, at)
      else if (state > STRING) at = inToken(piece, at, byte)
      else if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) at += 1
      else at = betweenTokens(at, byte)
    }
    passed += end
  }

  function betweenTokens(at: number, byte: number): number {
    switch (state) {
      case BEFORE_ELEMENT_OR_END:
        if (byte === ARRAY_END) return closed(at)
        return valueBegins(at, byte)
      case BEFORE_VALUE:
        return valueBegins(at, byte)
      case BEFORE_KEY_OR_END:
        if (byte === OBJECT_END) return closed(at)
        return keyBegins(at, byte)
      case BEFORE_KEY:
        return keyBegins(at, byte)
      case BEFORE_COLON:
        if (byte !== COLON) throw unexpected(at, '":"')
        state = BEFORE_VALUE
        return at + 1
      default: {
        const closer = closers.at(-1)
        if (closer === undefined) throw unexpected(at, 'the end of the text')
        if (byte === closer) return closed(at)
        if (byte !== COMMA) throw unexpected(at, '"," or the end of an object or array')
        state = closer === OBJECT_END ? BEFORE_KEY : BEFORE_VALUE
        return at + 1
      }
    }
  }

  function valueBegins(at: number, byte: number): number {
    const depth = closers.length
    if (depth <= keysTo + 1) {
      visitor.begin(depth, key, passed + at, byte)
      key = undefined
    }
    if (byte === OBJECT || byte === ARRAY) {
      if (closers.push(byte === OBJECT ? OBJECT_END : ARRAY_END) > DEEPEST) {
        throw new JsonTextError('The JSON is nested too deeply.')
      }
      if (byte === OBJECT && depth < keysTo) keys[depth + 1] = new Set()
      state = byte === OBJECT ? BEFORE_KEY_OR_END : BEFORE_ELEMENT_OR_END
      return at + 1
    }
    if (byte === QUOTE) {
      isKey = false
      state = STRING
      return at + 1
    }
    if (byte === MINUS) state = NUMBER_MINUS
    else if (byte === ZERO) state = NUMBER_ZERO
    else if (isDigit(byte)) state = NUMBER_INTEGER
    else {
      const word = LITERALS.get(byte)
      if (!word) throw unexpected(at, 'a value')
      literal = word
      literalAt = 1
      state = LITERAL
    }
    return at + 1
  }

  function valueEnds(at: number): number {
    state = AFTER_VALUE
    if (closers.length <= keysTo + 1) visitor.end(closers.length, passed + at)
    return at
  }

  function closed(at: number): number {
    closers.pop()
    return valueEnds(at + 1)
  }

  function keyBegins(at: number, byte: number): number {
    if (byte !== QUOTE) throw unexpected(at, 'a string')
    isKey = true
    keyParts = closers.length <= keysTo ? [] : undefined
    keyBytes = 0
    state = STRING
    return at + 1
  }

  function inString(piece: Buffer, start: number): number {
    const end = piece.length
    let at = start
    let byte = 0
    while (at < end) {
      byte = piece[at] as number
      if (byte === QUOTE || byte === BACKSLASH || byte < 0x20) break
      at += 1
    }
    const isQuote = at < end && byte === QUOTE
    if (isKey && keyParts) keepOfKey(piece.subarray(start, at))
    if (at === end) return at
    if (byte === BACKSLASH) {
      if (isKey && keyParts) keepOfKey(piece.subarray(at, at + 1))
      state = ESCAPE
      return at + 1
    }
    if (!isQuote) throw unexpected(at, 'the rest of a string')
    if (!isKey) return valueEnds(at + 1)
    keyEnds()
    state = BEFORE_COLON
    return at + 1
  }

  function keepOfKey(bytes: Buffer): void {
    keyBytes += bytes.length
    if (keyBytes > LONGEST_KEY_BYTES) throw new JsonTextError('A key of the JSON is too long.')
    keyParts?.push(Buffer.from(bytes)) // a copy: the piece may be used again for the next
  }

  function keyEnds(): void {
    if (!keyParts) return
    const read: string = JSON.parse(`"${Buffer.concat(keyParts).toString('utf8')}"`)
    keyParts = undefined
    const known = keys[closers.length] as Set<string>
    if (known.has(read))
      throw new JsonTextError(`The key ${JSON.stringify(read)} stands twice in one object.`)
    if (known.add(read).size > MOST_KEYS) throw new JsonTextError('An object of the JSON has too many keys.')
    key = read
  }

  function inToken(piece: Buffer, at: number, byte: number): number {
    switch (state) {
      case ESCAPE:
        if (byte === LOWER_U) {
          hexLeft = 4
          state = HEX
        } else if (ESCAPED.has(byte)) state = STRING
        else throw unexpected(at, 'an escape')
        if (isKey && keyParts) keepOfKey(piece.subarray(at, at + 1))
        return at + 1
      case HEX:
        if (!isHexDigit(byte)) throw unexpected(at, 'a hexadecimal digit')
        if (isKey && keyParts) keepOfKey(piece.subarray(at, at + 1))
        hexLeft -= 1
        if (hexLeft === 0) state = STRING
        return at + 1
      case LITERAL:
        if (byte !== literal[literalAt]) throw unexpected(at, 'a value')
        literalAt += 1
        return literalAt === literal.length ? valueEnds(at + 1) : at + 1
      default:
        return inNumber(piece, at, byte)
    }
  }

  function inNumber(piece: Buffer, start: number, byte: number): number {
    switch (state) {
      case NUMBER_MINUS:
        if (!isDigit(byte)) throw unexpected(start, 'a digit')
        state = byte === ZERO ? NUMBER_ZERO : NUMBER_INTEGER
        return start + 1
      case NUMBER_POINT:
      case NUMBER_E_SIGN:
        if (!isDigit(byte)) throw unexpected(start, 'a digit')
        state = state === NUMBER_POINT ? NUMBER_FRACTION : NUMBER_EXPONENT
        return start + 1
      case NUMBER_E:
        if (byte !== PLUS && byte !== MINUS && !isDigit(byte)) throw unexpected(start, 'a digit')
        state = isDigit(byte) ? NUMBER_EXPONENT : NUMBER_E_SIGN
        return start + 1
      default: {
        let at = start
        if (state !== NUMBER_ZERO) while (at < piece.length && isDigit(piece[at] as number)) at += 1
        if (at === piece.length) return at
        const next = piece[at] as number
        if (next === POINT && (state === NUMBER_ZERO || state === NUMBER_INTEGER)) state = NUMBER_POINT
        else if ((next | 0x20) === LOWER_E && state !== NUMBER_EXPONENT) state = NUMBER_E
        else return valueEnds(at)
        return at + 1
      }
    }
  }

  function finish(): void {
    const isWholeNumber =
      state === NUMBER_ZERO ||
      state === NUMBER_INTEGER ||
      state === NUMBER_FRACTION ||
      state === NUMBER_EXPONENT
    if (isWholeNumber && closers.length === 0) valueEnds(0)
    if (state !== AFTER_VALUE || closers.length > 0) {
      throw new JsonTextError(
        `Not valid JSON: a whole value was expected at byte ${passed}, where the text ends.`,
      )
    }
  }

  function unexpected(at: number, wanted: string): JsonTextError {
    return new JsonTextError(
      `Not valid JSON: ${wanted} was expected at byte ${passed + at}, where something else stands.`,
    )
  }

  return { push, finish }
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE
}

function isHexDigit(byte: number): boolean {
  const letter = byte | 0x20
  return isDigit(byte) || (letter >= 0x61 && letter <= 0x66)
}
