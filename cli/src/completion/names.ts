/**
 * What the values of flags and arguments are, for the completion: files, or names that the server knows.
 *
 * Owns: which kind a value is, said where the flag is declared. Does not own: fetching them (`known-names`).
 */
import type { Argument, Option } from 'commander'

export type NameKind = 'file' | 'folder' | 'organization' | 'stack' | 'pool' | 'schedule' | 'webhook'

const KINDS = new WeakMap<Argument | Option, NameKind>()

export function completes<Value extends Argument | Option>(value: Value, kind: NameKind): Value {
  KINDS.set(value, kind)
  return value
}

export function nameKindOf(value: Argument | Option): NameKind | undefined {
  return KINDS.get(value)
}
