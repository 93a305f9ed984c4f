/** How long a new access token may live. */
import type { Refusal } from '@daypass/contract/errors.ts'

const DAY_MS = 86_400_000
/** Two years of 365 days. */
const MOST_DAYS = 730

/**
 * @param expires Unix seconds; 0, null or absent: never.
 * @param maxDays What an organization allows; 0: it says nothing.
 */
export function expiryOf(
  expires: number | null | undefined,
  maxDays: number,
  now: Date,
): { readonly expiresAt: Date | null } | Refusal {
  if (!expires) return maxDays === 0 ? { expiresAt: null } : tooLate(maxDays)
  const expiresAt = new Date(expires * 1000)
  if (expiresAt <= now) {
    return badExpiry('lies in the past; it counts seconds since 1970, and 0 means never.')
  }
  if (expiresAt.getTime() > latest(MOST_DAYS, now))
    return badExpiry('may lie two years ahead at most; 0 means never.')
  if (maxDays > 0 && expiresAt.getTime() > latest(maxDays, now)) return tooLate(maxDays)
  return { expiresAt }
}

/** The sooner of a wish and what an organization allows. */
export function shortened(expiresAt: Date | null, maxDays: number, now: Date): Date | null {
  if (maxDays === 0) return expiresAt
  const end = latest(maxDays, now)
  return expiresAt !== null && expiresAt.getTime() < end ? expiresAt : new Date(end)
}

function latest(days: number, now: Date): number {
  return now.getTime() + days * DAY_MS
}

function tooLate(maxDays: number): Refusal {
  return {
    status: 400,
    reason: 'expiry_too_late',
    message: `The organization wants tokens to end within ${maxDays} days: let "expires" say when, in seconds since 1970.`,
  }
}

function badExpiry(sentence: string): Refusal {
  return { status: 400, reason: 'invalid_request', message: `The field "expires" of the body ${sentence}` }
}
