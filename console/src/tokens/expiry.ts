/** How long a new token may live. */
const DAYS = [7, 30, 90, 180, 365, 730] as const
const USUAL_DAYS = 90
/** Clocks differ; the server refuses a token that lives longer than is allowed by a second. */
const MARGIN_SECONDS = 300

export interface ExpiryChoice {
  /** In days; '0' is never. */
  readonly value: string
  readonly label: string
}

/** @param maxDays The most that the organization allows; 0: it does not say, and a token may live forever. */
export function expiryChoices(maxDays: number): ExpiryChoice[] {
  const allowed: number[] = DAYS.filter((days) => maxDays === 0 || days <= maxDays)
  if (maxDays > 0 && !allowed.includes(maxDays)) allowed.push(maxDays)
  const choices = allowed.map((days) => ({ value: String(days), label: words(days) }))
  return maxDays === 0 ? [...choices, { value: '0', label: 'Never' }] : choices
}

/** What is chosen when nobody has chosen. */
export function usualExpiry(maxDays: number): string {
  return String(maxDays === 0 ? USUAL_DAYS : Math.min(USUAL_DAYS, maxDays))
}

/** Seconds since 1970, as the server wants it. */
export function expiresAt(choice: string, now: Date): number {
  const days = Number(choice)
  return days === 0 ? 0 : Math.floor(now.getTime() / 1000) + days * 86_400 - MARGIN_SECONDS
}

function words(days: number): string {
  if (days % 365 === 0) return days === 365 ? 'In 1 year' : `In ${days / 365} years`
  return days === 1 ? 'In 1 day' : `In ${days} days`
}
