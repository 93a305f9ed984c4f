import { describe, expect, it } from 'vitest'
import { between, differencesOf } from './diff.ts'
import type { Step } from './events.ts'

const step = (parts: Partial<Step>): Step => ({
  key: 'k',
  op: 'update',
  urn: 'u',
  type: 't',
  state: 'done',
  old: undefined,
  new: undefined,
  differing: [],
  ...parts,
})

describe('Two sets of properties', () => {
  it('differ where a value does, at any depth', () =>
    expect(between({ a: 1, b: { c: [1, 2] }, d: 'x' }, { a: 1, b: { c: [1, 3] }, e: 'y' })).toEqual([
      { path: 'b.c[1]', kind: 'changed', before: '2', after: '3' },
      { path: 'd', kind: 'removed', before: 'x', after: undefined },
      { path: 'e', kind: 'added', before: undefined, after: 'y' },
    ]))
  it('do not differ in what Pulumi remembers for itself', () =>
    expect(between({ __defaults: ['a'] }, { __defaults: [] })).toEqual([]))
})

describe('A step', () => {
  it('that creates adds all inputs', () =>
    expect(differencesOf(step({ op: 'create', new: { inputs: { size: 3 } } }))).toEqual([
      { path: 'size', kind: 'added', before: undefined, after: '3' },
    ]))
  it('that deletes removes all inputs', () =>
    expect(differencesOf(step({ op: 'delete', old: { inputs: { size: 3 } } }))).toEqual([
      { path: 'size', kind: 'removed', before: '3', after: undefined },
    ]))
  it('that changes a secret says so, without the secret', () => {
    const state = { inputs: { password: '[secret]' } }
    expect(differencesOf(step({ old: state, new: state, differing: ['password'] }))).toEqual([
      { path: 'password', kind: 'changed', before: '[secret]', after: '[secret]' },
    ])
  })
  it('that refreshes tells what became of the outputs', () =>
    expect(
      differencesOf(
        step({
          op: 'refresh',
          old: { inputs: { a: 1 }, outputs: { size: 3 } },
          new: { inputs: { a: 2 }, outputs: { size: 4 } },
        }),
      ),
    ).toEqual([{ path: 'size', kind: 'changed', before: '3', after: '4' }]))
})
