import { randomUUID } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Receiver, startReceiver } from '../../../test/harness/receiver.ts'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'
import { nothingConnected } from '../deployments/linked-repository.ts'
import { announce } from '../outbox/outbox.ts'
import { type Deliveries, type DeliveryServices, startDeliveries } from './deliver.ts'
import { createPost } from './post.ts'
import { spreadEvents } from './spread.ts'
import { retrySeconds } from './webhook.ts'

let world: World
let receiver: Receiver
let stack = ''
let serial = 0
const workers: Deliveries[] = []
const attempts: string[] = []

beforeAll(async () => {
  receiver = await startReceiver()
  world = await createWorld({ flags: ['--allow-private-webhooks'], poolSize: 20 })
})
afterAll(async () => {
  await world.close()
  await receiver.close()
})
beforeEach(async () => {
  receiver.received.length = 0
  receiver.answer = (_one, response) => void response.writeHead(204).end()
  attempts.length = 0
  await world.db.query('delete from webhooks')
  await world.db.query('delete from outbox')
  await world.db.query('delete from stacks')
  await world.db.query('update organizations set running_deployments = 0')
  serial += 1
  stack = `d${serial}`
  await world.addStack(stack)
})
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()))
})

async function deliver(more: Partial<DeliveryServices> = {}): Promise<Deliveries> {
  const worker = startDeliveries({
    db: world.db,
    listener: await world.database.listen(),
    secrets: world.secrets,
    organizationSecrets: world.organizationSecrets,
    post: createPost({
      allowPrivate: true,
      lookup: (name) => lookup(name, { all: true }),
      ownAddresses: () => [],
      timeoutMs: 1000,
    }),
    now: () => new Date(),
    random: () => 0,
    randomUuid: randomUUID,
    baseUrl: 'https://daypass.example.com',
    ending: world.ending,
    linked: nothingConnected,
    config: world.config,
    log: { warn: () => {}, error: () => {} },
    onAttempt: (result) => attempts.push(result),
    sweepSeconds: 0.05,
    ...more,
  })
  workers.push(worker)
  return worker
}
const hook = async (more: object = {}, path = `/api/stacks/acme/web/${stack}/hooks`): Promise<string> => {
  const body = { displayName: 'x', payloadUrl: `${receiver.url}/${stack}`, active: true, ...more }
  return (await world.call('POST', path, { body })).body.name
}
const announced = (event: 'deployment_queued' | 'deployment_failed', deploymentId: string) =>
  world.db.transaction((tx) => announce(tx, { event, deploymentId }))
const deploymentOf = async (name = stack): Promise<string> =>
  (
    await world.call('POST', `/api/stacks/acme/web/${name}/deployments`, {
      body: { operation: 'update', sourceContext: { git: GIT } },
    })
  ).body.id
const bodies = () => receiver.received.map(({ body }) => JSON.parse(body.toString()))
const deliveries = async () =>
  (
    await world.db.query<{ dueAt: Date | null; attempts: number; code: number; body: string }>(
      'select due_at as "dueAt", attempts, response_code as code, response_body as body from webhook_deliveries order by seq',
    )
  ).rows

test('a deployment and its update are told as they happen, in the shapes of Pulumi', async () => {
  await hook()
  await deliver()
  await deploymentOf()
  const claim = await world.claim()
  await world.job('POST', '/api/daypass/job/start', claim?.jobToken ?? '', {})
  await world.job('POST', '/api/daypass/job/start', claim?.jobToken ?? '', {})
  const token = claim?.job.stackToken ?? ''
  const update = {
    name: 'web',
    runtime: 'yaml',
    options: {},
    config: {},
    metadata: { message: '', environment: {} },
  }
  const updates = `/api/stacks/acme/web/${stack}/update`
  const { updateID } = (await world.call('POST', updates, { token, body: update })).body
  const lease = (await world.call('POST', `${updates}/${updateID}`, { token, body: {} })).body.token
  await world.call('POST', `${updates}/${updateID}/complete`, {
    token: null,
    headers: { authorization: `update-token ${lease}` },
    body: { status: 'succeeded' },
  })
  await world.job('POST', '/api/daypass/job/finish', claim?.jobToken ?? '', {
    result: 'failed',
    failure: { code: 'x', message: 'broken' },
  })
  await expect.poll(() => receiver.received.length).toBe(4)
  const person = { name: 'ADMIN', githubLogin: 'admin', avatarUrl: '' }
  const common = {
    user: person,
    organization: { name: 'acme', githubLogin: 'acme', avatarUrl: '' },
    projectName: 'web',
    stackName: stack,
  }
  const deployment = {
    ...common,
    deploymentUrl: `https://daypass.example.com/acme/web/${stack}/deployments/1`,
    version: 1,
    operation: 'update',
  }
  const told = {
    ...common,
    updateUrl: `https://daypass.example.com/acme/web/${stack}/updates/1`,
    kind: 'update',
    result: 'succeeded',
    resourceChanges: {},
    isPreview: false,
  }
  expect(bodies()).toHaveLength(4)
  expect(bodies()).toEqual(
    expect.arrayContaining([
      { ...deployment, status: 'not-started' },
      { ...deployment, status: 'running' },
      { ...deployment, status: 'failed' },
      told,
    ]),
  )
  const kinds = receiver.received.map(({ headers }) => headers['pulumi-webhook-kind']).sort()
  expect(kinds).toEqual(['deployment', 'deployment', 'deployment', 'stack_update'])
})

test('an organization hears of stacks that come and go, and each webhook of what it asked for', async () => {
  await hook({ payloadUrl: `${receiver.url}/stacks`, filters: ['stack_deleted'] }, '/api/orgs/acme/hooks')
  await hook({ payloadUrl: `${receiver.url}/group`, groups: ['stacks'] }, '/api/orgs/acme/hooks')
  await hook({ payloadUrl: `${receiver.url}/off`, active: false }, '/api/orgs/acme/hooks')
  await hook({ payloadUrl: `${receiver.url}/own`, filters: ['deployment_queued'] })
  await deliver()
  await world.call('POST', '/api/stacks/acme/web', { body: { stackName: 'brief' } })
  await deploymentOf('brief')
  expect((await world.call('DELETE', '/api/stacks/acme/web/brief')).status).toBe(204)
  await deploymentOf()
  await expect.poll(() => receiver.received.length).toBe(4)
  const told = receiver.received.map(({ path, body }) => {
    const { action = null, stackName } = JSON.parse(body.toString())
    return [path, action, stackName]
  })
  expect(told.sort()).toEqual(
    [
      ['/stacks', 'deleted', 'brief'],
      ['/group', 'created', 'brief'],
      ['/group', 'deleted', 'brief'],
      ['/own', null, stack],
    ].sort(),
  )
})

test('drift is told with what was found', async () => {
  await hook({ format: 'raw', groups: ['deployments'], filters: [] })
  const deploymentId = await deploymentOf()
  const found = { driftRunId: randomUUID(), driftDetected: true, resourceChanges: { update: 3 } }
  await world.db.transaction((tx) =>
    announce(tx, { event: 'drift_detection_succeeded', deploymentId, ...found }),
  )
  await deliver()
  await expect.poll(() => receiver.received.length).toBe(2)
  expect(bodies()).toContainEqual({
    user: expect.anything(),
    organization: expect.anything(),
    projectName: 'web',
    stackName: stack,
    ...found,
    status: 'succeeded',
    referenceUrl: `https://daypass.example.com/acme/web/${stack}/deployments/1`,
  })
})

test('chats get a sentence in which nothing of a program is read as markup', async () => {
  await world.db.query("update users set name = '<!channel> *B*' where login = 'admin'")
  await hook({ format: 'slack' })
  await hook({ format: 'ms_teams' })
  await deliver()
  await deploymentOf()
  await expect.poll(() => receiver.received.length).toBe(2)
  const url = `https://daypass.example.com/acme/web/${stack}/deployments/1`
  const [slack] = bodies().filter(({ text }) => text !== undefined)
  expect(slack).toEqual({
    text: `Deployment 1 (update) of acme/web/${stack} (&lt;!channel&gt; *B*): not-started. <${url}|Details>`,
  })
  const [teams] = bodies().filter(({ type }) => type === 'message')
  const { content, contentType } = teams.attachments[0]
  expect(contentType).toBe('application/vnd.microsoft.card.adaptive')
  expect(content.body[0].inlines[0].text).toContain('<!channel> *B*')
  expect(content.actions[0].url).toBe(url)
})

test('nothing is written where nobody listens, and nothing when the act is undone', async () => {
  const other = await world.addStack('quiet')
  await hook()
  await deploymentOf('quiet')
  expect((await world.db.query('select from outbox')).rowCount).toBe(0)
  const id = await deploymentOf()
  expect((await world.db.query('select from outbox')).rowCount).toBe(1)
  const undone = world.db.transaction(async (tx) => {
    await announce(tx, { event: 'deployment_failed', deploymentId: id })
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  expect((await world.db.query('select from outbox')).rowCount).toBe(1)
  expect(other).toBeDefined()
})

test('an event outlives the server that was to tell it, and so does a delivery', async () => {
  await hook()
  await deploymentOf()
  // Dies while it spreads: nothing has happened.
  const dead = world.db.transaction(async (tx) => {
    const db = { ...world.db, transaction: <T>(work: (inner: typeof tx) => Promise<T>) => work(tx) }
    await spreadEvents({ db, randomUuid: randomUUID, baseUrl: 'x' })
    throw new Error('died')
  })
  await expect(dead).rejects.toThrow('died')
  expect(await deliveries()).toEqual([])
  // Dies while it sends: another one takes over when its time is over.
  await spreadEvents({ db: world.db, randomUuid: randomUUID, baseUrl: 'x' })
  await world.db.query("update webhook_deliveries set attempts = 1, due_at = now() + interval '0.3 s'")
  await deliver()
  await expect.poll(() => receiver.received.length).toBe(1)
  await expect.poll(deliveries).toMatchObject([{ dueAt: null, attempts: 2, code: 204 }])
})

test('a failure is tried again later, with the same id, and given up in the end', async () => {
  receiver.answer = (_one, response) => void response.writeHead(500).end('no')
  await hook()
  await deploymentOf()
  await deliver()
  await expect.poll(() => attempts.length).toBe(1)
  const [first] = await deliveries()
  const inSeconds = ((first?.dueAt?.getTime() ?? 0) - Date.now()) / 1000
  expect(inSeconds).toBeGreaterThan(3)
  expect(inSeconds).toBeLessThan(8)
  for (let attempt = 2; attempt <= 8; attempt += 1) {
    await world.db.query('update webhook_deliveries set due_at = now()')
    await expect.poll(() => attempts.length).toBe(attempt)
  }
  expect(await deliveries()).toMatchObject([{ dueAt: null, attempts: 8 }])
  expect(new Set(receiver.received.map(({ headers }) => headers['pulumi-webhook-id'])).size).toBe(1)
  await expect.poll(() => attempts).toEqual([...Array(7).fill('try-again'), 'given-up'])
})

test('retries come later and later, and never together', () => {
  const seconds = [1, 2, 3, 4, 5, 6, 7].map((attempt) => [
    retrySeconds(attempt, () => 0),
    retrySeconds(attempt, () => 1),
  ])
  expect(seconds).toEqual([
    [7.5, 15],
    [30, 60],
    [120, 240],
    [480, 960],
    [1920, 3840],
    [7680, 15_360],
    [10_800, 21_600],
  ])
})

test('a receiver that hangs holds up nobody else, also not the rest of its organization', async () => {
  const slow = await startReceiver()
  slow.answer = () => {}
  for (let n = 0; n < 5; n += 1) await hook({ payloadUrl: slow.url, name: `slow-${n}` })
  await hook({ name: 'quick' })
  const id = await deploymentOf()
  for (let n = 0; n < 9; n += 1) await announced('deployment_failed', id)
  await deliver({
    post: createPost({
      allowPrivate: true,
      lookup: (name) => lookup(name, { all: true }),
      ownAddresses: () => [],
      timeoutMs: 60_000,
    }),
  })
  await expect.poll(() => receiver.received.length).toBe(10)
  // Its share of the places, and those that were given away in the look that found it full.
  expect(slow.received.length).toBeGreaterThan(0)
  expect(slow.received.length).toBeLessThanOrEqual(5)
  await Promise.all(workers.splice(0).map((worker) => worker.stop()))
  await slow.close()
})

test('several servers send each delivery once', async () => {
  await hook()
  const id = await deploymentOf()
  for (let n = 0; n < 39; n += 1) await announced('deployment_failed', id)
  await Promise.all([deliver(), deliver(), deliver()])
  await expect.poll(() => receiver.received.length).toBeGreaterThanOrEqual(40)
  await expect.poll(async () => (await deliveries()).every(({ dueAt }) => dueAt === null)).toBe(true)
  expect(receiver.received).toHaveLength(40)
  expect(new Set(receiver.received.map(({ headers }) => headers['pulumi-webhook-id'])).size).toBe(40)
})

test('stopping gives back what is under way, for the next server', async () => {
  receiver.answer = () => {}
  await hook()
  await deploymentOf()
  const worker = await deliver()
  await expect.poll(() => receiver.received.length).toBe(1)
  await worker.stop()
  const [left] = await deliveries()
  expect(left).toMatchObject({ attempts: 0, code: 0 })
  expect(left?.dueAt?.getTime()).toBeLessThanOrEqual(Date.now() + 1000)
  receiver.answer = (_one, response) => void response.writeHead(204).end()
  await deliver()
  await expect.poll(deliveries).toMatchObject([{ dueAt: null, code: 204 }])
})

test('a private address is refused at once and for good, whatever the name said when it was saved', async () => {
  await hook({ payloadUrl: `http://rebound.example.com:${receiver.port}/` })
  await deploymentOf()
  await deliver({
    post: createPost({
      allowPrivate: false,
      lookup: async () => [{ address: '127.0.0.1', family: 4 }],
      ownAddresses: () => [],
      timeoutMs: 1000,
    }),
  })
  await expect.poll(deliveries).toMatchObject([{ dueAt: null, attempts: 1, code: 0 }])
  expect((await deliveries())[0]?.body).toContain('not on the public internet')
  expect(receiver.received).toEqual([])
})

test('switching a webhook off gives up what waits', async () => {
  receiver.answer = (_one, response) => void response.writeHead(503).end()
  const name = await hook()
  await deploymentOf()
  await deliver()
  await expect.poll(deliveries).toMatchObject([{ attempts: 1, code: 503 }])
  await world.call('PATCH', `/api/stacks/acme/web/${stack}/hooks/${name}`, { body: { active: false } })
  expect(await deliveries()).toMatchObject([{ dueAt: null, code: 503 }])
})

test('a secret that does not open ends the delivery with a sentence', async () => {
  await hook({ secret: 'hush' })
  await deploymentOf()
  await world.db.query("update webhooks set sealed_secret = decode('00', 'hex')")
  await deliver()
  await expect
    .poll(deliveries)
    .toMatchObject([{ dueAt: null, code: 0, body: expect.stringContaining('master key') }])
  expect(receiver.received).toEqual([])
})
