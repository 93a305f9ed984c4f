/**
 * Finds credentials in a text by their fingerprints: one pass that rolls a hash over a window of letters, and a MAC
 * where the hash is one that is looked for. The cost of the pass does not depend on how many there are.
 */
import { createHmac } from 'node:crypto'
import { ANCHOR_LENGTH, leavingWeight } from '@daypass/contract/anchor.ts'
import type { FingerprintReport } from '@daypass/contract/job-protocol.ts'
import { mergedSpans, type Span } from '@daypass/contract/span.ts'

/** Where credentials stand: disjoint, in order. */
export type Matcher = (text: string) => readonly Span[]

export const NO_CREDENTIALS: Matcher = () => []

const FILTER_BITS = 1 << 16
/**
 * A text that repeats the beginning of a credential costs a MAC for each: after so many that were none, the rest of the
 * places with that beginning count as found. Only whoever has the credential can write such a text.
 */
const MOST_MISSES = 2_000

export function matcherOf(reports: readonly FingerprintReport[]): Matcher {
  if (reports.length === 0) return NO_CREDENTIALS
  const matchers = reports.map(matcherOfReport)
  return (text) => mergedSpans(matchers.flatMap((match) => match(text)))
}

function matcherOfReport({ multiplier, key, fingerprints }: FingerprintReport): (text: string) => Span[] {
  const filter = new Uint8Array(FILTER_BITS)
  const byAnchor = new Map<number, { readonly length: number; readonly mac: string }[]>()
  for (const { anchor, length, mac } of fingerprints) {
    filter[anchor & (FILTER_BITS - 1)] = 1
    byAnchor.set(anchor, [...(byAnchor.get(anchor) ?? []), { length, mac }])
  }
  const macKey = Buffer.from(key, 'hex')
  const leaving = leavingWeight(multiplier)

  return (text) => {
    const found: Span[] = []
    let misses = 0
    let hash = 0
    for (let index = 0; index < text.length; index += 1) {
      hash = (Math.imul(hash, multiplier) + text.charCodeAt(index)) | 0
      if (index >= ANCHOR_LENGTH)
        hash = (hash - Math.imul(leaving, text.charCodeAt(index - ANCHOR_LENGTH))) | 0
      if (index < ANCHOR_LENGTH - 1 || filter[hash & (FILTER_BITS - 1)] === 0) continue
      const candidates = byAnchor.get(hash >>> 0)
      if (!candidates) continue
      const start = index - ANCHOR_LENGTH + 1
      const length = misses > MOST_MISSES ? ANCHOR_LENGTH : longestMatch(text, start, candidates)
      if (length === 0) misses += 1
      else found.push({ start, end: start + length })
    }
    return found
  }

  function longestMatch(
    text: string,
    start: number,
    candidates: readonly { readonly length: number; readonly mac: string }[],
  ): number {
    let longest = 0
    for (const { length, mac } of candidates) {
      if (length <= longest || start + length > text.length) continue
      const is = createHmac('sha256', macKey)
        .update(text.slice(start, start + length))
        .digest('hex')
      if (is === mac) longest = length
    }
    return longest
  }
}
