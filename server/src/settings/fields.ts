/**
 * Reads a JSON object field by field, so that a refusal names the field it is about.
 *
 * Clients differ in what they send for a field that nobody set: nothing, `null`, or an empty string. All three are
 * `blank` here; whether blank means "leave it" or "delete it" is the caller's choice. Names are matched as Go does:
 * exactly, else without regard to case, which covers `repoURL` and `roleARN`.
 */
import type { Refusal } from '@daypass/contract/errors.ts'

export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/** What stands for a field that nobody set: `undefined` leaves it, `null` deletes it. */
export type Blank = undefined | null

export type ReadField = (value: unknown, path: string, blank: Blank) => Json | undefined
export type Fields = Readonly<Record<string, ReadField>>

/** Thrown inside a reading only, and turned into a value by {@link refusalOf}. */
export class BadField extends Error {
  readonly reason: string
  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

export function badField(path: string, problem: string): BadField {
  return new BadField('invalid_field', `${path} ${problem}`)
}

/** Runs a reading; a bad field becomes a 400, anything else is a bug and goes on. */
export function reading<T>(read: () => T): { readonly ok: true; readonly value: T } | Refused {
  try {
    return { ok: true, value: read() }
  } catch (error) {
    if (!(error instanceof BadField)) throw error
    return { ok: false, refusal: { status: 400, reason: error.reason, message: error.message } }
  }
}
export interface Refused {
  readonly ok: false
  readonly refusal: Refusal
}

export function readObject(value: unknown, path: string, fields: Fields, blank: Blank): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badField(path === '' ? 'The body' : path, 'must be a JSON object.')
  }
  const found = new Map<string, Json>()
  for (const [key, given] of Object.entries(value)) {
    const name = fieldNamed(key, fields)
    const at = path === '' ? (name ?? key) : `${path}.${name ?? key}`
    const read = name === undefined ? undefined : fields[name]
    if (name === undefined || read === undefined) {
      throw new BadField(
        'unknown_field',
        `${JSON.stringify(at.slice(0, 200))} is not a known field; remove it.`,
      )
    }
    const one = given === null ? blank : read(given, at, blank)
    if (one === undefined) continue
    if (found.has(name) && JSON.stringify(found.get(name)) !== JSON.stringify(one)) {
      throw badField(at, 'is given twice, in two spellings.')
    }
    found.set(name, one)
  }
  return Object.fromEntries(found)
}

function fieldNamed(key: string, fields: Fields): string | undefined {
  if (Object.hasOwn(fields, key)) return key
  const folded = key.toLowerCase()
  return Object.keys(fields).find((name) => name.toLowerCase() === folded)
}

/** A JSON object whose fields are known. */
export function object(fields: Fields): ReadField {
  return (value, path, blank) => readObject(value, path, fields, blank)
}

export interface TextRule {
  readonly longest?: number
  /** What is wrong with it, as the end of a sentence that begins with the field's path; undefined when it is fine. */
  readonly problem?: (text: string) => string | undefined
}

/** A string; an empty one is blank. */
export function text({ longest = 1000, problem }: TextRule = {}): ReadField {
  return (value, path, blank) => {
    const checked = plainText(value, path, longest)
    if (checked === '') return blank
    const wrong = problem?.(checked)
    if (wrong !== undefined) throw badField(path, wrong)
    return checked
  }
}

/** A string that the database can keep: no NUL and no half of a surrogate pair. */
export function plainText(value: unknown, path: string, longest: number): string {
  if (typeof value !== 'string') throw badField(path, 'must be a string.')
  if (value.length > longest) throw badField(path, `must have at most ${longest} characters.`)
  if (value.includes('\0')) throw badField(path, 'must not contain a NUL character.')
  if (!value.isWellFormed()) throw badField(path, 'must be well-formed Unicode.')
  return value
}

export const flag: ReadField = (value, path) => {
  if (typeof value !== 'boolean') throw badField(path, 'must be true or false.')
  return value
}

/** Zero is how some clients send a number that nobody set. */
export const count: ReadField = (value, path, blank) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw badField(path, 'must be a whole number.')
  }
  return value === 0 ? blank : value
}

/** A list of strings; empty ones are left out. */
export function texts({ longest = 1000, most = 100, problem }: TextRule & { most?: number } = {}): ReadField {
  return (value, path) => {
    if (!Array.isArray(value)) throw badField(path, 'must be a list of strings.')
    if (value.length > most) throw badField(path, `must have at most ${most} entries.`)
    const read = text(problem === undefined ? { longest } : { longest, problem })
    return value.flatMap((one, index) => read(one, `${path}[${index}]`, undefined) ?? [])
  }
}

/** A list of whatever `read` takes. */
export function list(read: ReadField, most: number): ReadField {
  return (value, path) => {
    if (!Array.isArray(value)) throw badField(path, 'must be a list.')
    if (value.length > most) throw badField(path, `must have at most ${most} entries.`)
    return value.flatMap((one, index) => read(one, `${path}[${index}]`, undefined) ?? [])
  }
}

/** Known from older clients or from our own answers: read and dropped. */
export const ignored: ReadField = () => undefined

/** Part of Pulumi's settings that this version cannot act on: refused rather than silently not done. */
export function unsupported(sentence: string): ReadField {
  return (value, path) => {
    if (value === '') return undefined
    throw new BadField('not_supported_yet', `${path} is not supported yet: ${sentence}`)
  }
}
