import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createQueue, type Queue } from '../../../test/harness/queue.ts'
import { GIT } from '../../../test/harness/world.ts'
import { type DeploymentRequest, readDeploymentRequest, requestDeployment } from './request.ts'

let queue: Queue
let stackId = ''
beforeAll(async () => {
  queue = await createQueue()
})
afterAll(() => queue.close())
beforeEach(async () => {
  await queue.clear()
  stackId = await queue.addStack()
})

const read = (body: unknown) => {
  const result = readDeploymentRequest(body)
  return result.ok ? result.value : result.refusal
}

test('settings are inherited unless the request says no', () => {
  expect(read({ operation: 'update' })).toEqual({ operation: 'update', inheritSettings: true, settings: {} })
  expect(read({ operation: 'update', inheritSettings: null })).toMatchObject({ inheritSettings: true })
  expect(read({ operation: 'update', inheritSettings: false })).toMatchObject({ inheritSettings: false })
})

test('all six words are operations; anything else is not', () => {
  for (const operation of ['preview', 'update', 'refresh', 'destroy', 'detect-drift', 'remediate-drift']) {
    expect(read({ operation })).toMatchObject({ operation })
  }
  for (const operation of ['up', 'Update', '', 'update ', 7, {}, ['update']]) {
    expect(read({ operation })).toMatchObject({ status: 400, reason: 'unknown_operation' })
  }
  for (const body of [{}, { operation: null }]) {
    expect(read(body)).toMatchObject({
      reason: 'invalid_field',
      message: expect.stringContaining('is missing'),
    })
  }
})

const ask = (more: Partial<DeploymentRequest> = {}, id = stackId) =>
  requestDeployment(queue.services, { userId: queue.world.userIds.admin, isOrganizationAdmin: true }, id, {
    operation: 'update',
    inheritSettings: true,
    settings: { sourceContext: { git: GIT } },
    trigger: 'rest',
    initiator: '',
    ...more,
  })

test('a refusal uses up no number', async () => {
  expect(await ask({ settings: {} })).toMatchObject({ status: 400 })
  expect(await ask()).toMatchObject({ version: 1 })
})

test('a stack that was deleted meanwhile is not found', async () => {
  await queue.services.db.query('delete from stacks where id = $1', [stackId])
  expect(await ask()).toMatchObject({ status: 404 })
})

test('what was fixed stays, whatever becomes of the saved settings', async () => {
  const { db } = queue.services
  const save = (branch: string) =>
    db.query(
      `insert into deployment_settings (stack_id, settings) values ($1, $2)
       on conflict (stack_id) do update set settings = excluded.settings`,
      [stackId, JSON.stringify({ sourceContext: { git: { ...GIT, branch } } })],
    )
  await save('one')
  await ask({ settings: {} })
  await save('two')
  await ask({ settings: {} })
  const { rows } = await db.query(
    "select settings #>> '{sourceContext,git,branch}' as branch from deployments order by version",
  )
  expect(rows).toEqual([{ branch: 'one' }, { branch: 'two' }])
})

test('without a pool for everybody a request that names none is told so', async () => {
  const { db } = queue.services
  await db.query("update pools set name = 'renamed' where organization_id is null")
  expect(await ask()).toMatchObject({ status: 400, reason: 'unknown_pool' })
  await db.query("update pools set name = 'default' where organization_id is null")
  expect(await ask()).toMatchObject({ version: 1 })
})

test('an organization’s own pool called default is meant by that name', async () => {
  const own = await queue.world.addPool('default')
  await ask({ settings: { sourceContext: { git: GIT }, agentPoolID: 'default' } })
  await ask()
  const { rows } = await queue.services.db.query<{ pool: string }>(
    'select pool_id as pool from deployments order by version',
  )
  expect(rows.map(({ pool }) => pool)).toEqual([own.id, queue.world.sharedPool.id])
})
