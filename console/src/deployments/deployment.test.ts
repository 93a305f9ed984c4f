import { describe, expect, it } from 'vitest'
import { isOver, momentOf } from './deployment.ts'

describe('A moment of the API', () => {
  it('without a zone is UTC', () =>
    expect(momentOf('2026-11-30 03:00:00.120').toISOString()).toBe('2026-11-30T03:00:00.120Z'))
  it('with a zone is that', () =>
    expect(momentOf('2026-11-30T03:00:00+01:00').toISOString()).toBe('2026-11-30T02:00:00.000Z'))
})

it.each([
  ['not-started', false],
  ['accepted', false],
  ['running', false],
  ['succeeded', true],
  ['failed', true],
  ['skipped', true],
] as const)('a deployment that is %s is over: %s', (status, over) => expect(isOver(status)).toBe(over))
