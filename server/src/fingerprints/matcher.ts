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

interface Candidate {
  readonly length: number
  readonly mac: string
}

export const NO_CREDENTIALS: Matcher = () => []

const FILTER_BITS = 1 << 16
/**
 * A text that repeats the beginning of a credential costs a MAC for each: after so many that were none, the rest of the
 * places with that beginning count as found, as long as the longest that begins so. Only whoever has the credential can write
 * such a text.
 */
const MOST_MISSES = 2_000

export function matcherOf(reports: readonly FingerprintReport[]): Matcher {
  if (reports.length === 0) return NO_CREDENTIALS
  const matchers = withOneKey(reports).map(matcherOfReport)
  if (matchers.length === 1 && matchers[0]) return matchers[0]
  return (text) => mergedSpans(matchers.flatMap((match) => match(text)))
}

function longestOf(candidates: readonly Candidate[]): number {
  return Math.max(...candidates.map(({ length }) => length))
}

/**
 * One report for each key: a pass over a text finds all that was made with the same one. A job has one key, however often its
 * credentials are renewed; runners of before made one for each report.
 */
export function withOneKey(reports: readonly FingerprintReport[]): readonly FingerprintReport[] {
  const byKey = Map.groupBy(reports, ({ multiplier, key }) => `${multiplier} ${key}`)
  return [...byKey.values()].flatMap(([first, ...more]) =>
    first ? [{ ...first, fingerprints: [first, ...more].flatMap(({ fingerprints }) => fingerprints) }] : [],
  )
}

function matcherOfReport({ multiplier, key, fingerprints }: FingerprintReport): Matcher {
  const filter = new Uint8Array(FILTER_BITS)
  const byAnchor = new Map<number, Candidate[]>()
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
      const length = misses > MOST_MISSES ? longestOf(candidates) : longestMatch(text, start, candidates)
      if (length === 0) misses += 1
      else found.push({ start, end: Math.min(text.length, start + length) })
    }
    return mergedSpans(found)
  }

  function longestMatch(text: string, start: number, candidates: readonly Candidate[]): number {
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
