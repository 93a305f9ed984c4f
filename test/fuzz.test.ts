/** Every route with drawn requests, as the description of the API gives them; the seed is fixed. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fuzz } from './harness/fuzz/rounds.ts'
import { createWorld, type World } from './harness/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

test('no drawn request breaks the server, and every answer has its form', async () => {
  const { counts, problems } = await fuzz(world, 20_261_128, 800)
  expect(problems).toEqual([])
  expect(counts['2xx']).toBeGreaterThan(50)
  expect(counts['4xx']).toBeGreaterThan(200)
})
