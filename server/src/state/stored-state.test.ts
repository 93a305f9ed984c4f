import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts'
import { makeTestStack } from '../../../test/harness/state-tables.ts'
import { readState, type StateText, writeState } from './stored-state.ts'

let database: TestDatabase
let stackId: string

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 10 })
})
afterAll(() => database.drop())
beforeEach(async () => {
  stackId = (await makeTestStack(database.db)).stack.id
})

const stateOf = (deployment: Buffer): StateText => ({
  schemaVersion: 4,
  features: ['views'],
  deployment,
  resourceCount: 3,
})

function write(version: number, state: StateText): Promise<void> {
  return database.db.transaction((tx) => writeState(tx, { stackId, updateId: undefined, version, state }))
}

test('any text comes back to the byte, and a second write of a version replaces the first', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 5_000 }), async (bytes) => {
      const state = stateOf(Buffer.from(bytes))
      await write(1, state)
      expect(await readState(database.db, stackId, undefined)).toEqual(state)
    }),
    { numRuns: 50 },
  )
})

test.each([1, 999_999, 1_000_000, 1_000_001, 3_456_789])(
  '%i bytes that do not compress fit into chunks',
  async (size) => {
    const state = stateOf(randomBytes(size))
    await write(1, state)
    const stored = await readState(database.db, stackId, 1)
    expect(stored?.deployment.equals(state.deployment)).toBe(true)
  },
)

test('a version is the newest state that is not younger', async () => {
  await write(2, stateOf(Buffer.from('two')))
  await write(5, stateOf(Buffer.from('five')))
  const read = async (version: number | undefined): Promise<string | undefined> =>
    (await readState(database.db, stackId, version))?.deployment.toString()
  expect(await Promise.all([1, 2, 4, 5, 9, undefined].map(read))).toEqual([
    undefined,
    'two',
    'two',
    'five',
    'five',
    'five',
  ])
})

test('a reader beside a writer sees one state or the other, never a mixture', async () => {
  const states = ['a', 'b', 'c'].map((letter) => stateOf(Buffer.from(letter.repeat(2_500_000))))
  let writing = true
  const reader = async (): Promise<void> => {
    while (writing) {
      const stored = await readState(database.db, stackId, undefined)
      if (stored) expect(states.some(({ deployment }) => deployment.equals(stored.deployment))).toBe(true)
    }
  }
  const readers = [reader(), reader()]
  for (let round = 0; round < 12; round += 1) await write(1, states[round % 3] ?? stateOf(Buffer.of()))
  writing = false
  await Promise.all(readers)
}, 60_000)
