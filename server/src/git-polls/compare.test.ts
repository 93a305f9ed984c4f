import { expect, test } from 'vitest'
import { differenceOf, type Look, readRefs } from './compare.ts'
import { MOST_EVENTS } from './poll.ts'

const A = 'a'.repeat(40)
const B = 'b'.repeat(40)
const WATCHED = new Set(['main'])

function look(refs: Readonly<Record<string, string>>, all = true): Look {
  return { refs: readRefs(Object.entries(refs).map(([ref, commit]) => ({ ref, commit }))), all }
}

test('of the first look nothing follows', () => {
  const first = differenceOf(undefined, look({ 'refs/heads/main': A, 'refs/tags/v1': A }), WATCHED)
  expect(first.events).toEqual([])
  expect(first.quiet).toHaveLength(2)
})

test('what moved, came and went is told, watched branches and then tags first', () => {
  const before = look({ 'refs/heads/old': A, 'refs/heads/main': A, 'refs/heads/same': A })
  const now = look({ 'refs/heads/x': B, 'refs/tags/v1': B, 'refs/heads/main': B, 'refs/heads/same': A })
  const { events, quiet } = differenceOf(before, now, WATCHED)
  expect(events).toEqual([
    { ref: 'refs/heads/main', before: A, after: B },
    { ref: 'refs/tags/v1', before: undefined, after: B },
    { ref: 'refs/heads/x', before: undefined, after: B },
    { ref: 'refs/heads/old', before: A, after: undefined },
  ])
  expect(quiet).toEqual([])
})

test('a ref is gone only if all refs were told, and new only if all were known', () => {
  const cut = differenceOf(
    look({ 'refs/heads/main': A, 'refs/tags/v1': A }),
    look({ 'refs/heads/main': A }, false),
    WATCHED,
  )
  expect(cut.events).toEqual([])
  const old = differenceOf(
    look({ 'refs/heads/main': A }, false),
    look({ 'refs/heads/main': B, 'refs/tags/v0': A }),
    WATCHED,
  )
  expect(old.events).toEqual([{ ref: 'refs/heads/main', before: A, after: B }])
  expect(old.quiet).toEqual([{ ref: 'refs/tags/v0', before: undefined, after: A }])
})

test('a flood of branches fills one look and leaves the rest for the next, and main is not lost in it', () => {
  const flood = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`refs/heads/f${at}`, B]))
  const { events, quiet, more } = differenceOf(
    look({ 'refs/heads/main': A }),
    look({ ...flood, 'refs/heads/main': B }),
    WATCHED,
  )
  expect(events).toHaveLength(MOST_EVENTS)
  expect(events[0]?.ref).toBe('refs/heads/main')
  expect(quiet).toEqual([])
  expect(more).toBe(true)
})

test('names that this server gives to no git are no refs', () => {
  const names = ['refs/heads/-x', 'refs/heads/a..b', 'refs/pull/1/head', 'refs/heads/\ud800', 'refs/heads/ok']
  expect([...readRefs(names.map((ref) => ({ ref, commit: A }))).keys()]).toEqual(['refs/heads/ok'])
  expect(readRefs([{ ref: 'refs/heads/none', commit: '0'.repeat(40) }]).size).toBe(0)
})
