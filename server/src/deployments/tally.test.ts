import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createQueue, type Queue } from '../../../test/harness/queue.ts'
import type { Database } from '../db/database.ts'
import { cancelDeployment } from './cancel.ts'
import { countsOf, totalOfStack } from './tally.sql.ts'

let queue: Queue
let db: Database
beforeAll(async () => {
  queue = await createQueue()
  db = queue.world.database.db
})
afterAll(() => queue.close())
beforeEach(() => queue.clear())

/** Two that were cancelled, one that is ready. */
async function makeThree(): Promise<string> {
  const stackId = await queue.addStack()
  for (const operation of ['update', 'preview', 'update'] as const)
    await queue.request(stackId, { operation })
  const { rows } = await db.query<{ id: string }>('select id from deployments order by seq limit 2')
  for (const { id } of rows) await cancelDeployment(queue.services, { stackId, deploymentId: id, by: 'x' })
  return stackId
}
const total = (stackId: string, wanted: Partial<Parameters<typeof totalOfStack>[2]> = {}) =>
  totalOfStack(db, stackId, { statuses: undefined, operations: undefined, ...wanted })

test('what has ended and what has not is in the total, by status and operation', async () => {
  const stackId = await makeThree()
  expect(await total(stackId)).toBe(3)
  expect(await total(stackId, { statuses: ['failed'] })).toBe(2)
  expect(await total(stackId, { statuses: ['failed', 'ready'], operations: ['update'] })).toBe(2)
  expect(await total(stackId, { statuses: ['running'] })).toBe(0)
  const counts = await countsOf(db, queue.world.organizationIds.acme)
  expect(Object.fromEntries(counts.map(({ status, count }) => [status, count]))).toEqual({
    failed: 2,
    ready: 1,
  })
  await queue.checkGuarantees()
})

test('a stack that is transferred takes its tallies along, and one that is deleted leaves none', async () => {
  const stackId = await makeThree()
  const { acme, other } = queue.world.organizationIds
  await db.transaction(async (tx) => {
    await tx.query('update stacks set organization_id = $2 where id = $1', [stackId, other])
    await tx.query('update deployments set organization_id = $2 where stack_id = $1', [stackId, other])
  })
  expect(await countsOf(db, acme)).toEqual([])
  expect(await countsOf(db, other)).toHaveLength(2)
  await queue.checkGuarantees()
  await db.query('delete from stacks where id = $1', [stackId])
  expect((await db.query('select * from deployment_tallies')).rows).toEqual([])
})

test('rows that come as ended, as from a backup, and rows that go are tallied', async () => {
  const stackId = await makeThree()
  await db.query(
    `insert into deployments (id, stack_id, organization_id, version, operation, status, ended_at, pool_id, requested_by, trigger, settings, timeout_seconds)
     select gen_random_uuid(), stack_id, organization_id, version + n, 'destroy', 'succeeded', now(), pool_id, requested_by, trigger, settings, timeout_seconds
       from (select * from deployments order by version desc limit 1) d, generate_series(1, 7) n`,
  )
  expect(await total(stackId, { statuses: ['succeeded'] })).toBe(7)
  await db.query("delete from deployments where operation = 'destroy' and version % 2 = 0")
  await queue.checkGuarantees()
})
