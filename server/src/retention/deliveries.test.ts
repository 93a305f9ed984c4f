import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../../test/harness/world.ts'
import { type DeliveryRetention, oldDeliveries } from './deliveries.ts'
import { prune } from './retention.ts'

let world: World
let deleted = 0

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const run = (retention: DeliveryRetention) =>
  prune(
    {
      db: world.db,
      log: { info: () => {}, error: () => {} },
      onDeleted: (_what, count) => {
        deleted += count
      },
    },
    oldDeliveries(retention, new Date()),
  )

test('deliveries go by age and by count, and what is still to be sent stays', async () => {
  const hook = async (name: string) => {
    const body = { name, displayName: name, payloadUrl: 'https://hooks.example.com/', active: true }
    await world.call('POST', '/api/orgs/acme/hooks', { body })
    const { rows } = await world.db.query<{ id: string }>('select id from webhooks where name = $1', [name])
    return rows[0]?.id ?? ''
  }
  const add = (webhookId: string, ages: readonly number[], due: string | null) =>
    world.db.query(
      `insert into webhook_deliveries (id, webhook_id, kind, payload, created_at, due_at)
       select gen_random_uuid(), $1, 'ping', age || '', now() - make_interval(days => age), $3::timestamptz
         from unnest($2::integer[]) with ordinality as given (age, n) order by n`,
      [webhookId, ages, due],
    )
  const left = async (webhookId: string) =>
    (
      await world.db.query<{ payload: string }>(
        'select payload from webhook_deliveries where webhook_id = $1 order by seq',
        [webhookId],
      )
    ).rows.map(({ payload }) => Number(payload))
  const [one, two] = [await hook('one'), await hook('two')]
  await add(one, [60], '2030-01-01')
  await add(one, [50, 31, 29, 3, 2, 1], null)
  await add(
    two,
    Array.from({ length: 1200 }, () => 5),
    null,
  )
  await run({ keepDays: 30, most: undefined })
  expect(await left(one)).toEqual([60, 29, 3, 2, 1])
  await run({ keepDays: undefined, most: 3 })
  expect(await left(one)).toEqual([60, 3, 2, 1])
  expect(await left(two)).toEqual([5, 5, 5])
  expect(deleted).toBe(2 + 1 + 1197)
})

test('what git hosts sent goes the same way, ten times as late by count', async () => {
  const made = await world.call('POST', '/api/daypass/orgs/acme/git-hosts', {
    body: { name: 'hub', kind: 'github' },
  })
  const add = (ages: readonly number[], due: string | null) =>
    world.db.query(
      `insert into git_deliveries (id, git_host_id, delivery_key, event, body, received_at, due_at)
       select gen_random_uuid(), $1, gen_random_uuid()::text, 'push', gen_random_uuid()::text::bytea,
              now() - make_interval(days => age), $3::timestamptz
         from unnest($2::integer[]) with ordinality as given (age, n) order by n`,
      [made.body.id, ages, due],
    )
  const left = async () =>
    (await world.db.query('select from git_deliveries where git_host_id = $1', [made.body.id])).rowCount
  await add([60], '2030-01-01')
  await add([50, 31, 29, ...Array.from({ length: 40 }, () => 1)], null)
  await run({ keepDays: 30, most: undefined })
  expect(await left()).toBe(1 + 41)
  await run({ keepDays: undefined, most: 2 })
  expect(await left()).toBe(1 + 20)
})
