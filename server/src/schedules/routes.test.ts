import { ListSchedulesResponse, ScheduledAction } from '@daypass/contract/schedules.ts'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'

let world: World
let serial = 0
let S = ''
let stackId = ''
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.db.query('delete from stacks')
  serial += 1
  stackId = await world.addStack(`s${serial}`)
  S = `/api/stacks/acme/web/s${serial}/deployments`
  await world.call('PUT', `${S}/settings`, { body: { sourceContext: { git: GIT } } })
})

const AWS = { aws: { roleArn: 'arn:aws:iam::123456789012:role/r', sessionName: 'shop' } }
const raw = (more: object = {}) => ({ scheduleCron: '0 4 * * *', request: { operation: 'update' }, ...more })
const post = (path: string, body: unknown, token?: string) =>
  world.call('POST', `${S}${path}`, { body, ...(token !== undefined && { token }) })
const create = async (body: unknown = raw()) => {
  const answer = await post('/schedules', body)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  expect(Value.Errors(ScheduledAction, answer.body)).toEqual([])
  return answer.body
}
const plainTime = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/)

test('a recurring operation, in the shape that generated clients demand', async () => {
  const made = await create()
  expect(made).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    orgID: world.organizationIds.acme,
    scheduleCron: '0 4 * * *',
    nextExecution: expect.stringMatching(/^\d{4}-\d\d-\d\d 04:00:00\.000$/),
    paused: false,
    kind: 'deployment',
    definition: { programID: stackId, request: { operation: 'update', inheritSettings: true } },
    created: plainTime,
    modified: plainTime,
    lastExecuted: '',
    timeZone: 'UTC',
    actsFor: 'admin',
  })
  expect((await world.call('GET', `${S}/schedules/${made.id}`)).body).toEqual(made)
  expect((await world.call('GET', `${S}/metadata`)).body.hasSchedules).toBe(true)
})

test('what generated clients send for "not set" means not set', async () => {
  const settings = { tag: null, executorContext: null, sourceContext: null, gitHub: null, vcs: null }
  const request = { ...settings, operationContext: null, agentPoolID: null, cacheOptions: null }
  const made = await create({
    scheduleCron: null,
    scheduleOnce: '2099-11-22T23:52:53.402847+02:00',
    request: { ...request, operation: 'preview', inheritSettings: true },
  })
  expect(made).toMatchObject({
    scheduleOnce: '2099-11-22 21:52:53',
    nextExecution: '2099-11-22 21:52:53.000',
  })
  expect(made).not.toHaveProperty('scheduleCron')
  expect((await create({ ...raw(), scheduleOnce: '' })).scheduleCron).toBe('0 4 * * *')
  expect(
    (await create({ scheduleOnce: '2099-01-02 03:04:05', request: { operation: 'refresh' } })).scheduleOnce,
  ).toBe('2099-01-02 03:04:05')
})

test('a time zone of the caller is kept by changes that do not name one', async () => {
  const { id } = await create(raw({ timeZone: 'Asia/Kolkata' }))
  const changed = await post(`/schedules/${id}`, {
    scheduleCron: '0 5 * * *',
    request: { operation: 'refresh' },
  })
  expect(changed.body).toMatchObject({
    timeZone: 'Asia/Kolkata',
    nextExecution: expect.stringMatching(/ 23:30:00\.000$/),
    definition: { request: { operation: 'refresh' } },
  })
})

test('drift and time to live are requests of a fixed form, by which the CLI tells them apart', async () => {
  const drift = await post('/drift/schedules', { scheduleCron: '0 */4 * * *' })
  expect(drift.body.definition.request).toEqual({
    operation: 'detect-drift',
    inheritSettings: true,
    operationContext: { options: { remediateIfDriftDetected: false } },
  })
  const changed = await post(`/drift/schedules/${drift.body.id}`, {
    scheduleCron: '0 5 * * *',
    autoRemediate: true,
  })
  expect(changed.body).toMatchObject({
    scheduleCron: '0 5 * * *',
    definition: { request: { operationContext: { options: { remediateIfDriftDetected: true } } } },
  })
  const ttl = await post('/ttl/schedules', { timestamp: '2099-01-01T00:00:00Z', deleteAfterDestroy: true })
  expect(ttl.body).toMatchObject({
    scheduleOnce: '2099-01-01 00:00:00',
    definition: {
      request: { operation: 'destroy', operationContext: { options: { deleteAfterDestroy: true } } },
    },
  })
  const off = await post(`/ttl/schedules/${ttl.body.id}`, { timestamp: '2099-01-01T00:00:00Z' })
  expect(off.body.definition.request.operationContext).toEqual({ options: { deleteAfterDestroy: false } })

  const { body } = await world.call('GET', `${S}/schedules`)
  expect(Value.Errors(ListSchedulesResponse, body)).toEqual([])
  expect(body.schedules).toHaveLength(2)
  expect((await post(`/drift/schedules/${ttl.body.id}`, { scheduleCron: '0 5 * * *' })).status).toBe(404)
  expect((await post(`/schedules/${ttl.body.id}`, raw())).status).toBe(404)
})

test('paused, resumed and removed, each as often as one likes', async () => {
  const { id } = await create()
  const get = async () => (await world.call('GET', `${S}/schedules/${id}`)).body
  for (const action of ['pause', 'pause'])
    expect((await post(`/schedules/${id}/${action}`, undefined)).status).toBe(200)
  expect(await get()).toMatchObject({ paused: true, nextExecution: '' })
  for (const action of ['resume', 'resume'])
    expect((await post(`/schedules/${id}/${action}`, undefined)).status).toBe(200)
  expect(await get()).toMatchObject({ paused: false, nextExecution: plainTime })
  for (let time = 0; time < 2; time += 1)
    expect((await world.call('DELETE', `${S}/schedules/${id}`)).status).toBe(200)
  expect((await world.call('DELETE', `${S}/schedules/whatever`)).status).toBe(200)
  expect((await world.call('GET', `${S}/schedules/${id}`)).status).toBe(404)
  expect((await post(`/schedules/${id}/pause`, undefined)).status).toBe(404)
  expect((await world.call('GET', `${S}/schedules/${id}/history`)).status).toBe(404)
})

test('a single time that passed while it was paused does not come back by itself', async () => {
  const { id } = await create({ scheduleOnce: '2099-01-01T00:00:00Z', request: { operation: 'destroy' } })
  await post(`/schedules/${id}/pause`, undefined)
  await world.db.query("update schedules set once = '2020-01-01', next_at = '2020-01-01'")
  expect((await post(`/schedules/${id}/resume`, undefined)).body).toMatchObject({
    reason: 'schedule_in_past',
  })
})

describe('what cannot be is refused with a sentence', () => {
  const BAD: readonly [what: string, body: object, reason: string, words: RegExp][] = [
    [
      'no time',
      { request: { operation: 'update' } },
      'invalid_field',
      /scheduleCron or scheduleOnce is missing/,
    ],
    ['no request', { scheduleCron: '0 4 * * *' }, 'invalid_field', /request is missing/],
    ['two times', raw({ scheduleOnce: '2099-01-01T00:00:00Z' }), 'invalid_field', /exclude each other/],
    ['no cron', raw({ scheduleCron: 'now' }), 'invalid_field', /five fields/],
    ['a day that never comes', raw({ scheduleCron: '0 0 31 2 *' }), 'invalid_field', /never comes/],
    ['a minute of an hour that has none', raw({ scheduleCron: '60 0 * * *' }), 'invalid_field', /minute/],
    ['an unknown time zone', raw({ timeZone: 'Mars/Olympus' }), 'invalid_field', /"Mars\/Olympus"/],
    [
      'the past',
      { scheduleOnce: '2020-01-01T00:00:00Z', request: { operation: 'update' } },
      'schedule_in_past',
      /has passed/,
    ],
    [
      'no time at all',
      { scheduleOnce: '2099-13-01', request: { operation: 'update' } },
      'invalid_field',
      /time/,
    ],
    ['an unknown operation', raw({ request: { operation: 'up' } }), 'unknown_operation', /operation/],
    ['an unknown field', raw({ colour: 'red' }), 'unknown_field', /"colour"/],
    [
      'settings that would not run',
      raw({ request: { operation: 'update', inheritSettings: false } }),
      'no_source',
      /repoUrl/,
    ],
    [
      'credentials for no repository',
      raw({ request: { operation: 'update', sourceContext: { git: { gitAuth: { accessToken: 'x' } } } } }),
      'invalid_field',
      /repoUrl/,
    ],
  ]
  test.each(BAD)('%s', async (_what, body, reason, words) => {
    const answer = await post('/schedules', body)
    expect(answer.body).toMatchObject({ code: 400, reason, message: expect.stringMatching(words) })
    expect((await world.call('GET', `${S}/schedules`)).body).toEqual({ schedules: [] })
  })

  test('a time to live without a time, and drift without one', async () => {
    expect((await post('/ttl/schedules', { deleteAfterDestroy: true })).body.message).toMatch(
      /timestamp is missing/,
    )
    expect((await post('/drift/schedules', { autoRemediate: true })).body.message).toMatch(
      /scheduleCron is missing/,
    )
  })

  test('a stack without settings', async () => {
    await world.call('DELETE', `${S}/settings`)
    expect((await post('/schedules', raw())).body).toMatchObject({ code: 400, reason: 'no_settings' })
    expect((await post('/drift/schedules', { scheduleCron: '@daily' })).status).toBe(400)
  })

  test('another stack, and another organization', async () => {
    const { id } = await create()
    expect((await post('/schedules', raw(), world.tokens.stranger)).status).toBe(404)
    await world.addStack('neighbour')
    expect(
      (await world.call('GET', `/api/stacks/acme/web/neighbour/deployments/schedules/${id}`)).status,
    ).toBe(404)
  })
})

test('only an admin puts another oidc block into a schedule than the saved one', async () => {
  const request = (oidc: object) => raw({ request: { operation: 'update', operationContext: { oidc } } })
  expect((await post('/schedules', request(AWS), world.tokens.member)).body).toMatchObject({
    code: 403,
    reason: 'oidc_admin_only',
  })
  const { id } = await create(request(AWS))
  expect((await post(`/schedules/${id}`, { scheduleCron: '@hourly' }, world.tokens.member)).status).toBe(403)
  await world.call('PUT', `${S}/settings`, {
    body: { sourceContext: { git: GIT }, operationContext: { oidc: AWS } },
  })
  expect((await post('/schedules', request(AWS), world.tokens.member)).status).toBe(200)
  expect((await post('/schedules', raw(), world.tokens.member)).status).toBe(200)
})

test('secrets of its own are sealed, answered as ciphertexts and taken back as such', async () => {
  const variables = { PLAIN: 'p', KEY: { secret: 'battery staple' } }
  const made = await create(
    raw({ request: { operation: 'update', operationContext: { environmentVariables: variables } } }),
  )
  const answered = made.definition.request.operationContext.environmentVariables
  expect(answered).toEqual({ PLAIN: 'p', KEY: { secret: '', ciphertext: expect.any(String) } })
  const { rows } = await world.db.query<{ text: string }>('select request::text as text from schedules')
  expect(rows[0]?.text).not.toContain('battery')
  const body = { scheduleCron: made.scheduleCron, request: made.definition.request }
  expect((await post(`/schedules/${made.id}`, body)).body.definition).toEqual(made.definition)
})

test('a stack has so many schedules and no more', async () => {
  const insert = `insert into schedules (id, stack_id, kind, cron, request)
    select gen_random_uuid(), $1, 'raw', '@daily', '{}' from generate_series(1, 100)`
  await world.db.query(insert, [stackId])
  expect((await post('/schedules', raw())).body).toMatchObject({ reason: 'too_many_schedules' })
})
