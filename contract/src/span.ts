/** Places in a text that must not be shown, as runner and server find them. */

export interface Span {
  readonly start: number
  /** The first place behind it. */
  readonly end: number
}

/** Disjoint and in order: what several of them cover is covered once. */
export function mergedSpans(spans: readonly Span[]): readonly Span[] {
  const merged: { start: number; end: number }[] = []
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    if (last && span.start <= last.end) last.end = Math.max(last.end, span.end)
    else merged.push({ ...span })
  }
  return merged
}
