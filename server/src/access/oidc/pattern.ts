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
  if (letters.length > LONGEST_VALUE) return reading === 'deny'
  // For each length of the value's beginning: whether the pattern so far can stand for it.
  let reached: boolean[] = letters.map(() => false)
  reached.unshift(true)
  for (const token of pattern) {
    const before = reached
    const isAny = token === '?' || (token === '.' && reading === 'deny')
    let isAfterStar = false
    reached = before.map((canEnd, at) => {
      if (token === '*') {
        isAfterStar ||= canEnd
        return isAfterStar
      }
      const takesOne = at > 0 && before[at - 1] === true && (isAny || letters[at - 1] === token)
      return takesOne || (token === '?' && canEnd)
    })
  }
  return reached[letters.length] === true
}

/** Says nothing about what it is held against. */
export function isOnlyWildcards(pattern: string): boolean {
  return /^[*?]*$/.test(pattern)
}
