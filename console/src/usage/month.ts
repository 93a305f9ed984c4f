/** Months as `2026-11` and amounts of runners' work, as people read both. UTC, as the server counts. */

export interface UsageSearch {
  /** Absent: the current one. */
  readonly month?: string
}

const MONTH = /^20\d\d-(?:0[1-9]|1[0-2])$/

export function readUsageSearch({ month }: Record<string, unknown>): UsageSearch {
  return typeof month === 'string' && MONTH.test(month) ? { month } : {}
}

export function monthOf(at: Date): string {
  return at.toISOString().slice(0, 7)
}

export function monthBeside(month: string, by: -1 | 1): string {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return monthOf(new Date(Date.UTC(year, number - 1 + by)))
}

/** "November 2026" */
export function monthWords(month: string): string {
  const at = new Date(`${month}-01T00:00:00Z`)
  return new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(at)
}

/** "30 Nov" */
export function dayWords(seconds: number): string {
  const at = new Date(seconds * 1000)
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(at)
}

/** Minutes, rounded up as they are counted. */
export function minutesOf(seconds: number): number {
  return Math.ceil(seconds / 60)
}

/** A round number that is at least this large, for the top of a chart. */
export function roundTop(largest: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(largest, 1)))
  return [1, 2, 5, 10].map((factor) => factor * unit).find((top) => top >= largest) ?? largest
}

/** "1 minute", "2,000 minutes" */
export function counted(count: number, unit: string): string {
  return `${count.toLocaleString('en')} ${unit}${count === 1 ? '' : 's'}`
}
