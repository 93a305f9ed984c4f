/**
 * Replaces secrets in what a job prints. Best effort by nature: a program that wants to print a secret can always
 * invent an encoding, so nothing else relies on this.
 *
 * Knows the secrets of one job in all forms of `secret-forms.ts`, and the shapes of Daypass's own tokens whoever
 * they belong to. Works in one pass over the text, in time linear in it however many secrets there are and whatever
 * is in them: the members who write them share the runner.
 */
import { randomInt } from 'node:crypto'
import { mergedSpans, type Span } from '@daypass/contract/span.ts'
import { OPAQUE_TOKEN_PATTERN } from '@daypass/contract/tokens.ts'
import { formsOf, SHORTEST_SECRET } from './secret-forms.ts'
import { createSecretTrie, pieces } from './secret-trie.ts'

export const REPLACEMENT = '[secret]'
/** One variable of a program cannot be longer (Linux: MAX_ARG_STRLEN). */
export const LONGEST_SECRET = 131_072
/** Of all forms of a job's secrets together; at about 20 bytes each. */
const MOST_CHARACTERS = 3_000_000

export interface Redactor {
  /** From now on this value is a secret. Returns false for one that is too short to hide. */
  add(secret: string): boolean
  /** The same for a value of the user's own, of any size. Returns false when it is too large to be hidden. */
  addFromUser(secret: string): boolean
  /**
   * Where the secrets are in a text without line breaks inside secrets: disjoint, in order. `hidden`: so many
   * characters at its beginning are known to be of one.
   */
  spans(text: string, hidden?: number): readonly Span[]
  redact(text: string): string
  redactFrom(hidden: number, text: string): string
  /** How much work this was so far, for tests of its cost. */
  steps(): number
}

/** Most places are passed over by a look at a hash of their first characters. */
const PREFIX_LENGTH = 4
const TABLE_SIZE = 1 << 16

export function createRedactor(seed: number = randomInt(2 ** 31)): Redactor {
  const starts = new Uint8Array(TABLE_SIZE)
  const trie = createSecretTrie(seed)

  function remember(form: string): void {
    trie.add(form)
    for (const piece of pieces(form)) starts[hashAt(piece, 0)] = 1
  }

  function knownIn(text: string): readonly Span[] {
    const found: { start: number; end: number }[] = []
    if (trie.size() === 0) return found
    for (let index = 0; index + PREFIX_LENGTH <= text.length; index += 1) {
      if (starts[hashAt(text, index)] !== 1) continue
      const length = trie.longestAt(text, index)
      if (length === 0) continue
      const last = found.at(-1)
      if (last && index <= last.end) last.end = Math.max(last.end, index + length)
      else found.push({ start: index, end: index + length })
    }
    return found
  }

  function spans(text: string, hidden = 0): readonly Span[] {
    const told = hidden > 0 ? [{ start: 0, end: Math.min(hidden, text.length) }] : []
    return mergedSpans([...told, ...opaqueTokens(text), ...jsonWebTokens(text), ...knownIn(text)])
  }

  function add(secret: string): boolean {
    if (secret.trim().length < SHORTEST_SECRET) return false
    for (const form of formsOf(secret)) remember(form)
    return true
  }

  return {
    add,
    addFromUser(secret) {
      if (secret.length > LONGEST_SECRET) return false
      const forms = secret.trim().length < SHORTEST_SECRET ? [] : formsOf(secret)
      // What they have in common is counted twice: the sum is known before any of it takes memory.
      const more = forms.reduce((sum, form) => sum + form.length, 0)
      if (trie.size() + more > MOST_CHARACTERS) return false
      for (const form of forms) remember(form)
      return true
    },
    spans,
    redact: (text) => cover(text, spans(text)),
    redactFrom: (hidden, text) => cover(text, spans(text, hidden)),
    steps: trie.steps,
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
 * Anything with the form of a signed JWT (RFC 7515), in time linear in the text: a program that prints a megabyte of `eyJ` must
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
