/** The faults of `state-faults.test.ts`, all of them and many times, at moments by chance. */
import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FaultSystem, startFaultSystem } from './harness/fault-system.ts'
import { FAULTS, type FaultRow } from './harness/fault-table.ts'
import { endure, type Moment } from './harness/state-faults.ts'

const RESOURCES = 40
const ROUNDS = Number(process.env['DAYPASS_TEST_ROUNDS'] ?? 8)
/** Set it to the one that was printed, to see the same again. */
const SEED = Number(process.env['DAYPASS_TEST_SEED'] ?? randomInt(2 ** 31))
/** An `up` of so many resources has more requests than this: of the journal, and in all. */
const LATEST_REQUEST = { journal: 14, all: 30 } as const
/** The CLI goes on for 7 seconds. */
const LONGEST_OUTAGE_MS = 5000

describe.each(['shared', 'outside', 'own'] as const)('faults with a PostgreSQL of kind %s', (kind) => {
  let system: FaultSystem
  beforeAll(async () => {
    system = await startFaultSystem(RESOURCES, kind)
  })
  afterAll(() => system.stop())

  const faults = FAULTS.filter(({ postgres }) => postgres === kind)
  test.each(faults)(`$name, ${ROUNDS} times in the journal and as often anywhere`, async (fault) => {
    const counts = { struck: 0, succeeded: 0 }
    for (const among of ['journal', 'all'] as const) {
      for (let round = 0; round < ROUNDS; round += 1) {
        const { struck, succeeded } = await endure(system, fault, momentOf(fault, among, round))
        if (struck) counts.struck += 1
        if (succeeded) counts.succeeded += 1
      }
    }
    expect(counts.struck).toBeGreaterThan(0)
    console.log(
      `seed ${SEED}: ${fault.name}: ${counts.struck} of ${2 * ROUNDS} struck, ${counts.succeeded} went through`,
    )
  })
})

function momentOf({ name }: FaultRow, among: 'journal' | 'all', round: number): Moment {
  const random = randomFrom(`${SEED} ${name} ${among} ${round}`)
  const count = 1 + Math.floor(random() * LATEST_REQUEST[among])
  return { among, count, outageMs: random() * LONGEST_OUTAGE_MS, random }
}

/** Numbers from 0 to below 1, the same for the same text (a linear congruential generator behind FNV-1a). */
function randomFrom(text: string): () => number {
  let state = 0x811c9dc5
  for (const byte of Buffer.from(text)) state = Math.imul(state ^ byte, 0x01000193) >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
