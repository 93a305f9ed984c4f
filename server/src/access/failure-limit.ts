/**
 * How often somebody may be wrong about who they are: counted by address and by the beginning of the token.
 *
 * Only failures are counted, and only failures are ever answered with "wait": whoever has a good token is not kept waiting
 * by others behind the same address. Memory is bounded: the oldest counts are forgotten first.
 */

export interface FailureLimit {
  /** Counts a failure. @returns How many seconds to wait, or undefined while it is within the limits. */
  failed(address: string, tokenStart: string, now: Date): number | undefined
}

export interface FailureLimits {
  readonly windowSeconds: number
  readonly perAddress: number
  readonly perToken: number
  /** Addresses and tokens together. */
  readonly mostRemembered: number
}

export const FAILURE_LIMITS: FailureLimits = {
  windowSeconds: 60,
  perAddress: 100,
  perToken: 20,
  mostRemembered: 20_000,
}

interface Count {
  count: number
  readonly until: number
}

export function failureLimit(limits: FailureLimits = FAILURE_LIMITS): FailureLimit {
  // Each count ends a fixed time after it began, so the order of insertion is the order of their ends.
  const counts = new Map<string, Count>()

  const countOf = (key: string, now: number): Count => {
    const known = counts.get(key)
    if (known !== undefined && known.until > now) return known
    counts.delete(key)
    const count = { count: 0, until: now + limits.windowSeconds * 1000 }
    counts.set(key, count)
    for (const oldest of counts.keys()) {
      if (counts.size <= limits.mostRemembered) break
      counts.delete(oldest)
    }
    return count
  }

  return {
    failed(address, tokenStart, now) {
      const time = now.getTime()
      const waits = [
        { key: `address ${address}`, most: limits.perAddress },
        { key: `token ${tokenStart}`, most: limits.perToken },
      ].map(({ key, most }) => {
        const count = countOf(key, time)
        count.count += 1
        return count.count > most ? Math.ceil((count.until - time) / 1000) : 0
      })
      return Math.max(...waits) || undefined
    },
  }
}
