import { describe, expect, it } from 'vitest'
import { layout } from './layout.ts'

const edge = (from: string, to: string) => ({ from, to })

describe('A layout', () => {
  it('puts each to the right of all that it depends on', () => {
    const places = layout(['c', 'b', 'a'], [edge('c', 'b'), edge('b', 'a'), edge('c', 'a')])
    expect(['a', 'b', 'c'].map((node) => places.get(node)?.column)).toEqual([0, 1, 2])
  })
  it('gives each a place of its own, also in a ring and without ties', () => {
    const places = layout(
      ['a', 'b', 'c', 'd'],
      [edge('a', 'b'), edge('b', 'a'), edge('c', 'c'), edge('d', 'x')],
    )
    const taken = [...places.values()].map(({ column, row }) => `${column},${row}`)
    expect(new Set(taken).size).toBe(4)
  })
  it('keeps tied ones beside each other', () => {
    const places = layout(['a1', 'a2', 'b2', 'b1'], [edge('b1', 'a1'), edge('b2', 'a2')])
    expect(places.get('b1')?.row).toBe(places.get('a1')?.row)
  })
})
