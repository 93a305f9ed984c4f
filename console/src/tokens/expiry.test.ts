import { describe, expect, it } from 'vitest'
import { expiresAt, expiryChoices, usualExpiry } from './expiry.ts'

const values = (maxDays: number): string[] => expiryChoices(maxDays).map(({ value }) => value)

describe('The end of a new token', () => {
  it('may be never where the organization sets no limit', () =>
    expect(values(0)).toEqual(['7', '30', '90', '180', '365', '730', '0']))
  it('is at most the limit, which can be chosen itself', () => expect(values(45)).toEqual(['7', '30', '45']))
  it('is the limit alone where that is shorter than all', () => expect(values(1)).toEqual(['1']))
  it.each([
    [0, '90'],
    [30, '30'],
    [365, '90'],
  ])('with a limit of %i days is %s days unless somebody chooses', (limit, days) =>
    expect(usualExpiry(limit)).toBe(days),
  )
  it('is 0 for never', () => expect(expiresAt('0', new Date())).toBe(0))
  it('lies within the limit although clocks differ', () =>
    expect(expiresAt('7', new Date('2026-01-01T00:00:00Z'))).toBe(Date.parse('2026-01-07T23:55:00Z') / 1000))
})
