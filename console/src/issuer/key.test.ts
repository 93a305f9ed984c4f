import { describe, expect, it } from 'vitest'
import { inOrder, momentsOf, publicationWords, type SigningKey } from './key.ts'

const publishedAt = '2026-11-01T00:00:00Z'
const key: SigningKey = { kid: 'one', state: 'signing', publishedAt, signsFrom: publishedAt }

describe('The life of a key', () => {
  it('of the next one tells when it signs', () => {
    const moments = momentsOf({ ...key, state: 'next', signsFrom: '2026-12-01T00:00:00Z' })
    expect(moments.map(({ says }) => says)).toEqual(['Made', 'Signs'])
  })
  it('of a revoked one ends with that', () => {
    const gone = { ...key, state: 'retired', retiresAt: publishedAt, retiredAt: publishedAt } as const
    expect(momentsOf({ ...gone, retiredBecause: 'revoked' }).map(({ says }) => says)).toEqual([
      'Made',
      'Signed from',
      'Revoked',
    ])
  })
  it('is listed with the living first', () => {
    const keys = (['retired', 'retired', 'signing', 'next'] as const).map((state, index) => ({
      ...key,
      state,
      kid: String(index),
    }))
    expect(inOrder(keys).map(({ kid }) => kid)).toEqual(['2', '3', '1', '0'])
  })
})

it('A publication that fails says why', () => {
  const failure = { code: 'x', message: 'The bucket refused.' }
  expect(publicationWords({ target: 's3://keys', state: 'failing', failure })).toBe('The bucket refused.')
})
