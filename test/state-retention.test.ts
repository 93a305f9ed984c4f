/** Old states go and new ones stay; the history knows all of them, and nobody gets another state than he asked for. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prune, startRetention } from '../server/src/retention/retention.ts'
import { oldStates, type StateRetention } from '../server/src/state/retention.ts'
import { type StateClient, startStateClient } from './harness/state-client.ts'

let client: StateClient
let stack: string

beforeAll(async () => {
  client = await startStateClient()
})
afterAll(async () => {
  expect(await client.server.stop()).toBe(0)
})

async function pruneStates(retention: StateRetention): Promise<number> {
  let deleted = 0
  const onDeleted = (_what: string, count: number): void => {
    deleted += count
  }
  await prune({ db: client.db, onDeleted, log: { info: () => {}, error: () => {} } }, oldStates(retention))
  return deleted
}

const KEEP_ALL = { keepVersions: undefined, keepDays: undefined }

function state(version: number): string {
  return `{"version":3,"deployment":{"of":${version},"resources":[]}}`
}

/** Versions 1 to `count`, each a day older than the next; the second leaves no state, for its update failed at once. */
async function makeVersions(count: number): Promise<void> {
  stack = await client.makeStack()
  for (let version = 1; version <= count; version += 1) {
    if (version === 2) {
      const { lease, U } = await client.openUpdate(stack)
      await client.leased('POST', `${U}/complete`, lease, '{"status":"failed"}')
    } else {
      await client.importState(stack, state(version))
    }
  }
  await client.db.query(
    `update states set created_at = now() - make_interval(days => $1::integer - version::integer, hours => 1)
      where stack_id = (select id from stacks where name = $2)`,
    [count, stack.split('/').at(-1)],
  )
}

async function states(): Promise<number[]> {
  const { rows } = await client.db.query<{ version: number }>(
    'select t.version from states t join stacks s on s.id = t.stack_id where s.name = $1 order by 1',
    [stack.split('/').at(-1)],
  )
  return rows.map(({ version }) => version)
}

test('by default every state stays', async () => {
  await makeVersions(4)
  expect(await pruneStates(KEEP_ALL)).toBe(0)
  expect(await states()).toEqual([1, 3, 4])
})

test('so many of a stack, and what is asked for beyond is refused, not replaced', async () => {
  await makeVersions(6)
  await pruneStates({ ...KEEP_ALL, keepVersions: 3 })
  expect(await states()).toEqual([4, 5, 6])
  for (const version of [1, 2, 3]) {
    const refused = await client.call('GET', `${stack}/export/${version}`)
    expect(refused).toMatchObject({ status: 404, body: { code: 404, reason: 'state_deleted' } })
  }
  expect(await client.text(`${stack}/export/4`)).toBe(state(4))
  expect(await client.text(`${stack}/export`)).toBe(state(6))
  const { updates } = (await client.call('GET', `${stack}/updates`)).body
  expect(updates.map(({ version }: { version: number }) => version)).toEqual([6, 5, 4, 3, 2, 1])
  const { rowCount } = await client.db.query(
    'select from state_chunks c left join states t on t.id = c.state_id where t.id is null',
  )
  expect(rowCount).toBe(0)
})

test('so many days, and what either rule keeps', async () => {
  await makeVersions(6)
  await pruneStates({ keepVersions: 5, keepDays: 2 })
  expect(await states()).toEqual([1, 3, 4, 5, 6])
  await pruneStates({ ...KEEP_ALL, keepDays: 2 })
  expect(await states()).toEqual([5, 6])
  await client.db.query("update states set created_at = now() - interval '10 years'")
  await pruneStates({ ...KEEP_ALL, keepDays: 1 })
  expect(await states()).toEqual([6])
})

test('a state whose next ones are gone is not taken for the version of a failed update', async () => {
  await makeVersions(3)
  expect(await client.text(`${stack}/export/2`)).toBe(state(1))
  await pruneStates({ ...KEEP_ALL, keepVersions: 1 })
  expect((await client.call('GET', `${stack}/export/2`)).body).toMatchObject({ reason: 'state_deleted' })
  expect(await client.text(`${stack}/export/0`)).toContain('0001-01-01')
})

test('many states go in batches, an update under way keeps its ground, and a stop waits for one batch only', async () => {
  await makeVersions(3)
  await client.db.query(
    `insert into states (stack_id, version, schema_version, byte_count, sha256, created_at)
     select id, -n, 3, 0, sha256(''), now() - interval '1 year' from stacks, generate_series(1, 130) n where name = $1`,
    [stack.split('/').at(-1)],
  )
  const { lease, U } = await client.openUpdate(stack)
  const told: object[] = []
  const sweep = startRetention({
    db: client.db,
    walks: () => oldStates({ ...KEEP_ALL, keepVersions: 1 }),
    now: () => new Date(),
    onDeleted: () => {},
    log: { info: (details) => told.push(details), error: (details) => told.push(details) },
    sweepSeconds: 0.02,
  })
  while (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  await sweep.stop()
  expect(told[0]).toEqual({ what: 'states', deleted: expect.any(Number) })
  expect(await states()).toEqual([3])
  expect(await client.text(`${stack}/export`)).toBe(state(3))
  expect((await client.leased('POST', `${U}/complete`, lease, '{"status":"succeeded"}')).status).toBeLessThan(
    300,
  )
})
