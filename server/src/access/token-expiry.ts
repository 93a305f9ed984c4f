/** How long a token may live. */
import type { Refusal } from '@daypass/contract/errors.ts'

/** Of Pulumi's service. */
const LONGEST_DAYS = 2 * 365
const DAY_MS = 24 * 60 * 60 * 1000

/**
 * @param expires Seconds since 1970, as in a request; 0, null or absent: never.
 * @param maxDays The most that an organization allows; null: it does not say.
 */
export function readExpiry(
  expires: number | null | undefined,
  now: Date,
  maxDays: number | null,
): { readonly expiresAt: Date | null } | Refusal {
  const limitDays = maxDays ?? LONGEST_DAYS
  if (!expires) {
    if (maxDays === null) return { expiresAt: null }
    return refusal(`must be given: tokens of this organization end after at most ${maxDays} days`)
  }
  const expiresAt = new Date(expires * 1000)
  if (expiresAt <= now) return refusal('lies in the past; it counts seconds since 1970, and 0 means never')
  if (expiresAt.getTime() > now.getTime() + limitDays * DAY_MS)
    return refusal(`lies more than ${limitDays} days ahead, which is the most that is allowed here`)
  return { expiresAt }
}

/** The end of a token that nobody chose one for: none, unless an organization wants one. */
export function expiryUnasked(now: Date, maxDays: number | null): Date | null {
  return maxDays === null ? null : new Date(now.getTime() + maxDays * DAY_MS)
}

/** Null is never. */
export function sooner(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other
  return one < other ? one : other
}

function refusal(what: string): Refusal {
  return { status: 400, reason: 'invalid_request', message: `The field "expires" of the body ${what}.` }
}
