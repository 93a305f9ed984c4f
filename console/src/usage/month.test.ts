import { describe, expect, it } from 'vitest'
import {
  counted,
  dayWords,
  minutesOf,
  monthBeside,
  monthOf,
  monthWords,
  readUsageSearch,
  roundTop,
} from './month.ts'

describe('A month', () => {
  it('has others beside it, over the year too', () => {
    expect(monthBeside('2026-01', -1)).toBe('2025-12')
    expect(monthBeside('2026-12', 1)).toBe('2027-01')
    expect(monthOf(new Date('2026-11-30T23:59:59Z'))).toBe('2026-11')
    expect(monthWords('2026-11')).toBe('November 2026')
  })
  it('of an address is a month or none', () => {
    expect(readUsageSearch({ month: '2026-13' })).toEqual({})
    expect(readUsageSearch({ month: '2026-11' })).toEqual({ month: '2026-11' })
  })
})

describe('Amounts', () => {
  it('are rounded up to minutes', () => expect([0, 1, 60, 61].map(minutesOf)).toEqual([0, 1, 1, 2]))
  it('have a round top', () => expect([0, 1, 3, 7, 12, 480].map(roundTop)).toEqual([1, 1, 5, 10, 20, 500]))
  it('are counted', () =>
    expect([1, 2000].map((n) => counted(n, 'minute'))).toEqual(['1 minute', '2,000 minutes']))
  it('are of days', () => expect(dayWords(Date.UTC(2026, 10, 30) / 1000)).toBe('30 Nov'))
})
