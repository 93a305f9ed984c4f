import { expect, test } from 'vitest'
import type { CommitId } from '../git-events/git-event.ts'
import { judge } from './place.ts'

const at = (head: string | null, ...former: string[]) => ({ head, moves: 1, former })
const move = (before: string | undefined, after: string | undefined, created = before === undefined) => ({
  before: before as CommitId | undefined,
  after: after as CommitId | undefined,
  created,
})
const here = (head: string | undefined) => ({ head })

test.each([
  ['one that follows on', at('b'), move('b', 'c'), undefined, 'next'],
  ['one that is told again', at('b'), move('a', 'b'), undefined, 'known'],
  [
    'one of which the host does not say what was before',
    at('b'),
    move(undefined, 'c', false),
    undefined,
    'next',
  ],
  ['a branch that is made anew', at(null, 'b'), move(undefined, 'c'), undefined, 'next'],
  ['a branch that is deleted', at('b'), move('b', undefined), undefined, 'next'],
  ['a branch that is deleted twice', at(null), move('b', undefined), undefined, 'known'],
  ['one that does not fit', at('b'), move('x', 'c'), undefined, 'ask'],
  ['a forced one, where the branch is now', at('b'), move('x', 'c'), here('c'), 'next'],
  ['an old one, where the branch is what is known', at('d', 'c'), move('a', 'b'), here('d'), 'overtaken'],
  [
    'one of the middle, where the branch is further on',
    at('d', 'b', 'c'),
    move('b', 'c'),
    here('z'),
    'overtaken',
  ],
  ['one that begins where the branch was', at('f', 'c', 'e'), move('c', 'd'), here('z'), 'overtaken'],
  ['one further on than what is known', at('b', 'a'), move('d', 'e'), here('z'), 'next'],
  ['an old one of a host that cannot be asked', at('d', 'c'), move('b', 'c'), here('unknown'), 'overtaken'],
  ['a strange one of a host that cannot be asked', at('d', 'c'), move('x', 'y'), here('unknown'), 'next'],
  ['one that leads back to where the branch is now', at('d', 'c'), move('x', 'c'), here('c'), 'next'],
  ['the end of a branch that is there again', at('d', 'c'), move('b', undefined), here('d'), 'overtaken'],
] as const)('%s: %#', (_what, known, push, actual, verdict) => {
  expect(judge(known, push, actual)).toBe(verdict)
})
