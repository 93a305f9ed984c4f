import { expect, test } from 'vitest'
import { parseDurationSeconds, parseExpiry } from './duration.ts'

test.each([
  ['1s', 1],
  ['90s', 90],
  ['30m', 1800],
  ['24h', 86_400],
  ['2d', 172_800],
])('%s is %i seconds', (text, seconds) => {
  expect(parseDurationSeconds(text)).toBe(seconds)
})

test.each(['', '0s', '-1s', '1.5h', '30', '30 m', '2w', '1h30m', '1000000s'])(
  '"%s" is no length of time',
  (text) => {
    expect(() => parseDurationSeconds(text)).toThrow(/length of time/)
  },
)

const NOW = new Date('2026-11-29T08:00:00.900Z')

test.each([
  ['90d', '2027-02-27T08:00:00Z'],
  ['1h', '2026-11-29T09:00:00Z'],
  ['2027-01-31', '2027-01-31T00:00:00Z'],
  ['2027-01-31T12:00:00+02:00', '2027-01-31T10:00:00Z'],
])('%s is %s', (text, at) => {
  expect(parseExpiry(text, NOW)).toBe(Date.parse(at) / 1000)
})

test.each(['2026-11-29', '2027-02-30T25:00:00Z', 'tomorrow', '2027-01-31T12:00:00', '0d'])(
  '%s is no time to come',
  (text) => {
    expect(parseExpiry(text, NOW)).toBeUndefined()
  },
)
