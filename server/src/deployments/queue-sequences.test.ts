/** The queue's rules under schedules that nobody thought of; `queue-sequences.long.test.ts` runs thousands. */
import fc from 'fast-check'
import { afterAll, beforeAll, test } from 'vitest'
import { anySchedule } from '../../../test/harness/queue-rules/drawn.ts'
import { openTheatre, type Theatre } from '../../../test/harness/queue-rules/schedule.ts'

let theatre: Theatre
beforeAll(async () => {
  theatre = await openTheatre()
})
afterAll(() => theatre.close())

test.each([
  ['one thing after another', { atOnce: 1, rounds: 30, numRuns: 14 }],
  ['up to four things at the same time', { atOnce: 4, rounds: 12, numRuns: 10 }],
])(
  '%s: no rule is ever broken, and all comes to an end',
  async (_, { numRuns, ...size }) => {
    const schedule = fc.asyncProperty(anySchedule(size), async (drawn) => void (await theatre.run(drawn)))
    await fc.assert(schedule, { seed: 20_261_129, numRuns })
  },
  120_000,
)
