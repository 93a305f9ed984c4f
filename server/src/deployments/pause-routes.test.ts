import { GetDeploymentResponse, ListDeploymentsResponse } from '@daypass/contract/deployments.ts'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, GIT, seeRunners, type World } from '../../../test/harness/world.ts'

let world: World
let serial = 0
let S = ''
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.db.query('delete from stacks')
  await world.db.query('update organizations set deployments_paused = false, concurrency_limit = 20')
  await world.db.query('delete from pool_runners')
  serial += 1
  await world.addStack(`p${serial}`)
  S = `/api/stacks/acme/web/p${serial}/deployments`
  await world.call('PUT', `${S}/settings`, { body: { sourceContext: { git: GIT } } })
})

const request = async (path = S): Promise<string> =>
  (await world.call('POST', path, { body: { operation: 'update' } })).body.id
const post = (path: string, token = world.tokens.admin) => world.call('POST', path, { token })
const waitingFor = async (id: string) => (await world.call('GET', `${S}/${id}`)).body.waitingFor
const metadata = async () => (await world.call('GET', `${S}/metadata`)).body

test('a paused stack queues and starts nothing; resuming wakes a runner; who runs goes on', async () => {
  const running = await request()
  const job = await world.claim()
  await world.job('POST', '/api/daypass/job/start', job?.jobToken ?? '', {})
  for (let time = 0; time < 2; time += 1) expect((await post(`${S}/pause`)).status).toBe(200)
  expect(await metadata()).toMatchObject({ paused: true, stackPaused: true, organizationPaused: false })
  const next = await request()
  expect(await waitingFor(next)).toMatchObject({ reason: 'stack_paused' })
  expect((await world.job('POST', '/api/daypass/job/beat', job?.jobToken ?? '', {})).status).toBe(200)
  const report = { result: 'succeeded', failure: null }
  expect((await world.job('POST', '/api/daypass/job/finish', job?.jobToken ?? '', report)).status).toBe(204)
  expect((await world.call('GET', `${S}/${running}`)).body.status).toBe('succeeded')

  expect(await world.claim()).toBeUndefined()
  const claimed = world.claim({ waitSeconds: 8 })
  expect((await post(`${S}/resume`)).status).toBe(200)
  expect((await claimed)?.job.deploymentId).toBe(next)
  expect(await metadata()).toMatchObject({ paused: false, stackPaused: false })
})

test('an organization is paused by its admins, apart from its stacks', async () => {
  const O = '/api/orgs/acme/deployments'
  for (const [who, action, status] of [
    ['member', 'pause', 403],
    ['stranger', 'pause', 404],
    ['member', 'resume', 403],
  ] as const) {
    expect((await post(`${O}/${action}`, world.tokens[who])).status).toBe(status)
  }
  expect((await post(`${O}/pause`)).status).toBe(200)
  const id = await request()
  expect(await waitingFor(id)).toMatchObject({ reason: 'organization_paused' })
  expect(await metadata()).toMatchObject({ paused: true, stackPaused: false, organizationPaused: true })
  expect((await world.call('GET', `${O}/metadata`)).body).toMatchObject({ paused: true })
  expect(await world.claim()).toBeUndefined()
  const claimed = world.claim({ waitSeconds: 8 })
  expect((await post(`${O}/resume`)).status).toBe(200)
  expect((await claimed)?.job.deploymentId).toBe(id)
})

test('a stack without settings is not paused, nor one that the caller may not see', async () => {
  await world.call('DELETE', `${S}/settings`)
  expect((await post(`${S}/pause`)).body).toMatchObject({ code: 400, reason: 'no_settings' })
  expect((await post(`${S}/resume`)).status).toBe(400)
  expect((await post(`${S}/pause`, world.tokens.stranger)).status).toBe(404)
})

test('what waits says for what, in each of its answers', async () => {
  const first = await request()
  expect(await waitingFor(first)).toEqual({
    reason: 'no_runner',
    message: 'Waits: no runner of the pool "default" is online; start one, or choose another pool.',
  })
  await seeRunners(world)
  expect(await waitingFor(first)).toMatchObject({ reason: 'runner' })
  await world.db.query('update organizations set concurrency_limit = 1, running_deployments = 1')
  expect(await waitingFor(first)).toMatchObject({ reason: 'organization_limit' })
  await world.db.query('update organizations set running_deployments = 0')

  const [second, third] = [await request(), await request()]
  expect(await waitingFor(second)).toEqual({
    reason: 'deployment',
    message: 'Waits for deployment 1 of this stack to end.',
    deployment: { id: first, version: 1 },
  })
  const { body } = await world.call('GET', S)
  expect(Value.Errors(ListDeploymentsResponse, body)).toEqual([])
  expect(body.deployments[0].waitingFor.message).toMatch(/deployment 1 .* and for 1 more/)
  expect(body.deployments[0].id).toBe(third)

  await world.claim()
  const one = (await world.call('GET', `${S}/${first}`)).body
  expect(one).not.toHaveProperty('waitingFor')
  expect(Value.Errors(GetDeploymentResponse, one)).toEqual([])
})

test('the log says what it waits for, once for each reason, until the first step begins', async () => {
  const id = await request()
  const tail = async (token?: string) =>
    (await world.call('GET', `${S}/${id}/logs${token ? `?continuationToken=${token}` : ''}`)).body
  const first = await tail()
  expect(first.lines).toEqual([
    { timestamp: expect.any(String), line: expect.stringMatching(/^Waits: no runner .*\n$/) },
  ])
  expect(await tail(first.nextToken)).toMatchObject({ lines: [], nextToken: first.nextToken })
  await post(`${S}/pause`)
  const second = await tail(first.nextToken)
  expect(second.lines[0].line).toBe('Waits: the deployments of this stack are paused.\n')
  expect(second.nextToken).toMatch(/^[A-Za-z0-9_-]+$/)
  await post(`${S}/resume`)
  const job = await world.claim()
  await world.job('POST', '/api/daypass/job/start', job?.jobToken ?? '', {})
  expect(await tail(second.nextToken)).toMatchObject({ lines: [] })
  const step = { step: 0, name: 'Setup', status: 'running' }
  await world.job('POST', '/api/daypass/job/step', job?.jobToken ?? '', step)
  expect((await tail(second.nextToken)).lines).toEqual([{ header: 'Setup' }])
})
