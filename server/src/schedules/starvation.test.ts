/** However many schedules cannot be fired, and whoever holds their stacks: the others come at their time. */

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'
import { nothingConnected } from '../deployments/linked-repository.ts'
import { MOST_DUE } from './due.sql.ts'
import { fireDue, RETRY_SECONDS } from './fire.ts'

let world: World
let serial = 0
const failures: string[] = []
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.db.query('delete from stacks')
  failures.length = 0
})

const DUE = new Date('2030-03-01T04:00:00Z')
const later = (seconds: number): Date => new Date(DUE.getTime() + seconds * 1000)

/** A stack with a schedule that is due. */
async function scheduled(
  dueAt = DUE,
): Promise<{ stackId: string; id: string; runs: () => Promise<string[]> }> {
  serial += 1
  const stackId = await world.addStack(`s${serial}`)
  const path = `/api/stacks/acme/web/s${serial}/deployments`
  await world.call('PUT', `${path}/settings`, { body: { sourceContext: { git: GIT } } })
  const body = { scheduleCron: '0 4 * * *', request: { operation: 'refresh' } }
  const { id } = (await world.call('POST', `${path}/schedules`, { body })).body
  await world.db.query('update schedules set next_at = $2 where id = $1', [id, dueAt])
  return {
    stackId,
    id,
    runs: async () =>
      (await world.call('GET', `${path}/schedules/${id}/history`)).body.scheduleHistoryEvents.map(
        ({ result, planned }: { result: string; planned: string }) => `${result} ${planned.slice(0, 16)}`,
      ),
  }
}

/** Schedules of the same stack that no server can fire: their expression is none. */
const addBroken = (stackId: string, count: number, dueAt: Date) =>
  world.db.query(
    `insert into schedules (id, stack_id, kind, cron, request, next_at)
     select gen_random_uuid(), $1, 'raw', 'no cron', '{}', $3 from generate_series(1, $2)`,
    [stackId, count, dueAt],
  )

const fire = (at: Date): Promise<void> =>
  fireDue(
    {
      db: world.db,
      secrets: world.secrets,
      ending: world.ending,
      linked: nothingConnected,
      randomUuid: () => crypto.randomUUID(),
      config: world.config,
    },
    at,
    (id) => failures.push(id),
  )

test('more that cannot be fired than one look finds hold up nobody, and are tried again a minute later', async () => {
  const broken = MOST_DUE + 100
  await addBroken(await world.addStack('broken'), broken, later(-3600))
  const good = await scheduled()
  await fire(later(1))
  expect(await good.runs()).toEqual(['not-started 2030-03-01 04:00'])
  expect(new Set(failures).size).toBe(broken)
  expect(failures).toHaveLength(broken)

  await fire(later(6))
  expect(failures).toHaveLength(broken)
  await fire(later(2 + RETRY_SECONDS))
  expect(failures).toHaveLength(2 * broken)
})

test('one that has a hundred before it on another stack comes second, not last', async () => {
  const first = await scheduled(later(-7200))
  for (let n = 0; n < 100; n += 1) await addBroken(first.stackId, 1, later(-3600 - n))
  const second = await scheduled()
  const order: string[] = []
  await world.db.query(`
    create table fired (n bigserial, id uuid);
    create function note_fired() returns trigger language plpgsql as $$
    begin insert into fired (id) values (new.id); return null; end $$;
    create trigger note_fired after update on schedules for each row execute function note_fired();`)
  await fire(later(1))
  const { rows } = await world.db.query<{ id: string }>('select id from fired order by n limit 2')
  order.push(...rows.map(({ id }) => id))
  await world.db.query('drop trigger note_fired on schedules; drop table fired; drop function note_fired')
  expect(order).toEqual([first.id, second.id])
})

test('a stack that somebody holds for long holds up its own schedules alone', async () => {
  const held = await scheduled(later(-60))
  const free = await scheduled()
  await world.db.transaction(async (tx) => {
    await tx.query('select from stacks where id = $1 for update', [held.stackId])
    await fire(later(1))
    expect(failures).toEqual([held.id])
    expect(await free.runs()).toEqual(['not-started 2030-03-01 04:00'])
  })
  await fire(later(2))
  expect(await held.runs()).toEqual([])
  await fire(later(1 + RETRY_SECONDS))
  expect(await held.runs()).toEqual(['not-started 2030-03-01 04:00', 'missed 2030-03-01 03:59'])
})

test('a schedule that was mended is due at once', async () => {
  const one = await scheduled()
  await world.db.query("update schedules set cron = 'no cron' where id = $1", [one.id])
  await fire(later(1))
  expect(failures).toEqual([one.id])
  const path = `/api/stacks/acme/web/s${serial}/deployments/schedules/${one.id}`
  const body = { scheduleCron: '0 4 * * *', request: { operation: 'refresh' } }
  expect((await world.call('POST', path, { body })).status).toBe(200)
  await world.db.query('update schedules set next_at = $2 where id = $1', [one.id, DUE])
  await fire(later(2))
  expect(await one.runs()).toEqual(['not-started 2030-03-01 04:00'])
})
