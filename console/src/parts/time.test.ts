import { describe, expect, it } from 'vitest'
import { duration, timeAgo } from './time.ts'

const now = new Date('2026-11-30T12:00:00Z')

describe('A moment', () => {
  it.each([
    ['2026-11-30T11:59:30Z', 'just now'],
    ['2026-11-30T11:55:00Z', '5 minutes ago'],
    ['2026-11-30T14:00:00Z', 'in 2 hours'],
    ['2026-11-27T12:00:00Z', '3 days ago'],
    ['2024-11-30T12:00:00Z', '2 years ago'],
  ])('%s is %s', (at, said) => expect(timeAgo(new Date(at), now)).toBe(said))
})

describe('A span', () => {
  it.each([
    [0, '0s'],
    [42_400, '42s'],
    [59_600, '1m 00s'],
    [187_000, '3m 07s'],
    [3_840_000, '1h 04m'],
    [-5, '0s'],
  ])('of %i ms is %s', (milliseconds, said) => expect(duration(milliseconds)).toBe(said))
})
