/** The queue's guarantees, with real concurrency. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createQueue, holderOf, type Queue } from '../../../test/harness/queue.ts'
import type { World } from '../../../test/harness/world.ts'
import { beatLease, startLease, takeBack } from './lease.ts'

let queue: Queue
let world: World
beforeAll(async () => {
  queue = await createQueue()
  world = queue.world
})
afterAll(() => queue.close())
beforeEach(() => queue.clear())

test('one at a time a stack, in the order of the requests', async () => {
  const stackId = await queue.addStack()
  for (let n = 0; n < 3; n += 1) await queue.request(stackId)
  expect(await queue.statuses(stackId)).toEqual(['ready', 'waiting', 'waiting'])
  const first = await queue.claim()
  expect(first).toMatchObject({
    version: 1,
    fencing: 1,
    organization: 'acme',
    project: 'web',
    operation: 'update',
  })
  expect(await queue.claim()).toBeUndefined()
  if (!first) return
  await startLease(world.database.db, holderOf(first))
  await queue.finish(first)
  expect(await queue.statuses(stackId)).toEqual(['succeeded', 'ready', 'waiting'])
  expect((await queue.claim())?.version).toBe(2)
  await queue.checkGuarantees()
})

test('20 claimers: each deployment once, a stack in order and never twice at a time', async () => {
  const stacks = await Promise.all(Array.from({ length: 8 }, () => queue.addStack()))
  await Promise.all(stacks.flatMap((stackId) => Array.from({ length: 10 }, () => queue.request(stackId))))
  const running = new Map<string, number>()
  const done = new Map<string, number[]>()
  const deadline = performance.now() + 15_000
  const claimer = async (): Promise<void> => {
    while (performance.now() < deadline) {
      const claimed = await queue.claim()
      if (!claimed) {
        if ([...done.values()].flat().length === 80) return
        await new Promise((resolve) => setTimeout(resolve, 2))
        continue
      }
      const now = (running.get(claimed.stackId) ?? 0) + 1
      running.set(claimed.stackId, now)
      expect(now, 'running on the stack').toBe(1)
      expect(await startLease(world.database.db, holderOf(claimed))).toEqual({ cancelRequested: false })
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 3))
      running.set(claimed.stackId, now - 1)
      done.set(claimed.stackId, [...(done.get(claimed.stackId) ?? []), claimed.version])
      await queue.finish(claimed)
    }
  }
  await Promise.all(Array.from({ length: 20 }, claimer))
  expect(done.size).toBe(8)
  for (const versions of done.values()) expect(versions).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  expect(await queue.running()).toBe(0)
  await queue.checkGuarantees()
})

test('requests of one stack at the same time get different numbers, and one of them is ready', async () => {
  const stackId = await queue.addStack()
  const made = await Promise.all(Array.from({ length: 25 }, () => queue.request(stackId)))
  expect(made.map(({ version }) => version).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 25 }, (_, n) => n + 1),
  )
  expect((await queue.statuses(stackId)).filter((status) => status === 'ready')).toHaveLength(1)
  expect((await queue.statuses(stackId))[0]).toBe('ready')
})

test('the limit of an organization holds under 20 claimers, and frees one place for each end', async () => {
  await world.database.db.query("update organizations set concurrency_limit = 3 where name = 'acme'")
  const stacks = await Promise.all(Array.from({ length: 20 }, () => queue.addStack()))
  await Promise.all(stacks.map((stackId) => queue.request(stackId)))
  const claims = (await Promise.all(Array.from({ length: 20 }, () => queue.claim()))).filter(
    (one) => one !== undefined,
  )
  expect(claims).toHaveLength(3)
  expect(await queue.running()).toBe(3)
  const [first, second] = claims
  if (!first || !second) return
  await startLease(world.database.db, holderOf(first))
  await queue.finish(first)
  await takeBack(world.database.db, holderOf(second), { evenBeforeItsTime: true })
  const more = (await Promise.all(Array.from({ length: 20 }, () => queue.claim()))).filter(
    (one) => one !== undefined,
  )
  expect(more).toHaveLength(2)
  await queue.checkGuarantees()
})

test('a full organization does not stand in the way of another', async () => {
  await world.database.db.query("update organizations set concurrency_limit = 1 where name = 'acme'")
  const stacks = await Promise.all(Array.from({ length: 3 }, () => queue.addStack()))
  for (const stackId of stacks) await queue.request(stackId)
  const foreign = await queue.addStack('other')
  await queue.request(foreign)
  expect((await queue.claim())?.stackId).toBe(stacks[0])
  expect((await queue.claim())?.stackId).toBe(foreign)
  expect(await queue.claim()).toBeUndefined()
})

test('an end of a full organization wakes every pool that it waits in', async () => {
  const listener = await world.database.listen()
  const woken: string[] = []
  listener.subscribe('deployment_ready', (pool) => woken.push(pool))
  await new Promise((resolve) => setTimeout(resolve, 100))
  const other = await world.addPool('second')
  await world.database.db.query("update organizations set concurrency_limit = 1 where name = 'acme'")
  const [a, b] = [await queue.addStack(), await queue.addStack()]
  await queue.request(a)
  await queue.request(b, { pool: other.id })
  const first = await queue.claim()
  expect(await queue.claim(other)).toBeUndefined()
  if (!first) throw new Error('nothing claimed')
  await startLease(world.database.db, holderOf(first))
  woken.length = 0
  await queue.finish(first)
  await expect.poll(() => woken).toContain(other.id)
  expect((await queue.claim(other))?.stackId).toBe(b)
})

test('a paused organization, a paused stack and a revoked pool token get nothing', async () => {
  const [a, b] = [await queue.addStack(), await queue.addStack()]
  await queue.request(a)
  await queue.request(b)
  await world.database.db.query('update organizations set deployments_paused = true')
  expect(await queue.claim()).toBeUndefined()
  await world.database.db.query('update organizations set deployments_paused = false')
  await world.database.db.query('update stacks set deployments_paused = true where id = $1', [a])
  expect((await queue.claim())?.stackId).toBe(b)
  expect(await queue.claim()).toBeUndefined()
  await world.database.db.query('update stacks set deployments_paused = false')
  const pool = await world.addPool('revoked')
  await queue.request(await queue.addStack(), { pool: pool.id })
  await world.database.db.query('update pool_tokens set revoked_at = now() where id = $1', [pool.tokenId])
  expect(await queue.claim(pool)).toBeUndefined()
})

test('a runner claims in its own pool only', async () => {
  const pool = await world.addPool('own')
  const stackId = await queue.addStack()
  await queue.request(stackId, { pool: pool.id })
  expect(await queue.claim()).toBeUndefined()
  expect((await queue.claim(pool))?.stackId).toBe(stackId)
})

test('what comes back stands where it stood, and the old claim can do nothing any more', async () => {
  const [a, b] = [await queue.addStack(), await queue.addStack()]
  await queue.request(a)
  await queue.request(b)
  await queue.request(a)
  const first = await queue.claim()
  if (!first) throw new Error('nothing claimed')
  expect(await takeBack(world.database.db, holderOf(first), { evenBeforeItsTime: false })).toBe(false)
  expect(await takeBack(world.database.db, holderOf(first), { evenBeforeItsTime: true })).toBe(true)
  expect(await startLease(world.database.db, holderOf(first))).toBeUndefined()
  const again = await queue.claim()
  expect(again).toMatchObject({ id: first.id, version: 1, fencing: 2 })
  if (!again) return
  expect(await startLease(world.database.db, holderOf(first))).toBeUndefined()
  expect(await startLease(world.database.db, holderOf(again))).toBeDefined()
  expect(await beatLease(world.database.db, holderOf(first))).toBeUndefined()
  expect(await queue.finish(first)).toBeUndefined()
  expect(await takeBack(world.database.db, holderOf(again), { evenBeforeItsTime: true })).toBe(false)
  expect(await queue.finish(again)).toBeDefined()
  await queue.checkGuarantees()
})

test('skipIntermediateDeployments skips older ones of the same operation only', async () => {
  const stackId = await queue.addStack()
  await queue.request(stackId)
  const running = await queue.claim()
  if (!running) throw new Error('nothing claimed')
  await startLease(world.database.db, holderOf(running))
  await queue.request(stackId)
  await queue.request(stackId, { operation: 'preview' })
  await queue.request(stackId)
  await queue.request(stackId, { skip: true })
  await queue.request(stackId)
  expect(await queue.statuses(stackId)).toEqual([
    'running',
    'skipped',
    'waiting',
    'skipped',
    'waiting',
    'waiting',
  ])
  await queue.finish(running)
  expect(await queue.statuses(stackId)).toEqual([
    'succeeded',
    'skipped',
    'ready',
    'skipped',
    'waiting',
    'waiting',
  ])
  await queue.checkGuarantees()
})

test('a newer one also takes the place of the head that no runner has taken', async () => {
  const stackId = await queue.addStack()
  await queue.request(stackId)
  await queue.request(stackId, { skip: true })
  expect(await queue.statuses(stackId)).toEqual(['skipped', 'ready'])
  await queue.checkGuarantees()
})

test('a stack that is deleted gives its place back', async () => {
  const stackId = await queue.addStack()
  await queue.request(stackId)
  await queue.claim()
  expect(await queue.running()).toBe(1)
  await world.database.db.query('delete from stacks where id = $1', [stackId])
  expect(await queue.running()).toBe(0)
})

test('a claim reads heads only: its cost does not grow with what waits', async () => {
  const stackId = await queue.addStack()
  await queue.request(stackId)
  await world.database.db.query(
    `insert into deployments (id, stack_id, organization_id, version, operation, status, pool_id, requested_by, trigger, settings, timeout_seconds)
     select gen_random_uuid(), stack_id, organization_id, version + n, operation, 'waiting', pool_id, requested_by, trigger, settings, timeout_seconds
       from deployments, generate_series(1, 5000) n`,
  )
  await world.database.db.query('analyze deployments')
  const before = performance.now()
  expect((await queue.claim())?.version).toBe(1)
  expect(await queue.claim()).toBeUndefined()
  expect(performance.now() - before).toBeLessThan(200)
})
