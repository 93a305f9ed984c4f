/**
 * Replaces secrets in what a job prints. Best effort by nature: a program that wants to print a secret can always
 * invent an encoding, so nothing else relies on this.
 *
 * Knows the secrets of one job in all forms of `secret-forms.ts`, and the shapes of Daypass's own tokens whoever
 * they belong to. Works in one pass over the text, however many secrets there are.
 */
import { OPAQUE_TOKEN_PATTERN } from '@daypass/contract/tokens.ts'
import { formsOf, SHORTEST_SECRET } from './secret-forms.ts'

export const REPLACEMENT = '[secret]'

export interface Span {
  readonly start: number
  readonly end: number
}

export interface Redactor {
  /** From now on this value is a secret. Returns false for one that is too short to hide. */
  add(secret: string): boolean
  /** Where the secrets are in a text without line breaks inside secrets: disjoint, in order. */
  spans(text: string): readonly Span[]
  redact(text: string): string
}

/** Forms are found by a hash of their first characters. */
const PREFIX_LENGTH = 4
const TABLE_SIZE = 1 << 16

export function createRedactor(): Redactor {
  const starts = new Uint8Array(TABLE_SIZE)
  const candidates = new Map<number, string[]>()
  const known = new Set<string>()

  function remember(form: string): void {
    if (known.has(form)) return
    known.add(form)
    const hash = hashAt(form, 0)
    starts[hash] = 1
    candidates.set(hash, [...(candidates.get(hash) ?? []), form])
  }

  function spans(text: string): readonly Span[] {
    const found: Span[] = [...opaqueTokens(text), ...jsonWebTokens(text)]
    if (known.size === 0) return merge(found)
    for (let index = 0; index + PREFIX_LENGTH <= text.length; index += 1) {
      const hash = hashAt(text, index)
      if (starts[hash] !== 1) continue
      for (const form of candidates.get(hash) ?? []) {
        if (text.startsWith(form, index)) found.push({ start: index, end: index + form.length })
      }
    }
    return merge(found)
  }

  return {
    add(secret) {
      if (secret.trim().length < SHORTEST_SECRET) return false
      for (const form of formsOf(secret)) remember(form)
      return true
    },
    spans,
    redact: (text) => cover(text, spans(text)),
  }
}

function hashAt(text: string, index: number): number {
  const first = text.charCodeAt(index) * 31 + text.charCodeAt(index + 1)
  const second = text.charCodeAt(index + 2) * 31 + text.charCodeAt(index + 3)
  return (first * 1021 + second) & (TABLE_SIZE - 1)
}

function opaqueTokens(text: string): readonly Span[] {
  return Array.from(text.matchAll(OPAQUE_TOKEN_PATTERN), (match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }))
}

/**
 * What JWT_PATTERN of the contract means, in time linear in the text: a program that prints a megabyte of `eyJ` must
 * not be able to keep the runner busy.
 */
function jsonWebTokens(text: string): readonly Span[] {
  if (!text.includes('.eyJ')) return []
  const found: Span[] = []
  for (const run of text.matchAll(/[A-Za-z0-9_.-]+/g)) {
    const parts = run[0].split('.')
    let offset = run.index
    parts.forEach((part, index) => {
      const header = part.indexOf('eyJ')
      const payload = parts[index + 1] ?? ''
      const signature = parts[index + 2] ?? ''
      if (header >= 0 && payload.startsWith('eyJ') && payload.length > 10 && signature.length >= 16) {
        const end = offset + part.length + payload.length + signature.length + 2
        found.push({ start: offset + header, end })
      }
      offset += part.length + 1
    })
  }
  return found
}

/** Secrets may overlap; what any of them covers is covered once. */
function merge(spans: readonly Span[]): readonly Span[] {
  const merged: { start: number; end: number }[] = []
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    if (last && span.start <= last.end) last.end = Math.max(last.end, span.end)
    else merged.push({ ...span })
  }
  return merged
}

function cover(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text
  let result = ''
  let index = 0
  for (const { start, end } of spans) {
    result += text.slice(index, start) + REPLACEMENT
    index = end
  }
  return result + text.slice(index)
}
