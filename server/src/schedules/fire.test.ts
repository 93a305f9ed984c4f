import { ScheduledAction, ScheduleHistoryResponse } from '@daypass/contract/schedules.ts'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'
import { nothingConnected } from '../deployments/linked-repository.ts'
import { fireDue } from './fire.ts'
import { startScheduler } from './scheduler.ts'

let world: World
let serial = 0
let S = ''
const failures: unknown[] = []
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.db.query('delete from stacks')
  await world.db.query("update members set role = 'admin' where user_id = $1", [world.userIds.admin])
  failures.length = 0
  serial += 1
  await world.addStack(`f${serial}`)
  S = `/api/stacks/acme/web/f${serial}/deployments`
  await world.call('PUT', `${S}/settings`, { body: { sourceContext: { git: GIT } } })
})

const services = () => ({
  db: world.db,
  secrets: world.secrets,
  ending: world.ending,
  linked: nothingConnected,
  randomUuid: () => crypto.randomUUID(),
  config: world.config,
})
const fire = async (at: string | Date): Promise<void> => {
  await fireDue(services(), new Date(at), (_id, error) => failures.push(error))
  expect(failures).toEqual([])
}
const create = async (path: string, body: object, token = world.tokens.admin): Promise<string> => {
  const answer = await world.call('POST', `${S}${path}`, { body, token })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body.id
}
/** As if it had been made at some other time. */
const dueAt = (id: string, at: string) =>
  world.db.query(
    'update schedules set next_at = $2, once = case when cron is null then $2::timestamptz end where id = $1',
    [id, at],
  )
const get = async (id: string) => (await world.call('GET', `${S}/schedules/${id}`)).body
const history = async (id: string) => {
  const { body } = await world.call('GET', `${S}/schedules/${id}/history`)
  expect(Value.Errors(ScheduleHistoryResponse, body)).toEqual([])
  return body.scheduleHistoryEvents
}
const deployments = async () => (await world.call('GET', `${S}?asc=true`)).body.deployments
const daily = { scheduleCron: '0 4 * * *', request: { operation: 'refresh' } }

test('what is due becomes a deployment of the person behind it, and the next time is set', async () => {
  const id = await create('/schedules', daily, world.tokens.member)
  await dueAt(id, '2030-03-01T04:00:00Z')
  await fire('2030-03-01T03:59:59Z')
  expect(await deployments()).toEqual([])
  await fire('2030-03-01T04:00:02Z')
  await fire('2030-03-01T04:00:07Z')
  const [made, ...others] = await deployments()
  expect(others).toEqual([])
  expect(made).toMatchObject({
    pulumiOperation: 'refresh',
    initiator: 'schedule',
    requestedBy: { githubLogin: 'member' },
  })
  const schedule = await get(id)
  expect(Value.Errors(ScheduledAction, schedule)).toEqual([])
  expect(schedule).toMatchObject({
    nextExecution: '2030-03-02 04:00:00.000',
    lastExecuted: '2030-03-01 04:00:02.000',
    lastRun: { planned: '2030-03-01 04:00:00.000', result: 'not-started', deploymentVersion: 1 },
  })
  await world.claim()
  expect(await history(id)).toEqual([
    {
      id: expect.any(String),
      scheduledActionID: id,
      planned: '2030-03-01 04:00:00.000',
      executed: '2030-03-01 04:00:02.000',
      version: 1,
      result: 'accepted',
      deploymentId: made.id,
    },
  ])
})

test('the settings of the schedule go over the saved ones, secrets opened', async () => {
  const operationContext = { environmentVariables: { KEY: { secret: 'battery staple' } } }
  const id = await create('/schedules', { ...daily, request: { operation: 'update', operationContext } })
  await dueAt(id, '2030-03-01T04:00:00Z')
  await fire('2030-03-01T04:00:01Z')
  const claim = await world.claim()
  expect(claim?.job).toMatchObject({
    source: { repoUrl: GIT.repoUrl },
    environment: [{ name: 'KEY', value: 'battery staple', secret: true }],
  })
})

test('a server that was down lists what it missed and starts the last of it', async () => {
  const id = await create('/schedules', daily)
  await dueAt(id, '2030-03-01T04:00:00Z')
  await fire('2030-03-04T05:30:00Z')
  expect(await deployments()).toHaveLength(1)
  expect(await history(id)).toMatchObject([
    {
      planned: '2030-03-04 04:00:00.000',
      version: 1,
      message: 'Queued 90 min late: no server of this database was running, or none could fire it.',
    },
    { planned: '2030-03-03 04:00:00.000', version: 0, result: 'missed' },
    { planned: '2030-03-02 04:00:00.000', version: 0, result: 'missed' },
    {
      planned: '2030-03-01 04:00:00.000',
      result: 'missed',
      message: 'No server of this database was running at this time, or none could fire it.',
    },
  ])
  expect((await get(id)).nextExecution).toBe('2030-03-05 04:00:00.000')
})

test('a long time down is listed in part, and says so', async () => {
  const id = await create('/schedules', { ...daily, scheduleCron: '*/10 * * * *' })
  await dueAt(id, '2030-03-01T04:00:00Z')
  await fire('2030-05-01T00:00:00Z')
  const events = await history(id)
  expect(events).toHaveLength(101)
  expect(events[0]).toMatchObject({ planned: '2030-05-01 00:00:00.000', result: 'not-started' })
  expect(events.at(-1).message).toMatch(/others before it/)
  expect(await deployments()).toHaveLength(1)
})

test('one that has not started yet is not queued again behind itself', async () => {
  const id = await create('/schedules', daily)
  await dueAt(id, '2030-03-01T04:00:00Z')
  await fire('2030-03-01T04:00:01Z')
  await fire('2030-03-02T04:00:01Z')
  expect(await deployments()).toHaveLength(1)
  expect((await get(id)).lastRun).toMatchObject({
    result: 'missed',
    message: 'Not queued: deployment 1 of this schedule has not started yet.',
  })
  await world.claim()
  await fire('2030-03-03T04:00:01Z')
  expect(await deployments()).toHaveLength(2)
})

test('a person who lost the right starts nothing any more, and the schedule says so', async () => {
  const id = await create('/schedules', daily, world.tokens.member)
  const lose = 'delete from members where user_id = $1 returning organization_id'
  const { rows } = await world.db.query<{ organization_id: string }>(lose, [world.userIds.member])
  try {
    await dueAt(id, '2030-03-01T04:00:00Z')
    await fire('2030-03-01T04:00:01Z')
    expect(await deployments()).toEqual([])
    const lastRun = {
      result: 'refused',
      message: expect.stringMatching(/^member may not write this stack any more/),
    }
    expect(await get(id)).toMatchObject({
      lastRun,
      lastExecuted: '',
      nextExecution: '2030-03-02 04:00:00.000',
    })
  } finally {
    await world.db.query("insert into members (organization_id, user_id, role) values ($1, $2, 'member')", [
      rows[0]?.organization_id,
      world.userIds.member,
    ])
  }
})

test('a right that an organization gives and takes back counts as it is when the time comes', async () => {
  const id = await create('/schedules', daily, world.tokens.member)
  const letMembers = (setDefaultStackPermission: number) =>
    world.call('PATCH', '/api/orgs/acme', { body: { setDefaultStackPermission } })
  await letMembers(101)
  try {
    await dueAt(id, '2030-03-01T04:00:00Z')
    await fire('2030-03-01T04:00:01Z')
    expect((await get(id)).lastRun).toMatchObject({ result: 'refused' })
    expect(await deployments()).toEqual([])
  } finally {
    await letMembers(102)
  }
  await fire('2030-03-02T04:00:01Z')
  expect(await deployments()).toHaveLength(1)
})

test('a program starts nothing any more once its token has ended', async () => {
  const expires = Math.floor(Date.now() / 1000) + 86_400
  const body = { name: 'planner', description: '', expires, admin: true }
  const { tokenValue: token } = (await world.call('POST', '/api/orgs/acme/tokens', { body })).body
  const id = await create('/schedules', daily, token)
  await dueAt(id, '2030-03-01T04:00:00Z')
  await fire('2030-03-01T04:00:00Z')
  expect(await deployments()).toHaveLength(1)
  await world.db.query("update deployments set status = 'succeeded', ended_at = now()")
  await world.db.query("update access_tokens set expires_at = now() where name = 'planner'")
  await fire('2030-03-02T04:00:00Z')
  expect(await deployments()).toHaveLength(1)
  expect((await get(id)).lastRun).toMatchObject({
    result: 'refused',
    message: expect.stringMatching(/^token:acme\/planner may not write this stack any more/),
  })
})

test('an admin who is none any more does not run with an oidc block of the schedule', async () => {
  const oidc = { aws: { roleArn: 'arn:aws:iam::123456789012:role/r', sessionName: 'shop' } }
  const id = await create('/schedules', {
    ...daily,
    request: { operation: 'update', operationContext: { oidc } },
  })
  await dueAt(id, '2030-03-01T04:00:00Z')
  const swapRoles = "update members set role = case when user_id = $1 then 'member' else 'admin' end"
  await world.db.query(swapRoles, [world.userIds.admin])
  await fire('2030-03-01T04:00:01Z')
  expect((await get(id)).lastRun).toMatchObject({
    result: 'refused',
    message: expect.stringContaining('oidc'),
  })
})

test('settings that are gone are a reason too', async () => {
  const id = await create('/schedules', daily)
  await world.call('DELETE', `${S}/settings`)
  await dueAt(id, '2030-03-01T04:00:00Z')
  await fire('2030-03-01T04:00:01Z')
  expect((await get(id)).lastRun).toMatchObject({
    result: 'refused',
    message: expect.stringContaining('repoUrl'),
  })
})

test('a single time comes once; a time to live that has come is gone', async () => {
  const once = await create('/schedules', {
    scheduleOnce: '2099-01-01T00:00:00Z',
    request: { operation: 'update' },
  })
  const ttl = await create('/ttl/schedules', { timestamp: '2099-01-01T00:00:00Z', deleteAfterDestroy: true })
  await dueAt(once, '2030-03-01T04:00:00Z')
  await dueAt(ttl, '2030-03-01T04:00:00Z')
  for (const at of ['2030-03-01T04:00:01Z', '2030-03-01T04:00:06Z', '2031-01-01T00:00:00Z']) await fire(at)
  expect((await deployments()).map((one: { pulumiOperation: string }) => one.pulumiOperation).sort()).toEqual(
    ['destroy', 'update'],
  )
  expect(await get(once)).toMatchObject({ nextExecution: '', scheduleOnce: '2030-03-01 04:00:00' })
  expect((await world.call('GET', `${S}/schedules/${ttl}`)).status).toBe(404)
})

test('a paused schedule fires nothing, and has missed nothing when it goes on', async () => {
  const id = await create('/schedules', daily)
  await dueAt(id, '2030-03-01T04:00:00Z')
  await world.call('POST', `${S}/schedules/${id}/pause`)
  await fire('2030-03-05T04:00:00Z')
  await world.call('POST', `${S}/schedules/${id}/resume`)
  expect(await history(id)).toEqual([])
  expect(await deployments()).toEqual([])
})

test('several servers that look at once start one', async () => {
  const id = await create('/schedules', daily)
  await dueAt(id, '2030-03-01T04:00:00Z')
  await Promise.all(Array.from({ length: 6 }, () => fire('2030-03-01T04:00:01Z')))
  expect(await deployments()).toHaveLength(1)
  expect(await history(id)).toHaveLength(1)
})

test('one that cannot be fired holds up no other, and is tried again', async () => {
  const broken = await create('/schedules', daily)
  await dueAt(broken, '2030-03-01T03:00:00Z')
  await world.db.query("update schedules set cron = 'never' where id = $1", [broken])
  const good = await create('/schedules', daily)
  await dueAt(good, '2030-03-01T04:00:00Z')
  await fireDue(services(), new Date('2030-03-01T04:00:01Z'), (id) => failures.push(id))
  expect(failures).toEqual([broken])
  expect((await get(good)).lastRun.deploymentVersion).toBe(1)
})

test('the scheduler fires by its clock until it is stopped', async () => {
  const id = await create('/schedules', daily)
  await dueAt(id, '2030-03-01T04:00:00Z')
  let now = new Date('2030-03-01T03:59:59Z')
  const errors: string[] = []
  const log = { error: (_details: object, message: string) => void errors.push(message) }
  const scheduler = startScheduler({ ...services(), now: () => now, log, sweepSeconds: 0.01 })
  try {
    expect(await deployments()).toEqual([])
    now = new Date('2030-03-01T04:00:00Z')
    await expect.poll(async () => (await deployments()).length).toBe(1)
  } finally {
    await scheduler.stop()
  }
  now = new Date('2030-03-02T04:00:00Z')
  expect(errors).toEqual([])
  expect(await history(id)).toHaveLength(1)
})
