import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'
import { reapLostLeases } from '../deployments/reaper.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.db.query('delete from stacks')
  await world.db.query('delete from usage_records')
})

const record = (project: string, stack: string, start: string, end: string, stackId: string = randomUUID()) =>
  world.db.query(`insert into usage_records values ($1, $2, $3, $4, $5, 'update', $6, $7)`, [
    randomUUID(),
    world.organizationIds.acme,
    stackId,
    project,
    stack,
    start,
    end,
  ])
const month = (query: string, options: object = {}) =>
  world.call('GET', `/api/daypass/orgs/acme/usage?${query}`, options)
const raw = (query: string, accept = '*/*') =>
  world.app.inject({
    url: `/api/daypass/orgs/acme/usage?${query}`,
    headers: { authorization: `token ${world.tokens.member}`, accept },
  })

async function run(stack: string, how: 'finish' | 'lost'): Promise<void> {
  await world.call('POST', `/api/stacks/acme/web/${stack}/deployments`, {
    body: { operation: 'update', sourceContext: { git: GIT } },
  })
  const token = (await world.claim())?.jobToken ?? ''
  await world.job('POST', '/api/daypass/job/start', token, {})
  await world.db.query(
    "update deployments set started_at = started_at - interval '90 s' where status = 'running'",
  )
  if (how === 'finish') {
    await world.job('POST', '/api/daypass/job/finish', token, { result: 'failed', failure: null })
    return
  }
  await world.db.query(
    "update deployments set started_at = started_at - interval '1 h', lease_until = now() - interval '1 h' where status = 'running'",
  )
  const log = { warn: () => {}, error: () => {} }
  await reapLostLeases({ db: world.db, ending: world.ending, log })
}

test('a deployment counts when it failed and when it was lost, and its stack may go', async () => {
  await world.addStack('one')
  await run('one', 'finish')
  await run('one', 'lost')
  expect((await world.call('DELETE', '/api/stacks/acme/web/one')).status).toBe(204)
  const { rows } = await world.db.query<{ seconds: number }>(
    `select extract(epoch from ended_at - started_at)::float8 as seconds from usage_records
      where project = 'web' and stack = 'one' order by started_at`,
  )
  expect(rows).toHaveLength(2)
  // The lost one until it was last heard of, not until somebody noticed.
  for (const { seconds } of rows) expect(Math.abs(seconds - 90)).toBeLessThan(30)
})

test('one that never started counts nothing', async () => {
  await world.addStack('two')
  const { id } = (
    await world.call('POST', '/api/stacks/acme/web/two/deployments', {
      body: { operation: 'update', sourceContext: { git: GIT } },
    })
  ).body
  await world.claim()
  await world.call('POST', `/api/stacks/acme/web/two/deployments/${id}/cancel`)
  expect((await world.db.query('select from usage_records')).rowCount).toBe(0)
})

test('a month has the part of each deployment that is in it', async () => {
  const stackId = randomUUID()
  await record('web', 'old-name', '2026-10-31T23:59:00Z', '2026-11-01T00:02:00Z', stackId)
  await record('web', 'dev', '2026-11-10T10:00:00Z', '2026-11-10T10:00:30Z', stackId)
  await record('api', 'dev', '2026-11-30T23:59:30Z', '2026-12-01T00:01:00Z')
  expect((await month('month=2026-11')).body).toEqual({
    organization: 'acme',
    month: '2026-11',
    deployments: 2,
    runnerSeconds: 180,
    stacks: [
      { stackId: expect.any(String), project: 'api', stack: 'dev', deployments: 0, runnerSeconds: 30 },
      { stackId, project: 'web', stack: 'dev', deployments: 2, runnerSeconds: 150 },
    ],
  })
  expect((await month('month=2026-10')).body).toMatchObject({ deployments: 0, runnerSeconds: 60 })
  expect((await month('month=2026-12')).body).toMatchObject({ deployments: 1, runnerSeconds: 60 })
  expect((await month('month=2026-09')).body).toMatchObject({ deployments: 0, runnerSeconds: 0, stacks: [] })
})

test('as a table, in which no name is a formula', async () => {
  const stackId = randomUUID()
  await record('-1+cmd', 'a"b,c', '2026-11-10T10:00:00Z', '2026-11-10T10:01:00Z', stackId)
  const expected = [
    'month,organization,project,stack,stack_id,deployments,runner_seconds',
    `2026-11,acme,'-1+cmd,"a""b,c",${stackId},1,60`,
    '',
  ].join('\r\n')
  for (const answer of [
    await raw('month=2026-11&format=csv'),
    await raw('month=2026-11', 'text/csv, */*;q=0.1'),
  ]) {
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(answer.headers['content-disposition']).toBe('attachment; filename="usage-acme-2026-11.csv"')
    expect(answer.payload).toBe(expected)
  }
  expect((await raw('month=2026-11&format=json', 'text/csv')).headers['content-type']).toMatch(/json/)
})

test('Pulumi’s summary and report', async () => {
  const now = new Date()
  // In the middle of the hour before, and so within one period of each kind.
  const end = new Date(Math.floor(now.getTime() / 3_600_000) * 3_600_000 - 1_800_000)
  await record('web', 'dev', new Date(end.getTime() - 1000).toISOString(), end.toISOString())
  const summary = (query: string) => world.call('GET', `/api/orgs/acme/deployments/summary?${query}`)
  const { body } = await summary('granularity=hourly&lookbackDays=1')
  expect(
    body.summary.reduce((sum: number, one: { resources: number }) => sum + one.resources, 0),
  ).toBeGreaterThan(0)
  expect(body.summary[0]).toEqual({
    year: end.getUTCFullYear(),
    month: end.getUTCMonth() + 1,
    day: end.getUTCDate(),
    hour: end.getUTCHours(),
    resources: 1,
    resourceHours: 1,
  })
  const weekly = await summary(
    `granularity=weekly&lookbackStart=${Math.floor(now.getTime() / 1000) - 86_400}`,
  )
  expect(weekly.body.summary[0]).toEqual({
    year: expect.any(Number),
    weekNumber: expect.any(Number),
    resources: 1,
    resourceHours: 1,
  })
  const day = Date.UTC(end.getUTCFullYear(), end.getUTCMonth(), end.getUTCDate()) / 1000
  expect((await world.call('GET', '/api/orgs/acme/deployments/usagereport')).body).toEqual([
    {
      OrgID: world.organizationIds.acme,
      Timestamp: day,
      UsageRangeStart: day,
      UsageRangeEnd: day + 86_400,
      Value: 1,
      Count: 1,
    },
  ])
  await world.db.query('delete from usage_records')
  expect((await summary('granularity=daily&lookbackDays=30')).status).toBe(204)
})

test.each([
  'lookbackDays=3',
  'granularity=fortnightly&lookbackDays=3',
  'granularity=daily',
  'granularity=daily&lookbackDays=0',
  'granularity=daily&lookbackDays=3&lookbackStart=1',
  'granularity=hourly&lookbackDays=3',
  'granularity=daily&lookbackStart=99999999999',
  'granularity=yearly&lookbackStart=1000000000',
])('a summary with %s is refused', async (query) => {
  expect((await world.call('GET', `/api/orgs/acme/deployments/summary?${query}`)).status).toBe(400)
})

test('members read it, strangers do not', async () => {
  expect((await month('month=2026-11', { token: world.tokens.member })).status).toBe(200)
  expect((await month('month=2026-11', { token: world.tokens.stranger })).status).toBe(404)
  for (const wrong of ['2026-13', '2026-1', 'now']) expect((await month(`month=${wrong}`)).status).toBe(400)
})
