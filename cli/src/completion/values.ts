/**
 * What the value of a flag or an argument may be, for the completion.
 *
 * Owns: that it is said where the flag is declared, and nowhere else. Does not own: finding the place on the command line
 * (`complete.ts`).
 */
import type { Argument, Option } from 'commander'
import type { Session } from '../session.ts'

export interface Suggestion {
  readonly value: string
  /** A few words about it; may be empty. */
  readonly about: string
}

/** What stands on the line already, by the flags' names in camel case. */
export type GivenOptions = Readonly<Record<string, string | boolean | undefined>>

/** Asks the server; one quick call. */
export type ListNames = (session: Session, given: GivenOptions) => Promise<readonly Suggestion[]>

export type ValueKind = 'file' | 'folder' | ListNames

const KINDS = new WeakMap<Argument | Option, ValueKind>()

export function completes<Value extends Argument | Option>(value: Value, kind: ValueKind): Value {
  KINDS.set(value, kind)
  return value
}

export function valueKindOf(value: Argument | Option): ValueKind | undefined {
  return KINDS.get(value)
}
