import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gather, MOST_AT_ONCE } from './gather.ts'

/** Statements that are over when the test says so; each answers an item with itself in capitals. */
function heldStatements() {
  const calls: { items: readonly string[]; succeed: () => void; fail: (error: Error) => void }[] = []
  const serve = (items: readonly string[]) =>
    new Promise<string[]>((resolve, fail) => {
      calls.push({ items, succeed: () => resolve(items.map((item) => item.toUpperCase())), fail })
    })
  return { call: gather(serve), calls }
}
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

test('a lone call goes out at once', async () => {
  const { call, calls } = heldStatements()
  const answer = call('a')
  await turn()
  expect(calls.map(({ items }) => items)).toEqual([['a']])
  calls[0]?.succeed()
  expect(await answer).toBe('A')
})

test('calls that come during a statement go together in the next one', async () => {
  const { call, calls } = heldStatements()
  const first = call('a')
  await turn()
  const later = Promise.all([call('b'), call('c'), call('d')])
  await turn()
  expect(calls).toHaveLength(1)
  calls[0]?.succeed()
  expect(await first).toBe('A')
  await turn()
  expect(calls.map(({ items }) => items)).toEqual([['a'], ['b', 'c', 'd']])
  calls[1]?.succeed()
  expect(await later).toEqual(['B', 'C', 'D'])
})

test('a failure is told to all the callers of its statement and to no other', async () => {
  const { call, calls } = heldStatements()
  const first = Promise.allSettled([call('a'), call('b')])
  await turn()
  const second = call('c')
  calls[0]?.fail(new Error('outage'))
  expect((await first).map((outcome) => outcome.status)).toEqual(['rejected', 'rejected'])
  await turn()
  calls[1]?.succeed()
  expect(await second).toBe('C')
})

test('a failure at once is told too, and the next call goes out', async () => {
  let broken = true
  const call = gather(async (items: readonly string[]) => {
    if (broken) throw new Error('no pool')
    return items
  })
  await expect(call('a')).rejects.toThrow('no pool')
  broken = false
  expect(await call('b')).toBe('b')
})

test('a statement that forgets one of its callers answers none of them', async () => {
  const call = gather(async (items: readonly string[]) => items.slice(1))
  const outcomes = await Promise.allSettled([call('a'), call('b')])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})

test('everyone gets an own answer, whenever the calls come and however many there are', async () => {
  const sizes: number[] = []
  const call = gather(async (items: readonly number[]) => {
    sizes.push(items.length)
    await turn()
    return items.map((item) => item * 2)
  })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 4 }), async (groups) => {
      const answers: Promise<void>[] = []
      for (const size of groups) {
        for (let item = 0; item < size; item += 1) {
          answers.push(call(item).then((answer) => expect(answer).toBe(item * 2)))
        }
        await new Promise((resolve) => setImmediate(resolve))
      }
      await Promise.all(answers)
    }),
    { numRuns: 30 },
  )
  expect(Math.max(...sizes)).toBeLessThanOrEqual(MOST_AT_ONCE)
})
