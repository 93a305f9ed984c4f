/**
 * Cron expressions of five fields in a time zone.
 *
 * Where a clock is put forward, a fixed time that does not exist runs at the first moment after the gap; where it is put
 * back, a fixed time that exists twice runs at the first of the two. An interval (`*` or a step in the minutes or hours)
 * goes on by the time that passes, through both.
 */
import { Cron } from 'croner'

const NAMES = 'JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT'
const VALUE = `(?:\\d{1,2}|${NAMES})`
const PART = `(?:\\*|${VALUE}(?:-${VALUE})?)(?:/\\d{1,2})?`
const FIELD = `${PART}(?:,${PART})*`
const EXPRESSION = new RegExp(
  `^(?:${FIELD}(?: ${FIELD}){4}|@(?:yearly|annually|monthly|weekly|daily|midnight|hourly))$`,
  'i',
)
const LONGEST = 200

/** With single blanks; undefined for what is no expression. */
export function normalCron(text: string): string | undefined {
  const normal = text.trim().replace(/\s+/g, ' ')
  return normal.length <= LONGEST && EXPRESSION.test(normal) ? normal : undefined
}

/** What is wrong with an expression, as a sentence; undefined when it is fine. */
export function cronProblem(cron: string, timeZone: string, now: Date): string | undefined {
  try {
    if (nextTime(cron, timeZone, now)) return undefined
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^\w+: /, '') : String(error)
    return `scheduleCron ${JSON.stringify(cron)} is not valid: ${why}`
  }
  return `scheduleCron ${JSON.stringify(cron)} never comes: there is no such day in any year.`
}

export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/.test(name) || name.length > 100) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** The first time after `after`. Undefined: never. @throws for an expression out of range. */
export function nextTime(cron: string, timeZone: string, after: Date): Date | undefined {
  return parsed(cron, timeZone).nextRun(after) ?? undefined
}

/** The last `most` times of those in the interval, both ends included, the oldest first. */
export function timesWithin(
  cron: string,
  timeZone: string,
  { from, to }: { readonly from: Date; readonly to: Date },
  most: number,
): { readonly times: Date[]; readonly hasMore: boolean } {
  const before = new Date(Math.floor(to.getTime() / 1000) * 1000 + 1000)
  const newest = parsed(cron, timeZone).previousRuns(most + 1, before)
  const times = newest.filter((time) => time >= from).reverse()
  const hasMore = times.length > most
  return { times: hasMore ? times.slice(1) : times, hasMore }
}

function parsed(cron: string, timeZone: string): Cron {
  return new Cron(cron, { mode: '5-part', fixedTimeRule: 'no-wildcard', timezone: timeZone, paused: true })
}
