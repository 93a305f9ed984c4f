import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createWorld, type World } from '../../../test/harness/world.ts'
import { HostUnavailable } from '../git-hosts/adapter.ts'
import { addDelivery } from './delivery.sql.ts'
import { type HandleEvent, MOST_ATTEMPTS } from './delivery.ts'
import { type GitWork, startGitWork } from './work.ts'

let world: World
let hostId: string
let work: GitWork | undefined
let listener: Awaited<ReturnType<World['database']['listen']>>
const DONE = { outcome: {}, tryAgain: false }

beforeAll(async () => {
  world = await createWorld()
  listener = await world.database.listen()
})
afterAll(async () => {
  await listener.close()
  await world.close()
})
beforeEach(async () => {
  await world.db.query('delete from git_hosts')
  hostId = await addHost('hub')
})
afterEach(async () => {
  await work?.stop()
  work = undefined
})

async function addHost(name: string): Promise<string> {
  const { body } = await world.call('POST', '/api/daypass/orgs/acme/git-hosts', {
    body: { name, kind: 'github' },
  })
  return body.id
}

async function add(after: string, { subject = 'acme/web main', to = hostId } = {}): Promise<void> {
  const body = {
    ref: 'refs/heads/main',
    after: after.repeat(40),
    repository: { full_name: 'acme/web', clone_url: 'https://github.com/acme/web.git' },
    nonce: randomUUID(),
  }
  const stored = await addDelivery(world.db, {
    id: randomUUID(),
    hostId: to,
    deliveryKey: randomUUID(),
    event: 'push',
    origin: 'host',
    subject,
    headers: { 'x-github-event': 'push' },
    body: Buffer.from(JSON.stringify(body)),
    outcome: undefined,
  })
  expect(stored).toBe(true)
}

function start(handle: HandleEvent): void {
  work = startGitWork({
    db: world.db,
    listener,
    now: () => new Date(),
    random: () => 1,
    handle,
    log: { warn: () => {}, error: () => {} },
    sweepSeconds: 0.05,
  })
}

const rows = async () =>
  (
    await world.db.query<{ due: number | null; attempts: number; outcome: { problem?: string } | null }>(
      `select extract(epoch from due_at - clock_timestamp())::float as due, attempts, outcome
         from git_deliveries order by seq`,
    )
  ).rows
const allOver = () =>
  vi.waitFor(async () => expect((await rows()).every(({ due }) => due === null)).toBe(true))

test('those of one subject are handled in order, one at a time, and those of others meanwhile', async () => {
  const begun: string[] = []
  let most = 0
  let now = 0
  const gate = Promise.withResolvers<void>()
  for (const letter of ['a', 'b', 'c']) await add(letter)
  await add('d', { subject: 'acme/web other' })
  start(async (_context, event) => {
    if (event.kind !== 'push') throw new Error('no push')
    begun.push(event.after?.[0] ?? '')
    now += 1
    most = Math.max(most, now)
    if (event.after?.startsWith('a') || event.after?.startsWith('d')) await gate.promise
    now -= 1
    return DONE
  })
  await vi.waitFor(() => expect(begun.toSorted()).toEqual(['a', 'd']))
  gate.resolve()
  await allOver()
  expect(begun.filter((letter) => letter !== 'd')).toEqual(['a', 'b', 'c'])
  expect(most).toBe(2)
})

test('a host that answers nothing is asked again later, at the time that it gave', async () => {
  await add('a')
  start(async () => {
    throw new HostUnavailable(
      'The host takes no more requests for now (429).',
      new Date(Date.now() + 600_000),
    )
  })
  await vi.waitFor(async () => {
    const [row] = await rows()
    expect(row).toMatchObject({ attempts: 1, outcome: { problem: expect.stringContaining('429') } })
    expect(row?.due).toBeGreaterThan(590)
  })
  const { body } = await world.call('GET', '/api/daypass/orgs/acme/git-hosts/hub')
  expect(body.lastFailure.message).toContain('429')
})

test('what cannot be mended by waiting is given up in the end', async () => {
  await add('a')
  await world.db.query('update git_deliveries set attempts = $1', [MOST_ATTEMPTS - 1])
  start(async () => ({ outcome: { problem: 'Give the connection a new token.' }, tryAgain: true }))
  await allOver()
  expect(await rows()).toMatchObject([
    { attempts: MOST_ATTEMPTS, outcome: { problem: 'Give the connection a new token.' } },
  ])
})

test('a slow host holds up itself', async () => {
  const other = await addHost('other')
  const gate = Promise.withResolvers<void>()
  for (let count = 0; count < 30; count += 1) await add('a', { subject: `slow ${count}` })
  await add('b', { to: other })
  const others: string[] = []
  start(async (context) => {
    if (context.hostId === other) others.push(context.hostId)
    else await gate.promise
    return DONE
  })
  await vi.waitFor(() => expect(others).toHaveLength(1))
  gate.resolve()
  await allOver()
})

test('what a server died with is handled by another', async () => {
  await add('a')
  await world.db.query(
    "update git_deliveries set attempts = 1, lease_id = gen_random_uuid(), due_at = clock_timestamp() - interval '1 s'",
  )
  const handled: string[] = []
  start(async (_context, event) => {
    handled.push(event.kind)
    return DONE
  })
  await allOver()
  expect(handled).toEqual(['push'])
  expect(await rows()).toMatchObject([{ attempts: 2 }])
})
