import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createQueue, holderOf, type Queue } from '../../../test/harness/queue.ts'
import type { Database } from '../db/database.ts'
import type { ClaimedDeployment } from './claim.ts'
import { beatLease, extendAllLeases, lostLeases, startLease, takeBack } from './lease.ts'

let queue: Queue
let db: Database
let claimed: ClaimedDeployment
beforeAll(async () => {
  queue = await createQueue()
  db = queue.world.database.db
})
afterAll(() => queue.close())
beforeEach(async () => {
  await queue.clear()
  await queue.request(await queue.addStack())
  const one = await queue.claim()
  if (!one) throw new Error('nothing claimed')
  claimed = one
})

const secondsLeft = async (): Promise<number> => {
  const { rows } = await db.query<{ left: number }>(
    'select extract(epoch from lease_until - clock_timestamp())::float8 as left from deployments where id = $1',
    [claimed.id],
  )
  return rows[0]?.left ?? Number.NaN
}
const age = (seconds: number): Promise<unknown> =>
  db.query('update deployments set lease_until = lease_until - make_interval(secs => $1)', [seconds])
const lost = async (): Promise<readonly string[]> =>
  (await lostLeases(db)).map(({ status, timedOut }) => (timedOut ? `${status}, timed out` : status))

test('a claim has 5 seconds to be started, and each beat gives 15', async () => {
  expect(await secondsLeft()).toBeGreaterThan(4)
  expect(await secondsLeft()).toBeLessThanOrEqual(5)
  await startLease(db, holderOf(claimed))
  expect(await secondsLeft()).toBeGreaterThan(14)
  await age(10)
  await beatLease(db, holderOf(claimed))
  expect(await secondsLeft()).toBeGreaterThan(14)
  expect(await secondsLeft()).toBeLessThanOrEqual(15)
})

test('nobody beats before the start, and nobody after the lease', async () => {
  expect(await beatLease(db, holderOf(claimed))).toBeUndefined()
  await startLease(db, holderOf(claimed))
  expect(await beatLease(db, holderOf(claimed))).toEqual({ cancelRequested: false })
  await age(20)
  expect(await beatLease(db, holderOf(claimed))).toBeUndefined()
  expect(await startLease(db, holderOf(claimed))).toBeUndefined()
})

test('a start that comes too late is refused, also before anybody took the claim back', async () => {
  await age(6)
  expect(await startLease(db, holderOf(claimed))).toBeUndefined()
})

test('a start that is repeated keeps the time of the first', async () => {
  await startLease(db, holderOf(claimed))
  const startedAt = async () =>
    (await db.query<{ at: Date }>('select started_at as at from deployments')).rows[0]?.at
  const first = await startedAt()
  await startLease(db, holderOf(claimed))
  expect(await startedAt()).toEqual(first)
})

test('another fencing number is another claim', async () => {
  const wrong = { deploymentId: claimed.id, fencing: claimed.fencing + 1 }
  expect(await startLease(db, wrong)).toBeUndefined()
  expect(await takeBack(db, wrong, { evenBeforeItsTime: true })).toBe(false)
  await startLease(db, holderOf(claimed))
  expect(await beatLease(db, wrong)).toBeUndefined()
})

test('lost are those whose lease is over, and those beyond their timeout and its grace', async () => {
  expect(await lost()).toEqual([])
  await age(6)
  expect(await lost()).toEqual(['accepted'])
  await extendAllLeases(db)
  await startLease(db, holderOf(claimed))
  expect(await lost()).toEqual([])
  await db.query("update deployments set started_at = started_at - interval '2 hours 59 seconds'")
  expect(await lost()).toEqual([])
  await db.query("update deployments set started_at = started_at - interval '2 seconds'")
  expect(await lost()).toEqual(['running, timed out'])
  await age(20)
  expect(await lost()).toEqual(['running'])
})

test('extending gives each what it had at first, shortens none and touches no other', async () => {
  await age(60)
  await extendAllLeases(db)
  expect(await secondsLeft()).toBeGreaterThan(4)
  expect(await secondsLeft()).toBeLessThanOrEqual(5)
  await startLease(db, holderOf(claimed))
  await age(60)
  expect(await extendAllLeases(db)).toBe(1)
  expect(await secondsLeft()).toBeGreaterThan(14)
  await age(-100)
  await extendAllLeases(db)
  expect(await secondsLeft()).toBeGreaterThan(100)
  await queue.finish(claimed)
  expect(await extendAllLeases(db)).toBe(0)
})

test('of a start and a return at the same time, one wins', async () => {
  for (let round = 0; round < 15; round += 1) {
    const [started, returned] = await Promise.all([
      startLease(db, holderOf(claimed)),
      takeBack(db, holderOf(claimed), { evenBeforeItsTime: true }),
    ])
    expect([started !== undefined, returned].filter(Boolean)).toHaveLength(1)
    if (started) await queue.finish(claimed)
    if (started) await queue.request(claimed.stackId)
    const next = await queue.claim()
    if (!next) throw new Error('nothing claimed')
    claimed = next
    await queue.checkGuarantees()
  }
})

test('what was taken back holds no token', async () => {
  await takeBack(db, holderOf(claimed), { evenBeforeItsTime: true })
  const { rows } = await db.query(
    'select status, job_token_hash as job, stack_token_hash as stack, lease_until as lease, runner_name as runner from deployments',
  )
  expect(rows).toEqual([{ status: 'ready', job: null, stack: null, lease: null, runner: null }])
})
