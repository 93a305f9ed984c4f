import { expect, test } from 'vitest'
import { isoWeekOf, periodBounds } from './usage.ts'

const at = (text: string) => new Date(`${text}Z`)
const bounds = (...args: [Parameters<typeof periodBounds>[0], string, string]) =>
  periodBounds(args[0], at(args[1]), at(args[2])).map((one) => one.toISOString().slice(0, 13))

test('periods begin where their name says, and hold both ends', () => {
  expect(bounds('yearly', '2025-12-31T23:00', '2026-01-01T00:00')).toEqual([
    '2025-01-01T00',
    '2026-01-01T00',
    '2027-01-01T00',
  ])
  expect(bounds('monthly', '2026-01-31T10:00', '2026-03-01T00:00')).toEqual([
    '2026-01-01T00',
    '2026-02-01T00',
    '2026-03-01T00',
    '2026-04-01T00',
  ])
  expect(bounds('weekly', '2026-11-01T10:00', '2026-11-02T00:00')).toEqual([
    '2026-10-26T00',
    '2026-11-02T00',
    '2026-11-09T00',
  ])
  expect(bounds('daily', '2028-02-28T10:00', '2028-02-29T10:00')).toEqual([
    '2028-02-28T00',
    '2028-02-29T00',
    '2028-03-01T00',
  ])
  expect(bounds('hourly', '2026-11-01T10:59', '2026-11-01T10:59')).toEqual(['2026-11-01T10', '2026-11-01T11'])
})

test.each([
  ['2026-01-01', 2026, 1],
  ['2027-01-01', 2026, 53],
  ['2027-01-04', 2027, 1],
  ['2024-12-30', 2025, 1],
  ['2026-11-24', 2026, 48],
])('%s is in week %i-%i', (day, year, week) => {
  expect(isoWeekOf(at(`${day}T12:00`))).toEqual({ year, week })
})
