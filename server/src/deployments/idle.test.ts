/** An idle server with a parked runner asks the database for work no more than once in five seconds. */
import { expect, test } from 'vitest'
import { createWorld } from '../../../test/harness/world.ts'
import { startReaper } from './reaper.ts'

const WATCHED_MS = 11_000

test('nothing polls the database faster than once in 5 seconds', async () => {
  const asked: string[] = []
  const world = await createWorld({ onQuery: (name) => asked.push(name) })
  const reaper = startReaper({
    db: world.db,
    listener: await world.database.listen(),
    ending: world.ending,
    now: () => new Date(),
    log: { warn: () => {}, error: () => {} },
  })
  const parked = world.claim({ waitSeconds: 13 })
  await new Promise((resolve) => setTimeout(resolve, 1500))
  asked.length = 0
  await new Promise((resolve) => setTimeout(resolve, WATCHED_MS))
  const counts = Object.fromEntries(
    Map.groupBy(asked, (name) => name)
      .entries()
      .map(([name, all]) => [name, all.length]),
  )
  expect(counts).toEqual({
    'claim-deployments': 1,
    'lost-leases': expect.toSatisfy((n: number) => n >= 1 && n <= 3),
    'unstarted-deployments': 1,
  })
  expect(await parked).toBeUndefined()
  await reaper.stop()
  await world.close()
}, 40_000)
