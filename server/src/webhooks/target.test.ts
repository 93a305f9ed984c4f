/** Webhooks that update another stack: once for an event, with the rights of whoever saved them, and never in a circle. */

import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'
import { nothingConnected } from '../deployments/linked-repository.ts'
import { announce } from '../outbox/outbox.ts'
import { type Deliveries, startDeliveries } from './deliver.ts'

let world: World
let serial = 0
let source = ''
let target = ''
const workers: Deliveries[] = []
const refusePost = async () => ({ kind: 'failed', sentence: 'Nothing leaves here.', final: true }) as const

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.db.query('delete from stacks')
  await world.db.query('delete from outbox')
  serial += 1
  source = `s${serial}`
  target = `t${serial}`
  for (const stack of [source, target]) await add(stack)
})
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()))
})

const add = async (stack: string): Promise<void> => {
  await world.addStack(stack)
  const body = { sourceContext: { git: GIT } }
  await world.call('PUT', `/api/stacks/acme/web/${stack}/deployments/settings`, { body })
}
const hooks = (stack = source): string => `/api/stacks/acme/web/${stack}/hooks`
const create = (more: object = {}, token = world.tokens.admin, stack = source) =>
  world.call('POST', hooks(stack), {
    token,
    body: {
      name: 'next',
      displayName: 'next',
      active: true,
      format: 'pulumi_deployments',
      payloadUrl: `web/${target}`,
      filters: ['deployment_failed'],
      ...more,
    },
  })
const deploymentsOf = async (stack: string) =>
  (await world.call('GET', `/api/stacks/acme/web/${stack}/deployments?asc=true`)).body.deployments
/** A deployment of the source that failed. */
async function happens(): Promise<void> {
  const body = { operation: 'update', sourceContext: { git: GIT } }
  const { id } = (await world.call('POST', `/api/stacks/acme/web/${source}/deployments`, { body })).body
  await world.db.transaction((tx) => announce(tx, { event: 'deployment_failed', deploymentId: id }))
}
async function deliver(): Promise<void> {
  workers.push(
    startDeliveries({
      db: world.db,
      listener: await world.database.listen(),
      secrets: world.secrets,
      organizationSecrets: world.organizationSecrets,
      post: refusePost,
      now: () => new Date(),
      random: () => 0,
      randomUuid: randomUUID,
      baseUrl: world.config.baseUrl,
      ending: world.ending,
      linked: nothingConnected,
      config: world.config,
      log: { warn: () => {}, error: () => {} },
      sweepSeconds: 0.05,
    }),
  )
}
const deliveries = async () => (await world.call('GET', `${hooks()}/next/deliveries`)).body
const ended = () =>
  expect.poll(async () => (await deliveries()).map((one: { responseCode: number }) => one.responseCode))

test('an event updates the other stack with its saved settings, in the name of whoever saved the webhook', async () => {
  expect((await create({}, world.tokens.member)).status).toBe(201)
  await happens()
  await deliver()
  await ended().toEqual([202])
  const [made, ...others] = await deploymentsOf(target)
  expect(others).toEqual([])
  expect(made).toMatchObject({
    pulumiOperation: 'update',
    initiator: 'webhook',
    requestedBy: { githubLogin: 'member' },
  })
  const [delivery] = await deliveries()
  expect(delivery).toMatchObject({
    kind: 'deployment',
    requestUrl: `http://127.0.0.1:8080/api/stacks/acme/web/${target}/deployments`,
  })
  expect(JSON.parse(delivery.payload)).toMatchObject({ stackName: source, status: 'failed' })
  expect(JSON.parse(delivery.responseBody)).toMatchObject({ id: made.id, version: 1 })
})

test('several servers deploy once, and a delivery sent again deploys again', async () => {
  await create()
  await happens()
  await Promise.all([deliver(), deliver(), deliver()])
  await ended().toEqual([202])
  expect(await deploymentsOf(target)).toHaveLength(1)
  const [{ id }] = await deliveries()
  const again = await world.call('POST', `${hooks()}/next/deliveries/${id}/redeliver`)
  expect(again.body).toMatchObject({ responseCode: 202 })
  expect(await deploymentsOf(target)).toHaveLength(2)
})

test('a ping says whether it would work, and deploys nothing', async () => {
  await create({}, world.tokens.member)
  const ping = async () => (await world.call('POST', `${hooks()}/next/ping`)).body
  expect(await ping()).toMatchObject({
    kind: 'ping',
    responseCode: 202,
    responseBody: expect.stringContaining(`it updates web/${target}`),
  })
  await world.db.query('delete from stacks where name = $1', [target])
  expect(await ping()).toMatchObject({
    responseCode: 404,
    responseBody: expect.stringContaining('stack_not_found'),
  })
})

test.each([
  [
    'without the right any more',
    () => world.db.query("update organizations set default_stack_permission = 101 where name = 'acme'"),
    () => world.db.query("update organizations set default_stack_permission = 102 where name = 'acme'"),
    404,
    'stack_not_found',
  ],
  [
    'whose settings are gone',
    () => world.call('DELETE', `/api/stacks/acme/web/${target}/deployments/settings`),
    async () => {},
    400,
    'repoUrl',
  ],
  [
    'whose person is gone',
    () => world.db.query('update webhooks set created_by = null'),
    async () => {},
    403,
    'nobody_to_act_for',
  ],
])('a webhook %s is refused once, and says why', async (_what, arrange, restore, status, why) => {
  expect((await create({}, world.tokens.member)).status).toBe(201)
  await arrange()
  try {
    await happens()
    await deliver()
    await ended().toEqual([status])
    const [delivery] = await deliveries()
    expect(delivery).toMatchObject({ attempts: 1, responseBody: expect.stringContaining(why) })
    expect(delivery).not.toHaveProperty('nextAttempt')
    expect(await deploymentsOf(target)).toEqual([])
  } finally {
    await restore()
  }
})

test('who may not write the other stack cannot save it, and whoever changes it stands for it', async () => {
  await world.addStack('hidden', 'other')
  for (const payloadUrl of ['web/hidden', 'web/none']) {
    expect(await create({ payloadUrl })).toMatchObject({ status: 400, body: { reason: 'stack_not_found' } })
  }
  expect((await create({}, world.tokens.admin)).status).toBe(201)
  const body = { displayName: 'renamed' }
  const changed = await world.call('PATCH', `${hooks()}/next`, { body, token: world.tokens.member })
  expect(changed).toMatchObject({
    status: 200,
    body: { displayName: 'renamed', payloadUrl: `web/${target}` },
  })
  await happens()
  await deliver()
  await ended().toEqual([202])
  expect((await deploymentsOf(target))[0]).toMatchObject({ requestedBy: { githubLogin: 'member' } })
})

test('stacks that would update each other without end are refused, over any number of webhooks', async () => {
  expect(await create({ payloadUrl: `web/${source}` })).toMatchObject({
    status: 400,
    body: { reason: 'webhook_loop' },
  })
  const middle = `m${serial}`
  await add(middle)
  expect((await create({ payloadUrl: `web/${middle}` })).status).toBe(201)
  expect((await create({ active: false }, world.tokens.admin, middle)).status).toBe(201)
  const back = { payloadUrl: `web/${source}` }
  expect(await create(back, world.tokens.admin, target)).toMatchObject({
    status: 400,
    body: { reason: 'webhook_loop' },
  })
  // A diamond is no loop.
  expect((await create({ name: 'direct' })).status).toBe(201)
})

test('two that would close a loop at once: one of them is refused', async () => {
  const answers = await Promise.all([
    create(),
    create({ payloadUrl: `web/${source}` }, world.tokens.admin, target),
  ])
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 400])
})

test('an organization has none of it, and without filters there is a word of warning', async () => {
  const body = { displayName: 'x', payloadUrl: `web/${target}`, active: true, format: 'pulumi_deployments' }
  expect(await world.call('POST', '/api/orgs/acme/hooks', { body })).toMatchObject({
    status: 400,
    body: { reason: 'invalid_format', message: expect.stringContaining('of a stack') },
  })
  const made = await create({ filters: [] })
  expect(made.headers['x-pulumi-warning']).toMatch(/every event of this stack updates/)
})
