/** Sealing on a real database, and the verifier's judgement of what somebody with the database did afterwards. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MintBlock } from '@daypass/contract/mint-chain.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts'
import { mintRecord } from '../../../test/harness/mints.ts'
import { type Database, openDatabase } from '../db/database.ts'
import { insertMints } from '../issuer/record.sql.ts'
import { openMasterKey } from '../secrets/master-key.ts'
import { blocksAfter, countUnsealed } from './block.sql.ts'
import { headKeys } from './head-key.ts'
import { sealAll, startSealer } from './ledger.ts'

const masterKey = (...lines: string[]) =>
  openMasterKey({ kind: 'value', value: lines.join('\n') }, randomBytes)
const line = () => randomBytes(32).toString('base64')

let database: TestDatabase
let db: Database
let other: Database
const [headKey] = headKeys(await masterKey(line()))
const logged: object[] = []
const log = {
  info: (details: object) => void logged.push(details),
  error: (details: object) => {
    throw new Error(`not expected: ${JSON.stringify(details)}`)
  },
}
const services = () => ({ db, headKey, now: () => new Date('2030-01-01T00:00:00Z'), log })

beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  other = openDatabase(database.connection, { poolSize: 4 })
})
beforeEach(async () => {
  await db.query('truncate mints, mint_blocks restart identity')
  logged.length = 0
})
afterAll(async () => {
  await other.close()
  await database.drop()
})

const mint = (count: number) => insertMints(db, Array.from({ length: count }, mintRecord))

test('what was minted is sealed once, in a chain, and its head is logged', async () => {
  expect(await sealAll(services())).toBe(0)
  await mint(3)
  expect(await sealAll(services())).toBe(1)
  expect(await sealAll(services())).toBe(0)
  await mint(2)
  expect(await countUnsealed(db)).toBe(2)
  expect(await sealAll(services())).toBe(1)
  const [first, second] = await blocksAfter(db, 0, 10)
  expect(second?.previousHead).toEqual(first?.head)
  expect([first?.lastSeq, second?.lastSeq]).toEqual(['3', '5'])
  expect(logged).toEqual([
    expect.objectContaining({ head: `1:${first?.head}`, mints: 3 }),
    expect.objectContaining({ head: `2:${second?.head}`, mints: 2 }),
  ])
})

test('more rows than a block holds make several', async () => {
  await mint(10_003)
  expect(await sealAll(services())).toBe(3)
  expect(await countUnsealed(db)).toBe(0)
})

test('servers that seal at the same time make one chain', async () => {
  await mint(50)
  const blocks = await Promise.all(Array.from({ length: 4 }, () => sealAll({ ...services(), db: other })))
  expect(blocks.reduce((sum, count) => sum + count, 0)).toBe(1)
})

test('a row that has its number and is not committed yet is waited for, never passed over', async () => {
  let sealed: Promise<number> | undefined
  let isSealed = false
  await other.transaction(async (tx) => {
    await insertMints(tx, [mintRecord()])
    await mint(1)
    sealed = sealAll(services()).then((count) => {
      isSealed = true
      return count
    })
    await sleep(200)
    expect(isSealed).toBe(false)
  })
  expect(await sealed).toBe(1)
  expect((await blocksAfter(db, 0, 1))[0]?.lastSeq).toBe('2')
})

test('writers wait for no seal: the lock is given back before rows are read', async () => {
  await mint(1)
  const written = other.transaction(async (tx) => {
    // Another server is sealing: it holds what the sealer holds while it reads and hashes.
    await tx.query("select pg_advisory_xact_lock(hashtextextended('daypass mint blocks', 0))")
    await mint(1)
    return sealAll(services())
  })
  expect(await written).toBe(0)
  expect(await countUnsealed(db)).toBe(2)
})

test('the sealer seals a second after a mint, and what it was told of when it stops', async () => {
  const sealer = startSealer(services())
  await mint(1)
  sealer.sealSoon()
  sealer.sealSoon()
  const deadline = Date.now() + 20_000
  while ((await countUnsealed(db)) > 0 && Date.now() < deadline) await sleep(50)
  expect(await countUnsealed(db)).toBe(0)
  await mint(2)
  sealer.sealSoon()
  await sealer.stop()
  expect(await countUnsealed(db)).toBe(0)
  const blocks: MintBlock['number'][] = (await blocksAfter(db, 0, 10)).map(({ number }) => number)
  expect(blocks).toEqual([1, 2])
})

test('former master keys make their keys too, the current one first', async () => {
  const [old, young] = [line(), line()]
  const [before] = headKeys(await masterKey(old))
  const after = headKeys(await masterKey(young, old))
  expect(after.map(({ publicKey }) => publicKey)).toEqual([
    headKeys(await masterKey(young))[0].publicKey,
    before.publicKey,
  ])
})
