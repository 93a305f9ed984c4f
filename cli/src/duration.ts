/** Times as people write them: `90s`, `30m`, `2h`, `90d`, `2027-01-31`. */
import { InvalidArgumentError } from 'commander'

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** For an option: refuses what is no length of time. */
export function parseDurationSeconds(text: string): number {
  const seconds = secondsIn(text)
  if (seconds === undefined)
    throw new InvalidArgumentError('It is a length of time such as 90s, 30m, 2h or 1d.')
  return seconds
}

function secondsIn(text: string): number | undefined {
  const [, count, unit] = /^([1-9][0-9]{0,5})([smhd])$/.exec(text) ?? []
  return count === undefined ? undefined : Number(count) * SECONDS[unit as keyof typeof SECONDS]
}

/**
 * A length of time from now on, or a day or time in UTC.
 *
 * @returns seconds since 1970; undefined when it is neither, or over.
 */
export function parseExpiry(text: string, now: Date): number | undefined {
  const nowSeconds = Math.floor(now.getTime() / 1000)
  const length = secondsIn(text)
  if (length !== undefined) return nowSeconds + length
  if (!/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2}))?$/.test(text)) return undefined
  const at = Math.floor(Date.parse(text) / 1000)
  return at > nowSeconds ? at : undefined
}
