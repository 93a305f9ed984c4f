/**
 * What a change of settings changed, for the audit: each path and whether it was added, changed or removed. Values are
 * left out, so that no secret can be among them.
 */
import type { StoredSettings } from './settings.ts'

export type PathChange = 'added' | 'changed' | 'removed'

/** More are counted only: a record is for people to read. */
const MOST_PATHS = 200

export interface ChangedPaths {
  readonly changed: Readonly<Record<string, PathChange>>
  /** How many further paths changed. */
  readonly more?: number
}

export function changedPaths(before: StoredSettings, after: StoredSettings): ChangedPaths {
  const [old, now] = [leavesOf(before), leavesOf(after)]
  const changes = [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((path) => {
    const [was, is] = [old.get(path), now.get(path)]
    if (was === is) return []
    const change: PathChange = was === undefined ? 'added' : is === undefined ? 'removed' : 'changed'
    return [[path, change] as const]
  })
  const more = changes.length - MOST_PATHS
  return { changed: Object.fromEntries(changes.slice(0, MOST_PATHS)), ...(more > 0 && { more }) }
}

/** A list, and a secret, is one value. */
function leavesOf(value: unknown, path = '', leaves = new Map<string, string>()): Map<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isSecret(value)) {
    leaves.set(path, JSON.stringify(value))
    return leaves
  }
  for (const [name, one] of Object.entries(value))
    leavesOf(one, path === '' ? name : `${path}.${name}`, leaves)
  return leaves
}

function isSecret(value: object): boolean {
  const [name, ...others] = Object.keys(value)
  return name === 'ciphertext' && others.length === 0
}
