import { describe, expect, it } from 'vitest'
import type { Resource } from './resources.ts'
import { rowsOf, treeOf } from './tree.ts'

const urnOf = (name: string) => `urn:pulumi:dev::shop::a:b:C::${name}`
const resource = (name: string, parent?: string, more: Partial<Resource> = {}): Resource => ({
  type: 'a:b:C',
  urn: urnOf(name),
  custom: true,
  delete: false,
  dependencies: [],
  ...(parent !== undefined && { parent: urnOf(parent) }),
  ...more,
})
const drawn = (resources: readonly Resource[], closed: readonly string[] = [], words = '') =>
  rowsOf(treeOf(resources), new Set(closed.map(urnOf)), words).map(
    ({ node, depth }) => '  '.repeat(depth) + node.resource.urn.split('::').at(-1),
  )

const stack = [resource('root'), resource('b', 'root'), resource('a', 'root'), resource('leaf', 'b')]

describe('A tree of resources', () => {
  it('has children below who holds them, by name', () =>
    expect(drawn(stack)).toEqual(['root', '  a', '  b', '    leaf']))
  it('hides what stands below a closed one', () =>
    expect(drawn(stack, ['b'])).toEqual(['root', '  a', '  b']))
  it('with words shows what has them, and the way there, also below a closed one', () =>
    expect(drawn(stack, ['root'], 'LEAF c')).toEqual(['root', '  b', '    leaf']))
  it('puts at its top who is held by none that is there', () =>
    expect(drawn([resource('x', 'gone')])).toEqual(['x']))
  it('loses nobody in a ring, nor beside one of the same name that goes', () => {
    expect(drawn([resource('x', 'y'), resource('y', 'x')]).toSorted()).toEqual(['x', 'y'])
    expect(drawn([resource('x'), resource('x', undefined, { delete: true }), resource('y', 'x')])).toEqual(
      expect.arrayContaining(['  y']),
    )
  })
  it('of thousands is quick', () => {
    const many = Array.from({ length: 20_000 }, (_, at) => resource(`n${at}`, at > 0 ? 'n0' : undefined))
    const startedAt = performance.now()
    expect(drawn(many)).toHaveLength(20_000)
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })
})
