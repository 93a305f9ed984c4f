/** The queue's guarantees under sequences that nobody thought of; the steps of a round run at the same time. */
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createQueue, holderOf, type Queue } from '../../../test/harness/queue.ts'
import type { World } from '../../../test/harness/world.ts'
import { cancelDeployment } from './cancel.ts'
import type { ClaimedDeployment } from './claim.ts'
import { startLease, takeBack } from './lease.ts'

let queue: Queue
let world: World
beforeAll(async () => {
  queue = await createQueue()
  world = queue.world
})
afterAll(() => queue.close())
beforeEach(() => queue.clear())

test('any sequence of requests, claims, starts, ends, returns and cancels keeps the guarantees', async () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('request' as const), stack: fc.nat(2), skip: fc.boolean() }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('claim' as const) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('start' as const), pick: fc.nat(9) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('finish' as const), pick: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('return' as const), pick: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), pick: fc.nat(9) }) },
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 12 }),
      async (rounds) => {
        await world.database.db.query('delete from stacks')
        await world.database.db.query('delete from moves')
        await world.database.db.query("update organizations set concurrency_limit = 2 where name = 'acme'")
        const stacks = await Promise.all([queue.addStack(), queue.addStack(), queue.addStack()])
        const claims: ClaimedDeployment[] = []
        const requests: { stackId: string; id: string }[] = []
        for (const round of rounds) {
          await Promise.all(
            round.map(async (one) => {
              const target = 'pick' in one ? claims[one.pick % (claims.length || 1)] : undefined
              if (one.do === 'request') {
                const stackId = stacks[one.stack] ?? ''
                requests.push({ stackId, id: (await queue.request(stackId, { skip: one.skip })).id })
              } else if (one.do === 'claim') {
                const claimed = await queue.claim()
                if (claimed) claims.push(claimed)
              } else if (one.do === 'cancel') {
                const cancelled = requests[one.pick % (requests.length || 1)]
                if (cancelled)
                  await cancelDeployment(queue.services, {
                    stackId: cancelled.stackId,
                    deploymentId: cancelled.id,
                    by: 'x',
                  })
              } else if (target) {
                if (one.do === 'start') await startLease(world.database.db, holderOf(target))
                if (one.do === 'finish') await queue.finish(target)
                if (one.do === 'return')
                  await takeBack(world.database.db, holderOf(target), { evenBeforeItsTime: true })
              }
            }),
          )
          expect(await queue.running()).toBeLessThanOrEqual(2)
          await queue.checkGuarantees()
        }
        const pairs = claims.map(({ id, fencing }) => `${id} ${fencing}`)
        expect(new Set(pairs).size).toBe(pairs.length)
        for (const stackId of stacks) {
          const { rows } = await world.database.db.query<{ version: number }>(
            'select version from deployments where stack_id = $1 and started_at is not null order by started_at',
            [stackId],
          )
          const order = rows.map(({ version }) => version)
          expect(order).toEqual(order.toSorted((a, b) => a - b))
        }
      },
    ),
    { numRuns: 25 },
  )
}, 60_000)
