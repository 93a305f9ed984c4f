import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cronProblem, isTimeZone, nextTime, normalCron, timesWithin } from './cron.ts'

const NOW = new Date('2026-01-01T00:00:00Z')

test.each([
  ['0 4 * * 1', '0 4 * * 1'],
  ['  */15\t0-6,22  1 JAN-mar/2 sun ', '*/15 0-6,22 1 JAN-mar/2 sun'],
  ['0 0 * * 7', '0 0 * * 7'],
  ['@daily', '@daily'],
  ['@reboot', undefined],
  ['* * * *', undefined],
  ['0 0 0 1 1 *', undefined],
  ['0 0 L * *', undefined],
  ['0 0 * * 5#2', undefined],
  ['? * * * *', undefined],
  ['', undefined],
  [`${'0,'.repeat(200)}0 0 * * *`, undefined],
])('%j is %j', (given, normal) => {
  expect(normalCron(given)).toBe(normal)
})

test('an expression out of range, or of a day that never comes, is refused with a sentence', () => {
  expect(cronProblem('0 0 29 2 *', 'UTC', NOW)).toBeUndefined()
  expect(cronProblem('0 0 31 2 *', 'UTC', NOW)).toMatch(/"0 0 31 2 \*" never comes/)
  expect(cronProblem('61 0 * * *', 'UTC', NOW)).toMatch(/not valid: .*minute/)
  expect(cronProblem('0 9-5 * * *', 'UTC', NOW)).toMatch(/not valid/)
})

test('a time zone is one that the platform knows by name', () => {
  for (const zone of ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Asia/Kolkata'])
    expect(isTimeZone(zone), zone).toBe(true)
  for (const zone of ['', 'Mars/Olympus', '+01:00', 'Europe/Berlin ', '../etc', 'Europe'])
    expect(isTimeZone(zone), zone).toBe(false)
})

test('the fields of day and weekday are joined by "or", as everywhere', () => {
  expect(nextTime('0 0 13 * 5', 'UTC', NOW)?.toISOString()).toBe('2026-01-02T00:00:00.000Z')
})

describe('where the clock changes', () => {
  const days = (cron: string, zone: string, from: string, count: number): string[] => {
    const times: string[] = []
    for (let at: Date | undefined = new Date(from); times.length < count; ) {
      at = nextTime(cron, zone, at)
      if (!at) break
      times.push(at.toISOString().slice(0, 16))
    }
    return times
  }

  test('a time that does not exist runs once, at the end of the gap', () => {
    expect(days('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ])
  })
  test('a time that exists twice runs once, the first time', () => {
    expect(days('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ])
    expect(days('0 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', 2)).toEqual([
      '2026-11-01T05:00',
      '2026-11-02T06:00',
    ])
  })
  test('an interval goes by the time that passes', () => {
    const times = days('*/30 * * * *', 'Europe/Berlin', '2026-10-24T23:45:00Z', 6)
    expect(times.map((time) => time.slice(11))).toEqual([
      '00:00',
      '00:30',
      '01:00',
      '01:30',
      '02:00',
      '02:30',
    ])
  })
})

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'America/Santiago',
]
const CRONS = [
  '0 0 * * *',
  '30 2 * * *',
  '15 1,2,3 * * *',
  '*/20 * * * *',
  '0 */5 * * *',
  '45 23 * * 6,0',
  '10 2 29 3 *',
]

test('looking back finds what looking forward finds, in every zone and over every change of a clock', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      fc.constantFrom(...CRONS),
      fc.integer({ min: 0, max: 3 * 365 * 24 * 60 }),
      fc.integer({ min: 0, max: 10 * 24 * 60 }),
      (zone, cron, startMinutes, minutes) => {
        const from = new Date(NOW.getTime() + startMinutes * 60_000)
        const to = new Date(from.getTime() + minutes * 60_000)
        const forward: Date[] = []
        for (
          let at = nextTime(cron, zone, new Date(from.getTime() - 1));
          at && at <= to;
          at = nextTime(cron, zone, at)
        )
          forward.push(at)
        const { times, hasMore } = timesWithin(cron, zone, { from, to }, 5)
        expect(times).toEqual(forward.slice(-5))
        expect(hasMore).toBe(forward.length > 5)
      },
    ),
    { numRuns: 300, seed: 7 },
  )
})

test('a fixed time of the day runs exactly once on each day of a zone', () => {
  const dayIn = (zone: string) => new Intl.DateTimeFormat('en-CA', { timeZone: zone })
  for (const zone of ZONES.slice(1)) {
    for (const cron of ['30 2 * * *', '0 0 * * *', '45 1 * * *', '0 3 * * *']) {
      const format = dayIn(zone)
      const days: string[] = []
      let at: Date | undefined = NOW
      for (let count = 0; count < 730 && at; count += 1) {
        at = nextTime(cron, zone, at)
        if (at) days.push(format.format(at))
      }
      expect(new Set(days).size, `${cron} in ${zone}`).toBe(730)
      const last = new Date(`${days.at(-1)}T00:00:00Z`).getTime()
      expect(last - new Date(`${days[0]}T00:00:00Z`).getTime()).toBe(729 * 86_400_000)
    }
  }
})
