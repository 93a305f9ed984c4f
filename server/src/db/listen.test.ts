import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts'
import type { Listener } from './listen.ts'

let database: TestDatabase
let listener: Listener
beforeEach(async () => {
  database = await createTestDatabase()
  listener = await database.listen()
})
afterEach(() => database.drop())

const notify = (channel: string, payload: string) =>
  database.db.query('select pg_notify($1, $2)', [channel, payload])

/** Subscribes and waits until the subscription is in force. */
async function hear(channel: string): Promise<string[]> {
  const heard: string[] = []
  const inForce = new Promise<void>((resolve) => {
    const off = listener.onReconnect(() => {
      off()
      resolve()
    })
  })
  listener.subscribe(channel, (payload) => heard.push(payload))
  await inForce
  return heard
}

test('a notification reaches those who subscribed to its channel, once they are told that they have', async () => {
  const ready = await hear('ready')
  const cancelled = await hear('Odd "name"')
  await notify('ready', 'pool-1')
  await notify('Odd "name"', 'd-1')
  await expect.poll(() => [ready, cancelled]).toEqual([['pool-1'], ['d-1']])
})

test('after unsubscribing nothing comes', async () => {
  const heard = await hear('ready')
  const more: string[] = []
  const off = listener.subscribe('ready', (payload) => more.push(payload))
  off()
  await notify('ready', 'x')
  await expect.poll(() => heard).toEqual(['x'])
  expect(more).toEqual([])
})

test('a lost connection is made again, and waiters are told to look again', async () => {
  const heard = await hear('ready')
  let missed = 0
  listener.onReconnect(() => {
    missed += 1
  })
  for (let round = 1; round <= 3; round += 1) {
    await database.db.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
    await expect.poll(() => missed, { timeout: 10_000 }).toBe(round)
    await notify('ready', `after ${round}`)
    await expect.poll(() => heard.at(-1)).toBe(`after ${round}`)
  }
})

test('closed, it stays closed', async () => {
  await hear('ready')
  await listener.close()
  const { rows } = await database.db.query<{ n: number }>(
    'select count(*) as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  expect(rows[0]?.n).toBe(0)
})
