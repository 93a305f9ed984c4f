import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createQueue, holderOf, type Queue } from '../../../test/harness/queue.ts'
import type { Database } from '../db/database.ts'
import { claimNext } from './claim.ts'
import { startLease, takeBack } from './lease.ts'

let queue: Queue
let db: Database
beforeAll(async () => {
  queue = await createQueue()
  db = queue.world.database.db
})
afterAll(() => queue.close())
beforeEach(() => queue.clear())

const limit = (organization: string, places: number): Promise<unknown> =>
  db.query('update organizations set concurrency_limit = $2 where name = $1', [organization, places])
const explained = async (statement: string): Promise<string> =>
  (
    await db.query<{ 'QUERY PLAN': string }>(
      `explain (analyze, costs off, timing off, summary off) ${statement}`,
    )
  ).rows
    .map((row) => row['QUERY PLAN'])
    .join('\n')

test('the oldest request goes first, across stacks and organizations', async () => {
  const stacks = [
    await queue.addStack('other'),
    await queue.addStack(),
    await queue.addStack('other'),
    await queue.addStack(),
  ]
  for (const stackId of stacks) await queue.request(stackId)
  const order = []
  for (const _stack of stacks) order.push((await queue.claim())?.stackId)
  expect(order).toEqual(stacks)
})

test('a claim fixes names, settings and operation, and keeps only the hashes of its tokens', async () => {
  const stackId = await queue.addStack()
  await queue.request(stackId, { operation: 'preview' })
  const [jobTokenHash, stackTokenHash] = [randomBytes(32), randomBytes(32)]
  const { id: poolId, tokenId: poolTokenId } = queue.world.sharedPool
  const claimed = await claimNext(db, poolId, {
    poolTokenId,
    runnerName: 'the runner',
    jobTokenHash,
    stackTokenHash,
  })
  expect(claimed).toEqual({
    id: expect.any(String),
    version: 1,
    fencing: 1,
    operation: 'preview',
    settings: { sourceContext: { git: expect.objectContaining({ branch: 'main' }) } },
    timeoutSeconds: 7200,
    stackId,
    organizationId: queue.world.organizationIds.acme,
    organization: 'acme',
    project: 'web',
    stack: expect.stringMatching(/^q\d+$/),
    waitedSeconds: expect.any(Number),
    git: null,
    gitHostId: null,
  })
  const { rows } = await db.query(
    'select status, runner_name as runner, job_token_hash as job, stack_token_hash as stack from deployments',
  )
  expect(rows).toEqual([
    { status: 'accepted', runner: 'the runner', job: jobTokenHash, stack: stackTokenHash },
  ])
})

test('fencing grows with each claim of a deployment', async () => {
  await queue.request(await queue.addStack())
  for (let fencing = 1; fencing <= 4; fencing += 1) {
    const claimed = await queue.claim()
    expect(claimed?.fencing).toBe(fencing)
    if (claimed) await takeBack(db, holderOf(claimed), { evenBeforeItsTime: true })
  }
})

test('a limit that is lowered ends nothing and lets nothing new through', async () => {
  const stacks = await Promise.all(Array.from({ length: 3 }, () => queue.addStack()))
  for (const stackId of stacks) await queue.request(stackId)
  const [first, second] = [await queue.claim(), await queue.claim()]
  if (!first || !second) throw new Error('nothing claimed')
  await limit('acme', 1)
  expect(await queue.claim()).toBeUndefined()
  for (const claimed of [first, second]) await startLease(db, holderOf(claimed))
  await queue.finish(first)
  expect(await queue.claim()).toBeUndefined()
  await queue.finish(second)
  expect((await queue.claim())?.stackId).toBe(stacks[2])
  await queue.checkGuarantees()
})

test('the limit holds while places come and go at the same time', async () => {
  await limit('acme', 2)
  const stacks = await Promise.all(Array.from({ length: 12 }, () => queue.addStack()))
  for (const stackId of stacks) await queue.request(stackId)
  let live = 0
  let most = 0
  let done = 0
  const deadline = performance.now() + 15_000
  const claimer = async (): Promise<void> => {
    while (done < 12 && performance.now() < deadline) {
      const claimed = await queue.claim()
      if (!claimed) continue
      live += 1
      most = Math.max(most, live)
      await startLease(db, holderOf(claimed))
      await new Promise((resolve) => setTimeout(resolve, 2))
      live -= 1
      done += 1
      await queue.finish(claimed)
    }
  }
  await Promise.all(Array.from({ length: 8 }, claimer))
  expect(done).toBe(12)
  expect(most).toBe(2)
  await queue.checkGuarantees()
})

test('claimers of two pools and two organizations do not meet', async () => {
  const second = await queue.world.addPool('second')
  await limit('acme', 5)
  await limit('other', 5)
  for (let n = 0; n < 8; n += 1) {
    await queue.request(await queue.addStack(), n % 2 === 0 ? { pool: second.id } : {})
    await queue.request(await queue.addStack('other'))
  }
  const claims = await Promise.all([
    ...Array.from({ length: 10 }, () => queue.claim(second)),
    ...Array.from({ length: 20 }, () => queue.claim()),
  ])
  const got = claims.filter((one) => one !== undefined)
  expect(new Set(got.map(({ id }) => id)).size).toBe(got.length)
  const perOrganization = Map.groupBy(got, ({ organization }) => organization)
  expect(perOrganization.get('acme')).toHaveLength(5)
  expect(perOrganization.get('other')).toHaveLength(5)
})

test('what holds a row of the queue does not hold up a claim', async () => {
  const [locked, free] = [await queue.addStack(), await queue.addStack()]
  await queue.request(locked)
  await queue.request(free)
  await db.transaction(async (tx) => {
    await tx.query('select from deployments where stack_id = $1 for update', [locked])
    expect((await queue.claim())?.stackId).toBe(free)
  })
  expect((await queue.claim())?.stackId).toBe(locked)
})

test('the index decides: a second head of a stack cannot be written', async () => {
  const stackId = await queue.addStack()
  await queue.request(stackId)
  await queue.request(stackId)
  const second = db.query("update deployments set status = 'ready' where stack_id = $1 and version = 2", [
    stackId,
  ])
  await expect(second).rejects.toMatchObject({ constraint: 'one_head_per_stack' })
})

test('looking for work touches a handful of pages, however many wait', async () => {
  const stackId = await queue.addStack()
  await queue.request(stackId)
  await db.query(
    `insert into deployments (id, stack_id, organization_id, version, operation, status, pool_id, requested_by, trigger, settings, timeout_seconds)
     select gen_random_uuid(), stack_id, organization_id, version + n, operation, 'waiting', pool_id, requested_by, trigger, settings, timeout_seconds
       from deployments, generate_series(1, 5000) n`,
  )
  await db.query('analyze deployments')
  const plan = await explained(
    `select id from deployments where status = 'ready' and pool_id = '${queue.world.sharedPool.id}'
      order by organization_id, seq limit 1`,
  )
  expect(plan).toContain('ready_by_pool')
  expect(plan).not.toContain('Seq Scan')
})
