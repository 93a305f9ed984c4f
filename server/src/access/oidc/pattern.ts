/**
 * Patterns of rules, in Pulumi's grammar: `*` stands for any text, `?` for one character or none, and everything else for
 * itself, by case. No regular expression, so that no pattern can take long.
 *
 * Pulumi also lets `.` stand for any one character. Who writes `example.com` means the dot, so here it is one where it lets
 * somebody in; where it keeps somebody out it may stand for any, as there: neither reading lets in more than was meant.
 */
export type PatternReading = 'allow' | 'deny'

/** What is longer fits nothing that allows, and everything that denies. */
const LONGEST_VALUE = 2_000

export function matchesPattern(pattern: string, value: string, reading: PatternReading): boolean {
  const letters = [...value]
  const { length } = letters
  if (length > LONGEST_VALUE) return reading === 'deny'
  // For each length of the value's beginning: 1 where the pattern so far can stand for it.
  let reached = new Uint8Array(length + 1)
  let next = new Uint8Array(length + 1)
  reached[0] = 1
  for (const token of pattern) {
    const isAny = token === '?' || (token === '.' && reading === 'deny')
    let isAfterStar = 0
    for (let at = 0; at <= length; at += 1) {
      const canEnd = reached[at] ?? 0
      isAfterStar |= canEnd
      const takesOne = at > 0 && (isAny || letters[at - 1] === token) ? (reached[at - 1] ?? 0) : 0
      next[at] = token === '*' ? isAfterStar : takesOne | (token === '?' ? canEnd : 0)
    }
    ;[reached, next] = [next, reached]
  }
  return reached[length] === 1
}

/** Says nothing about what it is held against. */
export function isOnlyWildcards(pattern: string): boolean {
  return /^[*?]*$/.test(pattern)
}
