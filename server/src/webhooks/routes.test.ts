import { createHmac } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Receiver, startReceiver } from '../../../test/harness/receiver.ts'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'
import { createPost } from './post.ts'

let world: World
let receiver: Receiver
let serial = 0
let stack = ''
beforeAll(async () => {
  receiver = await startReceiver()
  world = await createWorld({
    flags: ['--allow-private-webhooks'],
    post: createPost({
      allowPrivate: true,
      lookup: (name) => lookup(name, { all: true }),
      ownAddresses: () => [],
      timeoutMs: 500,
    }),
  })
})
afterAll(async () => {
  await world.close()
  await receiver.close()
})
beforeEach(async () => {
  receiver.received.length = 0
  receiver.answer = (_one, response) => void response.writeHead(200).end('thanks')
  await world.db.query('delete from webhooks')
  serial += 1
  stack = `h${serial}`
  await world.addStack(stack)
})

const ORGANIZATION = '/api/orgs/acme/hooks'
const ofStack = () => `/api/stacks/acme/web/${stack}/hooks`
const body = (more: object = {}) => ({
  displayName: 'Mine',
  payloadUrl: `${receiver.url}/in`,
  active: true,
  ...more,
})
const create = (path: string, more: object = {}) => world.call('POST', path, { body: body(more) })

test.each(['an organization', 'a stack'])('the life of a webhook of %s', async (whose) => {
  const path = whose === 'a stack' ? ofStack() : ORGANIZATION
  const made = await create(path, { filters: ['update_failed'], secret: 'hush', organizationName: 'acme' })
  expect(made.status).toBe(201)
  const expected = {
    organizationName: 'acme',
    ...(whose === 'a stack' && { projectName: 'web', stackName: stack }),
    name: expect.stringMatching(/^[0-9a-f]{8}$/),
    displayName: 'Mine',
    payloadUrl: `${receiver.url}/in`,
    active: true,
    format: 'raw',
    filters: ['update_failed'],
    groups: [],
    hasSecret: true,
    secretCiphertext: '',
  }
  expect(made.body).toEqual(expected)
  const { name } = made.body
  expect((await world.call('GET', path)).body).toEqual([expected])
  expect((await world.call('GET', `${path}/${name}`)).body).toEqual(expected)

  // As the CLI changes one: everything it has read, without the lists that are empty.
  const { filters: _filters, ...whole } = made.body
  const changed = await world.call('PATCH', `${path}/${name}`, {
    body: { ...whole, groups: ['deployments'] },
  })
  expect(changed.body).toEqual({ ...expected, filters: [], groups: ['deployments'] })
  // As a person does by hand.
  const off = await world.call('PATCH', `${path}/${name}`, { body: { active: false, filters: null } })
  expect(off.body).toEqual({ ...changed.body, active: false })
  const open = await world.call('PATCH', `${path}/${name}`, { body: { secret: '__remove-secret' } })
  expect(open.body).toMatchObject({ hasSecret: false, groups: ['deployments'] })

  expect((await world.call('DELETE', `${path}/${name}`)).status).toBe(204)
  expect((await world.call('GET', `${path}/${name}`)).body.reason).toBe('webhook_not_found')
  expect((await world.call('DELETE', `${path}/${name}`)).status).toBe(404)
  const { rows } = await world.db.query<{ action: string; text: string }>(
    'select action, row_to_json(a)::text as text from audit_log a order by seq desc limit 5',
  )
  expect(rows.map(({ action }) => action)).toEqual([
    'webhook.deleted',
    ...Array(3).fill('webhook.changed'),
    'webhook.created',
  ])
  expect(rows.map(({ text }) => text).join()).not.toMatch(/hush|\/in/)
})

test('a generated client sends null for everything it did not set', async () => {
  const nothing = {
    name: null,
    projectName: null,
    stackName: null,
    envName: null,
    secret: null,
    format: null,
  }
  const made = await create(ORGANIZATION, { ...nothing, filters: null, groups: null })
  expect(made.body).toMatchObject({ format: 'raw', filters: [], groups: [], hasSecret: false })
})

test.each([
  ['no URL', { payloadUrl: null }, 'no_payload_url'],
  ['a file', { payloadUrl: 'file:///etc/passwd' }, 'invalid_payload_url'],
  ['a password in the URL', { payloadUrl: 'https://u:p@example.com' }, 'invalid_payload_url'],
  ['a mail port', { payloadUrl: 'http://example.com:25/' }, 'payload_url_refused'],
  ['an unknown format', { format: 'discord' }, 'invalid_format'],
  [
    'a deployment of a stack that is none',
    { format: 'pulumi_deployments', payloadUrl: 'web/other' },
    'stack_not_found',
  ],
  ['a deployment of a URL', { format: 'pulumi_deployments' }, 'invalid_payload_url'],
  ['an unknown event', { filters: ['update_succeded'] }, 'unknown_event'],
  ['an unknown group', { groups: ['stack'] }, 'unknown_event'],
  ['an event of organizations', { filters: ['stack_deleted'] }, 'unknown_event'],
  ['another stack', { stackName: 'other' }, 'other_owner'],
  ['another organization', { organizationName: 'other' }, 'other_owner'],
  ['a name that is a step in a path', { name: '..' }, 'invalid_name'],
  ['a body that is none', { filters: 'all' }, 'invalid_request'],
])('%s is refused', async (_what, more, reason) => {
  const answer = await create(ofStack(), more)
  expect(answer).toMatchObject({ status: 400, body: { reason } })
  expect(JSON.stringify(answer.body)).not.toContain('u:p')
})

test('without the flag of the operator, a private address is refused when it is saved', async () => {
  const strict = await createWorld()
  try {
    await strict.addStack('one')
    const answer = await strict.call('POST', '/api/stacks/acme/web/one/hooks', {
      body: { displayName: 'x', payloadUrl: 'http://169.254.169.254/latest', active: true },
    })
    expect(answer.body).toMatchObject({ reason: 'payload_url_refused' })
    expect(answer.body.message).toContain('--allow-private-webhooks')
  } finally {
    await strict.close()
  }
})

test('a name is taken once, by each owner', async () => {
  expect((await create(ORGANIZATION, { name: 'one' })).status).toBe(201)
  expect((await create(ORGANIZATION, { name: 'one' })).body.reason).toBe('webhook_exists')
  expect((await create(ofStack(), { name: 'one' })).status).toBe(201)
})

test('what never happens here is taken, with a word about it', async () => {
  const made = await create(ORGANIZATION, { groups: ['policies', 'environments'] })
  expect(made.status).toBe(201)
  expect(made.headers['x-pulumi-warning']).toContain('policies')
})

test('members use those of stacks, admins those of the organization, strangers and jobs none', async () => {
  const { member, stranger } = world.tokens
  const statuses = async (token: string, path: string) => [
    (await world.call('GET', path, { token })).status,
    (await world.call('POST', path, { token, body: body() })).status,
  ]
  expect(await statuses(member, ofStack())).toEqual([200, 201])
  expect(await statuses(member, ORGANIZATION)).toEqual([403, 403])
  expect(await statuses(stranger, ofStack())).toEqual([404, 404])
  expect(await statuses(stranger, ORGANIZATION)).toEqual([404, 404])
  await world.call('POST', `/api/stacks/acme/web/${stack}/deployments`, {
    body: { operation: 'update', sourceContext: { git: GIT } },
  })
  const claim = await world.claim()
  await world.job('POST', '/api/daypass/job/start', claim?.jobToken ?? '', {})
  const token = claim?.job.stackToken ?? ''
  expect(await statuses(token, ofStack())).toEqual([403, 403])
})

test('a ping goes out at once, signed, and is kept with its answer', async () => {
  const { name } = (await create(ORGANIZATION, { secret: 'hush' })).body
  const ping = await world.call('POST', `${ORGANIZATION}/${name}/ping`)
  const [received] = receiver.received
  expect(received?.headers['content-type']).toBe('application/json')
  expect(received?.headers['pulumi-webhook-kind']).toBe('ping')
  expect(received?.headers['pulumi-webhook-id']).toBe(ping.body.id)
  const signature = createHmac('sha256', 'hush')
    .update(received?.body ?? '')
    .digest('hex')
  expect(received?.headers['pulumi-webhook-signature']).toBe(signature)
  expect(ping.body).toEqual({
    id: expect.any(String),
    kind: 'ping',
    payload: received?.body.toString(),
    timestamp: expect.any(Number),
    duration: expect.any(Number),
    requestUrl: `${receiver.url}/in`,
    requestHeaders: expect.stringContaining('Pulumi-Webhook-Kind: ping'),
    responseCode: 200,
    responseHeaders: expect.any(String),
    responseBody: 'thanks',
    attempts: 1,
  })
  expect(ping.body.timestamp).toBeGreaterThan(1_700_000_000)
  expect((await world.call('GET', `${ORGANIZATION}/${name}/deliveries`)).body).toEqual([ping.body])
})

test('a delivery is sent again as it was, also when the webhook speaks otherwise by now', async () => {
  const { name } = (await create(ofStack())).body
  const ping = (await world.call('POST', `${ofStack()}/${name}/ping`)).body
  await world.call('PATCH', `${ofStack()}/${name}`, { body: { format: 'slack', secret: 'hush' } })
  const again = await world.call('POST', `${ofStack()}/${name}/deliveries/${ping.id}/redeliver`)
  expect(again.body).toMatchObject({ kind: 'ping', payload: ping.payload, responseCode: 200 })
  expect(again.body.id).not.toBe(ping.id)
  expect(receiver.received.map((one) => one.body.toString())).toEqual([ping.payload, ping.payload])
  expect(receiver.received[1]?.headers['pulumi-webhook-signature']).toMatch(/^[0-9a-f]{64}$/)
  for (const id of ['none', ping.id.replace(/^./, (c: string) => (c === '0' ? '1' : '0'))]) {
    const none = await world.call('POST', `${ofStack()}/${name}/deliveries/${id}/redeliver`)
    expect(none.body.reason).toBe('delivery_not_found')
  }
})

test('a ping that hangs is answered in time, and says so', async () => {
  receiver.answer = () => {}
  const { name } = (await create(ofStack())).body
  const ping = await world.call('POST', `${ofStack()}/${name}/ping`)
  expect(ping).toMatchObject({ status: 200, body: { responseCode: 0 } })
  expect(ping.body.responseBody).toBe('There was no answer within 0.5 seconds.')
})

test('the secret lies sealed, and opens for its owner alone', async () => {
  await create(ORGANIZATION, { name: 'sealed', secret: 'correct horse battery' })
  const { rows } = await world.db.query<{ sealed: Buffer }>(
    "select sealed_secret as sealed from webhooks where name = 'sealed'",
  )
  const sealed = rows[0]?.sealed ?? Buffer.alloc(0)
  expect(sealed.toString('latin1')).not.toContain('horse')
  const { acme, other } = world.organizationIds
  const open = (id: string, purpose: 'webhook' | 'state') =>
    world.organizationSecrets.open(world.db, id, purpose, sealed)
  expect((await open(acme, 'webhook'))?.toString()).toBe('correct horse battery')
  expect(await open(acme, 'state')).toBeUndefined()
  expect(await open(other, 'webhook')).toBeUndefined()
})
