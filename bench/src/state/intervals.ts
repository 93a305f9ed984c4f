/** Times in milliseconds, of any clock that only goes forward. */
export interface Interval {
  readonly start: number
  readonly end: number
}

/** How long at least one of them lasted: what overlaps counts once. */
export function unionMilliseconds(intervals: readonly Interval[]): number {
  let sum = 0
  let covered = Number.NEGATIVE_INFINITY
  for (const { start, end } of intervals.toSorted((one, other) => one.start - other.start)) {
    sum += Math.max(0, end - Math.max(start, covered))
    covered = Math.max(covered, end)
  }
  return sum
}
