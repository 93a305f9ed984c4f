/** `queue-sequences.test.ts` with a new seed and for longer. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anySchedule } from '../../../test/harness/queue-rules/drawn.ts'
import { type Counts, openTheatre, type Theatre } from '../../../test/harness/queue-rules/schedule.ts'

const MANY = Number(process.env['DAYPASS_TEST_SCHEDULES'] ?? 1500)
const SEED = Number(process.env['DAYPASS_TEST_SEED'] ?? Date.now() % 2 ** 31)

let theatre: Theatre
beforeAll(async () => {
  theatre = await openTheatre()
})
afterAll(() => theatre.close())

test.each([
  ['one thing after another', { atOnce: 1, rounds: 60 }],
  ['up to four things at the same time', { atOnce: 4, rounds: 25 }],
])('%s: no rule is ever broken, and all comes to an end', async (what, size) => {
  const sums = new Map<string, number>()
  const add = (counts: Counts): void => {
    for (const [name, count] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + count)
  }
  const schedule = fc.asyncProperty(anySchedule(size), async (drawn) => add(await theatre.run(drawn)))
  await fc.assert(schedule, { seed: SEED, numRuns: MANY })
  console.log(`queue, ${what}: seed ${SEED}, ${JSON.stringify(Object.fromEntries([...sums].sort()))}`)
  expect(sums.get('schedules')).toBe(MANY)
  // Each of these is a way in which a schedule can matter: none may be missing.
  for (const one of [
    'claim',
    'start',
    'start (refused)',
    'beat (refused)',
    'finish',
    'finish (refused)',
    'leave',
  ])
    expect(sums.get(one), one).toBeGreaterThan(0)
})
