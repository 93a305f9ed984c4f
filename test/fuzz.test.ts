/** Every route with drawn requests, as the description of the API gives them; the seed is fixed. */
import { DeploymentSettingsRequest } from '@daypass/contract/settings-request.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { reading } from '../server/src/settings/fields.ts'
import { readSettings } from '../server/src/settings/read-settings.ts'
import { fuzz } from './harness/fuzz/rounds.ts'
import { type Schema, valid } from './harness/fuzz/values.ts'
import { createWorld, type World } from './harness/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

test('no drawn request breaks the server, and every answer has its form', async () => {
  const { counts, uncalled, problems } = await fuzz(world, 20_261_128, 800)
  expect(problems).toEqual([])
  expect(uncalled).toEqual([])
  expect(counts['2xx']).toBeGreaterThan(50)
  expect(counts['4xx']).toBeGreaterThan(200)
})

test('what the description calls a body of settings is one that the server can read', () => {
  const drawn = valid(JSON.parse(JSON.stringify(DeploymentSettingsRequest)) as Schema, {}, {})
  for (const body of fc.sample(drawn, { seed: 7, numRuns: 500 })) {
    const sent: unknown = JSON.parse(JSON.stringify(body))
    const read = reading(() => readSettings(sent, null))
    // A value may still be refused for what it says; its name and its form are known.
    if (!read.ok) expect(read.refusal.reason, JSON.stringify(sent)).not.toBe('unknown_field')
    if (!read.ok)
      expect(read.refusal.message, JSON.stringify(sent)).not.toMatch(/must be a (?:string|list|JSON object)/)
  }
})
