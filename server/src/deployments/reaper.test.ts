import { randomUUID } from 'node:crypto'
import type { Claim } from '@daypass/contract/job-protocol.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'
import { reapLostLeases, startReaper } from './reaper.ts'

let world: World
let serial = 0
let stackId = ''
let stack = ''
const log = { warn: () => {}, error: () => {} }

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.database.db.query('delete from stacks')
  serial += 1
  stack = `r${serial}`
  stackId = await world.addStack(stack)
})

const path = (): string => `/api/stacks/acme/web/${stack}/deployments`
const request = async (): Promise<string> =>
  (await world.call('POST', path(), { body: { operation: 'update', sourceContext: { git: GIT } } })).body.id
const claim = async (): Promise<Claim> => {
  const claimed = await world.claim()
  if (!claimed) throw new Error('nothing claimed')
  return claimed
}
const start = async (): Promise<Claim> => {
  const claimed = await claim()
  expect((await world.job('POST', '/api/daypass/job/start', claimed.jobToken, {})).status).toBe(200)
  return claimed
}
const reap = () => reapLostLeases({ db: world.database.db, ending: world.ending, log })
const get = async (id: string) => (await world.call('GET', `${path()}/${id}`)).body
const logOf = async (id: string): Promise<string> => {
  const { body } = await world.call('GET', `${path()}/${id}/logs`)
  return body.lines
    .map((entry: { line?: string; header?: string }) => entry.line ?? `# ${entry.header}\n`)
    .join('')
}
const silence = (): Promise<unknown> =>
  world.database.db.query(
    "update deployments set lease_until = clock_timestamp() - interval '1 second' where lease_until is not null",
  )
const running = async (): Promise<number> =>
  (
    await world.database.db.query<{ n: number }>(
      "select running_deployments as n from organizations where name = 'acme'",
    )
  ).rows[0]?.n ?? -1

test('a living lease is left alone', async () => {
  const id = await request()
  await start()
  await reap()
  expect((await get(id)).status).toBe('running')
})

test('a silent runner loses its deployment: failed, said in the log, the stack freed, the next one ready', async () => {
  const id = await request()
  const next = await request()
  const { jobToken } = await start()
  const step = { step: 0, name: 'Setup', status: 'running' }
  await world.job('POST', '/api/daypass/job/step', jobToken, step)
  const lines = [{ timestamp: '2030-01-01T00:00:00Z', line: 'hello\n' }]
  await world.job('POST', '/api/daypass/job/log', jobToken, { step: 0, offset: 0, lines })
  const update = randomUUID()
  await world.database.db.query(
    `insert into updates (id, stack_id, kind, dry_run, status, deployment_id, program, config, metadata, lease_until, started_at)
     values ($1, $2, 'update', false, 'running', $3, '{}', '{}', '{}', now() + interval '5 minutes', now())`,
    [update, stackId, id],
  )
  await silence()
  await reap()
  const deployment = await get(id)
  expect(deployment).toMatchObject({
    status: 'failed',
    jobs: [{ status: 'failed', steps: [{ status: 'failed' }] }],
  })
  expect(await logOf(id)).toMatch(
    /^# Setup\nhello\nThe runner "r1" was not heard of for 15 seconds.* again\.\n$/,
  )
  const { rows } = await world.database.db.query(
    'select u.status, d.failure_code, d.lease_until from updates u join deployments d on d.id = u.deployment_id',
  )
  expect(rows).toEqual([{ status: 'failed', failure_code: 'runner_lost', lease_until: null }])
  expect(await running()).toBe(0)
  expect((await claim()).job.deploymentId).toBe(next)
  for (const call of ['beat', 'start']) {
    expect((await world.job('POST', `/api/daypass/job/${call}`, jobToken, {})).body.reason).toBe('lease_lost')
  }
  const late = [
    await world.job('POST', '/api/daypass/job/step', jobToken, { ...step, step: 1 }),
    await world.job('POST', '/api/daypass/job/log', jobToken, { step: 0, offset: 1, lines }),
    await world.job('POST', '/api/daypass/job/finish', jobToken, { result: 'succeeded', failure: null }),
    await world.job('POST', '/api/daypass/job/id-token', jobToken, { purpose: 'exchange' }),
    await world.job('GET', '/api/daypass/job/cancellation', jobToken),
  ]
  for (const answer of late) expect(answer).toMatchObject({ status: 409, body: { reason: 'lease_lost' } })
})

test('a claim that was never started goes back', async () => {
  const id = await request()
  const first = await claim()
  await silence()
  await reap()
  expect((await get(id)).status).toBe('not-started')
  expect(await running()).toBe(0)
  expect((await claim()).job.deploymentId).toBe(id)
  expect((await world.job('POST', '/api/daypass/job/start', first.jobToken, {})).status).toBe(401)
})

test('a runner that beats beyond the timeout and its grace is ended too', async () => {
  const id = await request()
  await start()
  await world.database.db.query(
    "update deployments set started_at = started_at - interval '2 hours 30 seconds'",
  )
  await reap()
  expect((await get(id)).status).toBe('running')
  await world.database.db.query("update deployments set started_at = started_at - interval '31 seconds'")
  await reap()
  expect((await get(id)).status).toBe('failed')
  expect(await logOf(id)).toContain('longer than its 7200 seconds')
})

test('a start of the server extends all leases before it reaps any', async () => {
  const id = await request()
  await start()
  await silence()
  const services = { db: world.database.db, ending: world.ending, log, now: () => new Date() }
  const reaper = startReaper({ ...services, listener: await world.database.listen(), sweepSeconds: 0.05 })
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect((await get(id)).status).toBe('running')
  await silence()
  await expect.poll(async () => (await get(id)).status).toBe('failed')
  await reaper.stop()
})

test('after a lost database, and after a pause of the process, leases are extended first', async () => {
  const id = await request()
  await start()
  let time = Date.now()
  let broken = false
  let sweeps = 0
  const { db } = world.database
  const flaky: typeof db = {
    ...db,
    query: (...args) => {
      sweeps += 1
      return broken ? Promise.reject(new Error('gone')) : db.query(...args)
    },
  }
  const services = { db: flaky, ending: world.ending, log, now: () => new Date(time) }
  const reaper = startReaper({ ...services, listener: await world.database.listen(), sweepSeconds: 0.02 })
  const someSweeps = async (): Promise<void> => {
    const before = sweeps
    await expect.poll(() => sweeps).toBeGreaterThan(before + 3)
  }
  await someSweeps()
  broken = true
  // None that began before is still under way: it would rightly reap.
  await someSweeps()
  await silence()
  await someSweeps()
  broken = false
  await someSweeps()
  expect((await get(id)).status).toBe('running')

  broken = true
  await someSweeps()
  time += 60_000
  await silence()
  broken = false
  await someSweeps()
  expect((await get(id)).status).toBe('running')
  await reaper.stop()
})

test('a week in the queue is enough', async () => {
  const [old, young] = [await request(), await request()]
  await world.database.db.query(
    "update deployments set created_at = now() - interval '8 days' where id = $1",
    [old],
  )
  const services = { db: world.database.db, ending: world.ending, log, now: () => new Date() }
  const reaper = startReaper({ ...services, listener: await world.database.listen(), sweepSeconds: 0.02 })
  await expect.poll(async () => (await get(old)).status).toBe('skipped')
  await reaper.stop()
  expect(await logOf(old)).toContain('no runner started it within 7 days')
  expect((await claim()).job.deploymentId).toBe(young)
})

test('two reapers at once end a deployment once', async () => {
  const id = await request()
  await start()
  await silence()
  await Promise.all([reap(), reap(), reap(), reap()])
  expect((await logOf(id)).match(/was not heard of/g)).toHaveLength(1)
  expect(await running()).toBe(0)
})
