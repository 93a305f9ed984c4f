// A simulated clock over changes of clocks, with servers that are down and two that look at once: every time that was
// planned has one row, no time has two, and each time that came while a server looked was started.

import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'
import { nothingConnected } from '../deployments/linked-repository.ts'
import { nextTime } from './cron.ts'
import { fireDue } from './fire.ts'
import { KEPT_RUNS, MOST_MISSED } from './schedule.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const CASES = [
  { cron: '30 2 * * *', zone: 'Europe/Berlin', from: '2026-03-26T00:00:00Z' },
  { cron: '30 2 * * *', zone: 'Europe/Berlin', from: '2026-10-22T00:00:00Z' },
  { cron: '15 1-3 * * *', zone: 'America/New_York', from: '2026-10-30T00:00:00Z' },
  { cron: '*/30 * * * *', zone: 'Australia/Lord_Howe', from: '2026-04-03T00:00:00Z' },
  { cron: '0 */7 * * *', zone: 'America/Santiago', from: '2026-09-04T00:00:00Z' },
] as const

/** Minutes until the next look; a long one is a time without a server. */
const steps = fc.array(
  fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 40 }) }, fc.integer({ min: 60, max: 2000 })),
  {
    minLength: 5,
    maxLength: 25,
  },
)

test('whatever the clock does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...CASES), steps, async ({ cron, zone, from }, minutes) => {
      await world.db.query('delete from stacks')
      const stackId = await world.addStack('clock')
      await world.call('PUT', '/api/stacks/acme/web/clock/deployments/settings', {
        body: { sourceContext: { git: GIT } },
      })
      const body = { scheduleCron: cron, timeZone: zone, request: { operation: 'update' } }
      const made = await world.call('POST', '/api/stacks/acme/web/clock/deployments/schedules', { body })
      let now = new Date(from)
      await world.db.query('update schedules set next_at = $1', [nextTime(cron, zone, now)])
      const looks: Date[] = []
      for (const step of minutes) {
        now = new Date(now.getTime() + step * 60_000)
        looks.push(now)
        const server = () =>
          fireDue(
            {
              db: world.db,
              secrets: world.secrets,
              ending: world.ending,
              linked: nothingConnected,
              randomUuid: () => crypto.randomUUID(),
              config: world.config,
            },
            now,
            (_id, error) => {
              throw error
            },
          )
        await Promise.all([server(), server()])
        // Whatever was queued has run before the next look.
        await world.db.query(
          "update deployments set status = 'succeeded', ended_at = now() where stack_id = $1 and ended_at is null",
          [stackId],
        )
      }
      const { rows } = await world.db.query<{ plannedAt: Date; executedAt: Date; result: string }>(
        `select planned_at as "plannedAt", executed_at as "executedAt", result from schedule_runs
          where schedule_id = $1 order by planned_at`,
        [made.body.id],
      )
      // By looking forward, and by counting for each look: the last time before it starts, the ones before are missed.
      const expected: string[] = []
      let at = nextTime(cron, zone, new Date(from))
      for (const look of looks) {
        const come: Date[] = []
        for (; at && at <= look; at = nextTime(cron, zone, at)) come.push(at)
        const kept = come.slice(-(MOST_MISSED + 1))
        expected.push(
          ...kept.map((time, index) => {
            const result = index === kept.length - 1 ? 'queued' : 'missed'
            return `${time.toISOString()} ${result} ${look.toISOString()}`
          }),
        )
      }
      expect(
        rows.map(
          ({ plannedAt, executedAt, result }) =>
            `${plannedAt.toISOString()} ${result} ${executedAt.toISOString()}`,
        ),
      ).toEqual(expected.slice(-KEPT_RUNS))
    }),
    { numRuns: 15, seed: 2026 },
  )
})
