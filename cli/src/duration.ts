/** Lengths of time as people write them: `90s`, `30m`, `2h`. */
import { InvalidArgumentError } from 'commander'

const SECONDS = { s: 1, m: 60, h: 3600 } as const

/** For an option: refuses what is no length of time. */
export function parseDurationSeconds(text: string): number {
  const [, count, unit] = /^([1-9][0-9]{0,5})(s|m|h)$/.exec(text) ?? []
  if (count === undefined) throw new InvalidArgumentError('It is a length of time such as 90s, 30m or 2h.')
  return Number(count) * SECONDS[unit as keyof typeof SECONDS]
}
