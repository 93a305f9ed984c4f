/**
 * Members of a JSON text as the few JavaScript types that replay works with; the rest stays text.
 *
 * Every function takes the members that `membersOf` found. `null` counts as absent, as it does for the CLI.
 *
 * @throws {JsonTextError} where a value has another type than the CLI gives it.
 */
import { elementsOf, isObject, JsonTextError, membersOf, type Span } from '../json-span.ts'

/** An object's text, and where its members stand in it. */
export interface ObjectText {
  readonly bytes: Buffer
  readonly members: ReadonlyMap<string, Span>
}

export function objectText(bytes: Buffer): ObjectText {
  return { bytes, members: membersOf(bytes) }
}

/** The text of a member; shares the memory of the whole. */
export function textAt(object: ObjectText, key: string): Buffer | undefined {
  const span = object.members.get(key)
  if (span === undefined) return undefined
  const text = object.bytes.subarray(span.start, span.end)
  return text[0] === NULL_START ? undefined : text
}

export function objectAt(object: ObjectText, key: string): Buffer | undefined {
  const text = textAt(object, key)
  if (text !== undefined && !isObject(text, { start: 0, end: text.length })) throw wrong(key, 'an object')
  return text
}

export function elementsAt(object: ObjectText, key: string): Buffer[] {
  const text = textAt(object, key)
  return text === undefined ? [] : elementsOf(text).map(({ start, end }) => text.subarray(start, end))
}

/** `''` for an absent one: the CLI makes no difference either. */
export function stringAt(object: ObjectText, key: string): string {
  const value = valueAt(object, key)
  if (value === undefined) return ''
  if (typeof value !== 'string') throw wrong(key, 'a string')
  return value
}

export function booleanAt(object: ObjectText, key: string): boolean {
  const value = valueAt(object, key)
  if (value !== undefined && typeof value !== 'boolean') throw wrong(key, 'true or false')
  return value === true
}

export function integerAt(object: ObjectText, key: string): number | undefined {
  const value = valueAt(object, key)
  if (value !== undefined && (!Number.isSafeInteger(value) || Number(value) < 0))
    throw wrong(key, 'a whole number')
  return value as number | undefined
}

export function stringsAt(object: ObjectText, key: string): readonly string[] {
  const value = valueAt(object, key) ?? NO_STRINGS
  if (!isStrings(value)) throw wrong(key, 'a list of strings')
  return value.length === 0 ? NO_STRINGS : value
}

/** Keys with lists of strings. A key with `null` has an empty list. */
export function listsAt(object: ObjectText, key: string): ReadonlyMap<string, readonly string[]> {
  const value = valueAt(object, key)
  if (value === undefined) return NO_LISTS
  if (typeof value !== 'object' || Array.isArray(value)) throw wrong(key, 'an object')
  const lists = new Map<string, readonly string[]>()
  for (const [name, list] of Object.entries(value as Record<string, unknown>)) {
    const strings = list ?? NO_STRINGS
    if (!isStrings(strings)) throw wrong(`${key}.${name}`, 'a list of strings')
    lists.set(name, strings)
  }
  return lists.size === 0 ? NO_LISTS : lists
}

const NULL_START = 0x6e
const NO_STRINGS: readonly string[] = []
const NO_LISTS: ReadonlyMap<string, readonly string[]> = new Map()

function valueAt(object: ObjectText, key: string): unknown {
  const text = textAt(object, key)
  return text === undefined ? undefined : JSON.parse(text.toString())
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function wrong(key: string, wanted: string): JsonTextError {
  return new JsonTextError(`"${key}" must be ${wanted}.`)
}
