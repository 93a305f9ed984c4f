import { afterEach, expect, test } from 'vitest'
import { type ClaimPolls, claimPolls, type Poll } from './claim-polls.ts'

interface Asking {
  readonly claimMs?: number
  readonly fails?: true
}

/** A queue in memory, with a claim that takes a moment. */
function makeQueue(sweepSeconds = 60) {
  const items: string[] = []
  const given: string[] = []
  const stats = { claims: 0, inFlight: 0, mostInFlight: 0, mostAtOnce: 0 }
  polls = claimPolls<Asking, string>({
    async claim(_, askers) {
      stats.claims += 1
      stats.inFlight += 1
      stats.mostInFlight = Math.max(stats.mostInFlight, stats.inFlight)
      stats.mostAtOnce = Math.max(stats.mostAtOnce, askers.length)
      await new Promise((resolve) => setTimeout(resolve, askers[0]?.claimMs ?? 1))
      stats.inFlight -= 1
      if (askers.some(({ fails }) => fails)) throw new Error('no database')
      return askers.map(() => items.shift())
    },
    giveBack: async (item) => void given.push(item),
    sweepSeconds,
    onGiveBackError: (error) => expect.unreachable(String(error)),
  })
  const poll = (
    options: Asking & { readonly waitMs?: number; readonly gone?: AbortSignal } = {},
  ): Poll<Asking> => ({
    asker: options,
    waitMs: options.waitMs ?? 5_000,
    gone: options.gone ?? new AbortController().signal,
  })
  return { items, given, stats, poll }
}

let polls: ClaimPolls<Asking, string>
afterEach(() => polls.close())
const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

test('work that is there is handed out at once', async () => {
  const queue = makeQueue()
  queue.items.push('a')
  expect(await polls.wait('p', queue.poll())).toBe('a')
})

test('a wake serves one runner for one item, the longest waiting first, with two queries', async () => {
  const queue = makeQueue()
  const order: number[] = []
  const waits = Array.from({ length: 50 }, (_, n) =>
    polls.wait('p', queue.poll({ waitMs: 300 })).then((item) => {
      if (item !== undefined) order.push(n)
      return item
    }),
  )
  await moment()
  expect(queue.stats.mostInFlight).toBe(1)
  const before = queue.stats.claims
  queue.items.push('a')
  polls.wake('p')
  await moment()
  expect(order).toEqual([0])
  expect(queue.stats.claims - before).toBeLessThanOrEqual(2)
  queue.items.push('b', 'c')
  polls.wake('p')
  await moment()
  expect(order).toEqual([0, 1, 2])
  expect((await Promise.all(waits)).filter((item) => item !== undefined)).toEqual(['a', 'b', 'c'])
})

test('the more there is, the more are served at once, each with its own, in the order in which they came', async () => {
  const queue = makeQueue()
  queue.items.push(...Array.from({ length: 40 }, (_, n) => `item ${n}`))
  const waits = Array.from({ length: 40 }, () => polls.wait('p', queue.poll()))
  expect(await Promise.all(waits)).toEqual(Array.from({ length: 40 }, (_, n) => `item ${n}`))
  expect(queue.stats.mostInFlight).toBe(1)
  expect(queue.stats.mostAtOnce).toBeGreaterThan(10)
  expect(queue.stats.claims).toBeLessThan(8)
})

test('who gets nothing beside others who do goes on waiting, and one who has gone gives back', async () => {
  const queue = makeQueue()
  queue.items.push('first', 'a', 'b')
  const leaving = new AbortController()
  const waits = [
    polls.wait('p', queue.poll()),
    polls.wait('p', queue.poll({ claimMs: 500 })),
    polls.wait('p', queue.poll({ gone: leaving.signal })),
    polls.wait('p', queue.poll()),
  ]
  expect(await waits[0]).toBe('first')
  await expect.poll(() => queue.stats.claims).toBe(2)
  leaving.abort()
  expect(await waits[1]).toBe('a')
  expect(await waits[2]).toBeUndefined()
  await moment()
  expect(queue.given).toEqual(['b'])
  expect(queue.stats.mostAtOnce).toBe(3)
  queue.items.push('c')
  polls.wake('p')
  expect(await waits[3]).toBe('c')
})

test('a wake during a claim that finds nothing is not lost', async () => {
  const queue = makeQueue()
  const wait = polls.wait('p', queue.poll({ claimMs: 30 }))
  await new Promise((resolve) => setTimeout(resolve, 5))
  queue.items.length = 0
  const slow = setTimeout(() => {
    queue.items.push('late')
    polls.wake('p')
  }, 40)
  expect(await wait).toBe('late')
  clearTimeout(slow)
})

test('a pool is not served by another pool’s wake', async () => {
  const queue = makeQueue()
  const wait = polls.wait('p', queue.poll({ waitMs: 60 }))
  await moment()
  queue.items.push('a')
  polls.wake('q')
  expect(await wait).toBeUndefined()
  expect(queue.items).toEqual(['a'])
})

test('a lost notification is made up for by the sweep', async () => {
  const queue = makeQueue(0.05)
  const wait = polls.wait('p', queue.poll())
  await moment()
  queue.items.push('a')
  expect(await wait).toBe('a')
})

test('the wait is bounded, and even a runner that will not wait gets one try', async () => {
  const queue = makeQueue()
  expect(await polls.wait('p', queue.poll({ waitMs: 0 }))).toBeUndefined()
  expect(queue.stats.claims).toBe(1)
  queue.items.push('a')
  expect(await polls.wait('p', queue.poll({ waitMs: 0, claimMs: 30 }))).toBe('a')
  expect(polls.waiting('p')).toBe(0)
})

test('a runner that has gone is not waited for, and what was claimed for it goes back', async () => {
  const queue = makeQueue()
  const parked = new AbortController()
  const first = polls.wait('p', queue.poll({ gone: parked.signal }))
  await moment()
  parked.abort()
  expect(await first).toBeUndefined()
  expect(polls.waiting('p')).toBe(0)

  const inClaim = new AbortController()
  queue.items.push('a')
  const second = polls.wait('p', queue.poll({ gone: inClaim.signal, claimMs: 20 }))
  inClaim.abort()
  expect(await second).toBeUndefined()
  await moment()
  await moment()
  expect(queue.given).toEqual(['a'])
  const before = new AbortController()
  before.abort()
  expect(await polls.wait('p', queue.poll({ gone: before.signal }))).toBeUndefined()
})

test('an outage ends the poll that met it, not the others', async () => {
  const queue = makeQueue()
  const first = polls.wait('p', queue.poll({ fails: true }))
  const second = polls.wait('p', queue.poll())
  await expect(first).rejects.toThrow('no database')
  queue.items.push('a')
  polls.wakeAll()
  expect(await second).toBe('a')
})

test('closing answers all, and whoever comes later', async () => {
  const queue = makeQueue()
  const waits = [polls.wait('p', queue.poll()), polls.wait('q', queue.poll())]
  await moment()
  polls.close()
  expect(await Promise.all(waits)).toEqual([undefined, undefined])
  expect(await polls.wait('p', queue.poll())).toBeUndefined()
})
