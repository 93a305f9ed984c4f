/**
 * Patterns of rules, in Pulumi's grammar: `*` stands for any text, `?` for one character or none, and everything else for
 * itself, by case. No regular expression, so that no pattern can take long.
 *
 * Pulumi also lets `.` stand for any one character. Who writes `example.com` means the dot, so here it is one where it lets
 * somebody in; where it keeps somebody out it may stand for any, as there: neither reading lets in more than was meant.
 */
export type PatternReading = 'allow' | 'deny'

export function matchesPattern(pattern: string, value: string, reading: PatternReading): boolean {
  const letters = [...value]
  // Which lengths of the value's beginning the pattern so far can stand for.
  let reached = new Set([0])
  for (const token of pattern) {
    const next = new Set<number>()
    if (token === '*') {
      for (let at = Math.min(...reached); at <= letters.length; at += 1) next.add(at)
    } else {
      for (const at of reached) {
        if (token === '?') next.add(at)
        const isAny = token === '?' || (token === '.' && reading === 'deny')
        if (at < letters.length && (isAny || letters[at] === token)) next.add(at + 1)
      }
    }
    if (next.size === 0) return false
    reached = next
  }
  return reached.has(letters.length)
}

/** Says nothing about what it is held against. */
export function isOnlyWildcards(pattern: string): boolean {
  return /^[*?]*$/.test(pattern)
}
