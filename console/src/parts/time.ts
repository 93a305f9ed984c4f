/** Moments and spans as people say them. */

const UNITS = [
  { unit: 'year', seconds: 31_536_000 },
  { unit: 'month', seconds: 2_592_000 },
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3_600 },
  { unit: 'minute', seconds: 60 },
] as const

/** "5 minutes ago", "in 2 hours"; "just now" within a minute. */
export function timeAgo(at: Date, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1000
  const found = UNITS.find((one) => Math.abs(seconds) >= one.seconds)
  if (!found) return 'just now'
  return new Intl.RelativeTimeFormat('en').format(Math.trunc(seconds / found.seconds), found.unit)
}

/** "42s", "3m 07s", "1h 04m". */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  const padded = (count: number): string => String(count).padStart(2, '0')
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${padded(seconds % 60)}s`
  return `${Math.floor(seconds / 3600)}h ${padded(Math.floor((seconds % 3600) / 60))}m`
}
