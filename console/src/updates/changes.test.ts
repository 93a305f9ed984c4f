import { describe, expect, it } from 'vitest'
import { changesOf } from './changes.ts'

const said = (counts: Record<string, number> | undefined) =>
  changesOf(counts).map(({ sign, count, says }) => `${sign}${count} ${says}`)

describe('Counts of changes', () => {
  it('stand in the usual order, without what stayed', () =>
    expect(said({ delete: 2, same: 7, create: 3, update: 1 })).toEqual([
      '+3 created',
      '~1 updated',
      '-2 deleted',
    ]))
  it('tell a replacement once', () =>
    expect(said({ replace: 1, 'create-replacement': 1, 'delete-replaced': 1 })).toEqual(['+-1 replaced']))
  it('keep a word that is new to us', () => expect(said({ constructor: 1 })).toEqual(['?1 constructor']))
  it('are none when nothing changed', () => expect([said({ same: 4 }), said(undefined)]).toEqual([[], []]))
})
