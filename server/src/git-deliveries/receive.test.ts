import { createHmac, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, type World } from '../../../test/harness/world.ts'

let world: World
let hub: { id: string; secret: string }

beforeAll(async () => {
  world = await createWorld({ flags: ['--failed-logins-per-minute', '20'] })
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.db.query('delete from git_hosts')
  hub = await connect('hub', 'github')
})

const HOSTS = '/api/daypass/orgs/acme/git-hosts'

async function connect(name: string, kind: string): Promise<{ id: string; secret: string }> {
  const webUrl = kind === 'github' ? {} : { webUrl: 'https://git.example.com' }
  const { body } = await world.call('POST', HOSTS, { body: { name, kind, ...webUrl } })
  return { id: body.id, secret: body.webhookSecret }
}

const push = (after: string, more: object = {}) =>
  JSON.stringify({
    ref: 'refs/heads/main',
    before: 'a'.repeat(40),
    after,
    repository: { full_name: 'acme/web', clone_url: 'https://github.com/acme/web.git' },
    commits: [],
    ...more,
  })

interface Delivered {
  readonly to?: { id: string; secret: string }
  readonly id?: string
  readonly event?: string
  readonly signature?: string | null
}

async function deliver(raw: string, { to = hub, id, event = 'push', signature }: Delivered = {}) {
  const signed = `sha256=${createHmac('sha256', to.secret).update(raw).digest('hex')}`
  const given = signature === undefined ? signed : signature
  return world.call('POST', `/api/daypass/git-hosts/${to.id}/events`, {
    raw,
    token: null,
    headers: {
      'x-github-event': event,
      'x-github-delivery': id ?? randomUUID(),
      ...(given !== null && { 'x-hub-signature-256': given }),
    },
  })
}

const stored = async () => (await world.call('GET', `${HOSTS}/hub/deliveries`)).body.deliveries

test('what is signed is stored before it is answered, and waits to be handled', async () => {
  expect(await deliver(push('b'.repeat(40)))).toMatchObject({ status: 202, body: { status: 'stored' } })
  expect(await stored()).toMatchObject([
    { event: 'push', origin: 'host', about: 'acme/web refs/heads/main', attempts: 0, state: 'waiting' },
  ])
  expect((await world.call('GET', `${HOSTS}/hub`)).body.lastEvent).toEqual(expect.any(String))
})

test('what is delivered again is known, by its id and by its bytes', async () => {
  const id = randomUUID()
  const raw = push('b'.repeat(40))
  await deliver(raw, { id })
  expect((await deliver(raw, { id })).body).toEqual({ status: 'known' })
  // The id is not signed: whoever has seen a delivery can send it with another one.
  expect((await deliver(raw)).body).toEqual({ status: 'known' })
  expect((await deliver(push('c'.repeat(40)), { id })).body).toEqual({ status: 'known' })
  expect(await stored()).toHaveLength(1)
})

test('twenty that come at once are stored once', async () => {
  const id = randomUUID()
  const raw = push('b'.repeat(40))
  const answers = await Promise.all(Array.from({ length: 20 }, () => deliver(raw, { id })))
  expect(answers.filter(({ body }) => body.status === 'stored')).toHaveLength(1)
})

test('the door of Pulumi’s Custom VCS takes its signature, and no other kind of host', async () => {
  const custom = await connect('vcs', 'custom')
  const raw = JSON.stringify({
    event: 'push',
    commit: 'b'.repeat(40),
    branch: 'main',
    repoUrl: 'https://git.example.com/acme/web.git',
  })
  const send = (to: { id: string; secret: string }) =>
    world.call('POST', '/workflow/generic-vcs', {
      raw,
      token: null,
      headers: {
        'x-generic-vcs-integration-id': to.id,
        'x-generic-vcs-signature': `v1=${createHmac('sha256', to.secret).update(raw).digest('hex')}`,
      },
    })
  expect(await send(custom)).toMatchObject({ status: 202, body: { status: 'stored' } })
  expect(await send({ ...custom, secret: 'other' })).toMatchObject({ status: 404 })
  expect(await send(hub)).toMatchObject({ status: 404 })
  const { deliveries } = (await world.call('GET', `${HOSTS}/vcs/deliveries`)).body
  expect(deliveries).toMatchObject([{ event: 'push', about: 'acme/web refs/heads/main' }])
})

test('an unknown host and a wrong signature are answered alike, and too many are told to wait', async () => {
  const raw = push('b'.repeat(40))
  const refused = [
    await deliver(raw, { signature: null }),
    await deliver(raw, { signature: `sha256=${'0'.repeat(64)}` }),
    await deliver(raw, { to: { id: randomUUID(), secret: hub.secret } }),
    await deliver(raw, { to: { id: 'x', secret: hub.secret } }),
    await deliver(raw, { to: { id: hub.id, secret: 'other' } }),
  ]
  expect(new Set(refused.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1)
  expect(refused[0]).toMatchObject({ status: 404, body: { reason: 'delivery_refused' } })
  for (let more = 0; more < 20; more += 1) await deliver(raw, { signature: null })
  expect(await deliver(raw, { signature: null })).toMatchObject({
    status: 429,
    body: { reason: 'too_many_refused_deliveries' },
  })
  // One that is good passes all the same.
  expect(await deliver(raw)).toMatchObject({ status: 202 })
})

test('what nothing follows from is over at once, and says why', async () => {
  await deliver('{"zen":"x","hook":{"events":["push"]}}', { event: 'ping' })
  await deliver('{"repository":{"full_name":"a/b","clone_url":"https://github.com/a/b.git"}}', {
    event: 'star',
  })
  expect(await stored()).toMatchObject([
    { state: 'handled', ignored: 'Nothing follows from the event "star".' },
    { state: 'handled', ignored: 'The host asked whether we are here.' },
  ])
})

test('one is looked at as it came, and sent again', async () => {
  const raw = push('b'.repeat(40), { note: 'ü' })
  await deliver(raw)
  const [{ id }] = await stored()
  await world.db.query('update git_deliveries set due_at = null, attempts = 10')
  const path = `${HOSTS}/hub/deliveries/${id}`
  expect((await world.call('GET', path)).body).toMatchObject({
    body: raw,
    headers: { 'x-github-event': 'push' },
  })
  const again = await world.call('POST', `${path}/redeliver`)
  expect(again).toMatchObject({ status: 202, body: { state: 'waiting', attempts: 0 } })
  await world.db.query('update git_deliveries set lease_id = gen_random_uuid()')
  expect(await world.call('POST', `${path}/redeliver`)).toMatchObject({ status: 409 })
  expect(await world.call('GET', `${HOSTS}/hub/deliveries/${randomUUID()}`)).toMatchObject({ status: 404 })
})
