/** The faults of `state-faults.test.ts`, all of them and many times, at moments by chance. */
import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FAULTS, type FaultSystem, startFaultSystem } from './harness/state-faults.ts'

const RESOURCES = 40
const ROUNDS = Number(process.env['DAYPASS_TEST_ROUNDS'] ?? 8)
/** Set it to the one that was printed, to see the same again. */
const SEED = Number(process.env['DAYPASS_TEST_SEED'] ?? randomInt(2 ** 31))
/** An `up` of so many resources has more requests than this. */
const LATEST_REQUEST = 14

let system: FaultSystem

beforeAll(async () => {
  system = await startFaultSystem(RESOURCES)
})
afterAll(() => system.stop())

test(`each fault ${ROUNDS} times, with the seed ${SEED}`, async () => {
  const random = randomFrom(SEED)
  for (const fault of FAULTS) {
    const counts = { struck: 0, succeeded: 0 }
    for (let round = 0; round < ROUNDS; round += 1) {
      const count = 1 + Math.floor(random() * LATEST_REQUEST)
      const { struck, succeeded } = await system.endure(fault, count)
      if (struck) counts.struck += 1
      if (succeeded) counts.succeeded += 1
    }
    expect(counts.struck, fault).toBeGreaterThan(0)
    console.log(
      `seed ${SEED}: ${fault}: ${counts.struck} of ${ROUNDS} struck, ${counts.succeeded} went through`,
    )
  }
})

/** Numbers from 0 to below 1, the same for the same seed (a linear congruential generator). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
