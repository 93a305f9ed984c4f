/** `test/fuzz.test.ts` with a new seed and for longer. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fuzz } from './harness/fuzz/rounds.ts'
import { createWorld, type World } from './harness/world.ts'

const REQUESTS = 20_000

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

test('no drawn request breaks the server, and every answer has its form', async () => {
  const seed = Number(process.env['DAYPASS_TEST_SEED'] ?? Date.now() % 2 ** 31)
  const { counts, routes, uncalled, neverGood, problems } = await fuzz(world, seed, REQUESTS)
  console.log(
    `fuzz: seed ${seed}, ${REQUESTS} requests to ${routes} routes, answers ${JSON.stringify(counts)}; ${neverGood.length} routes refused everything: ${neverGood.join(', ')}`,
  )
  expect(problems).toEqual([])
  expect(uncalled).toEqual([])
})
