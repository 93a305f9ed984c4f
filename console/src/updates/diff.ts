/** How two sets of properties differ, path by path. Secrets come masked, so that two of them look alike. */
import { shown, textOf } from '../properties/property.ts'
import type { Step } from './events.ts'

export interface Difference {
  /** `tags.Name`, `rules[0].port`. */
  readonly path: string
  readonly kind: 'added' | 'removed' | 'changed'
  readonly before: string | undefined
  readonly after: string | undefined
}

type Values = Readonly<Record<string, unknown>>

/** What a person wants to know of a step: its inputs' changes; where those are alike, what became of its outputs. */
export function differencesOf(step: Step): Difference[] {
  const [before, after] = [step.old, step.new]
  const isRead = ['refresh', 'read', 'import'].includes(step.op)
  const found = isRead ? [] : between(before?.inputs, isGone(step.op) ? undefined : after?.inputs)
  if (found.length === 0 && before && after) found.push(...between(before.outputs, after.outputs))
  const named = step.differing.filter((path) => !found.some((one) => isWithin(one.path, path)))
  for (const path of named) {
    const [was, is] = [valueAt(before, path), valueAt(after, path)]
    if (was !== undefined || is !== undefined)
      found.push({ path, kind: 'changed', before: said(was), after: said(is) })
  }
  return found
}

function isGone(op: string): boolean {
  return op === 'delete' || op === 'delete-replaced' || op === 'discard'
}

function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`)
}

/** A path of the provider is looked up by its first name alone: that is enough to say that a secret changed. */
function valueAt(state: Step['old'], path: string): unknown {
  const name = /^[^.[]+/.exec(path)?.[0] ?? path
  return state?.inputs?.[name] ?? state?.outputs?.[name]
}

export function between(before: Values | undefined, after: Values | undefined): Difference[] {
  const found: Difference[] = []
  compare(shown(before ?? {}), shown(after ?? {}), '', found)
  return found
}

/** Not properties of the resource, but how Pulumi remembers which ones have defaults. */
const INTERNAL = '__defaults'

function compare(before: unknown, after: unknown, path: string, found: Difference[]): void {
  if (Object.is(before, after)) return
  if (isValues(before) && isValues(after)) {
    for (const name of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
      if (name !== INTERNAL) compare(before[name], after[name], path ? `${path}.${name}` : name, found)
    }
    return
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    for (let at = 0; at < Math.max(before.length, after.length); at += 1)
      compare(before[at], after[at], `${path}[${at}]`, found)
    return
  }
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'
  found.push({ path, kind, before: said(before), after: said(after) })
}

function said(value: unknown): string | undefined {
  return value === undefined ? undefined : textOf(value)
}

function isValues(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
