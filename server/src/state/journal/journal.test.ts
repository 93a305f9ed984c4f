import { randomBytes, randomUUID } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../../test/harness/database.ts'
import { hashToken, makeToken } from '../../access/token.ts'
import { readState, writeState } from '../stored-state.ts'
import { journaledState, materializeJournal, readEntries, readJournalRequest } from './journal.ts'
import { wholeText } from './replayed-text.ts'
import { saveEntries } from './save-entries.ts'

const now = new Date('2030-01-01T00:00:00Z')
const VERSION = 2

let database: TestDatabase
let stackId = ''
let updateId = ''
let token = ''

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(async () => {
  const organizationId = randomUUID()
  stackId = randomUUID()
  updateId = randomUUID()
  token = makeToken('update', randomBytes)
  const name = `o${organizationId.slice(0, 8)}`
  const { db } = database
  await db.query('insert into organizations (id, name) values ($1, $2)', [organizationId, name])
  await db.query(
    `insert into stacks (id, organization_id, project, name, version) values ($1, $2, 'proj', 'dev', $3)`,
    [stackId, organizationId, VERSION],
  )
  await db.query(
    `insert into updates (id, stack_id, kind, dry_run, status, version, program, config, metadata, journal_version,
                          lease_until, lease_token_hash)
     values ($1, $2, 'update', false, 'running', $3, '{}', '{}', $4, 1, now() + interval '5 min', $5)`,
    [
      updateId,
      stackId,
      VERSION,
      JSON.stringify({ environment: { 'pulumi.version': 'v3.259.0' } }),
      hashToken(token),
    ],
  )
})

function entry(sequenceID: number, more: object = {}): object {
  return {
    version: 1,
    kind: 0,
    sequenceID,
    operationID: sequenceID,
    removeOld: null,
    removeNew: null,
    ...more,
  }
}

function made(sequenceID: number, name: string): object {
  return entry(sequenceID, { kind: 1, state: { urn: `urn:pulumi:dev::proj::x:i:T::${name}`, type: 'x:i:T' } })
}

async function append(...entries: object[]): Promise<void> {
  const body = Buffer.from(JSON.stringify({ entries }))
  const request = readJournalRequest(body, gzipSync(body))
  expect(await saveEntries(database.db, { token, updateId }, request)).toBeUndefined()
}

async function sequence(): Promise<number[]> {
  return (await readEntries(database.db, updateId)).map(({ sequenceId }) => sequenceId)
}

async function rowCount(): Promise<number> {
  const text = 'select count(*)::int as count from journal_entries where update_id = $1'
  return (await database.db.query<{ count: number }>(text, [updateId])).rows[0]?.count ?? -1
}

async function storeBase(resources: object[]): Promise<void> {
  const state = {
    schemaVersion: 3,
    features: [],
    deployment: Buffer.from(JSON.stringify({ resources })),
    resourceCount: resources.length,
  }
  await writeState(database.db, { stackId, updateId: undefined, version: VERSION - 1, state })
}

test('a request that comes twice is one row', async () => {
  await append(entry(1), entry(2))
  await append(entry(1), entry(2))
  expect(await rowCount()).toBe(1)
  expect(await sequence()).toEqual([1, 2])
})

test('requests may overlap, come late and be cut in other pieces: each entry counts once', async () => {
  await append(entry(9))
  await append(entry(1), entry(3), entry(4))
  await append(entry(1), entry(2), entry(4))
  await append(entry(1))
  await append(entry(10), entry(8))
  expect(await sequence()).toEqual([1, 2, 3, 4, 8, 9, 10])
})

test('a request without entries leaves no row', async () => {
  await append()
  expect(await rowCount()).toBe(0)
})

test('a body that came without gzip is kept with it', () => {
  const body = Buffer.from(JSON.stringify({ entries: [entry(1)] }))
  expect(gunzipSync(readJournalRequest(body).body)).toEqual(body)
})

test('a journal of more rows than one read takes is read whole', async () => {
  for (let at = 1; at <= 1_201; at += 1) await append(entry(at))
  expect(await sequence()).toEqual(Array.from({ length: 1_201 }, (_, at) => at + 1))
})

test('updates do not see the entries of others', async () => {
  await append(entry(1))
  const other = randomUUID()
  expect(await readEntries(database.db, other)).toEqual([])
  expect(await journaledState(database.db, other, now)).toBeUndefined()
})

test('the end makes a state of the base and the journal, once', async () => {
  await storeBase([{ urn: 'urn:old', type: 't', n: 1 }])
  await append(made(2, 'b'))
  await append(made(1, 'a'))

  const soon = await journaledState(database.db, updateId, now)
  expect(await rowCount()).toBe(2)
  const state = await database.db.transaction((tx) => materializeJournal(tx, updateId, now))
  expect(state).toEqual(soon)
  expect(state?.resourceCount).toBe(3)
  expect(await readState(database.db, stackId, undefined)).toMatchObject({
    schemaVersion: 3,
    resourceCount: 3,
    deployment: state && wholeText(state).deployment,
  })
  expect(JSON.parse(state ? wholeText(state).deployment.toString() : '')).toMatchObject({
    manifest: { version: 'v3.259.0', time: now.toISOString() },
    resources: [{ urn: /a$/ }, { urn: /b$/ }, { urn: 'urn:old' }].map(({ urn }) => ({
      urn: typeof urn === 'string' ? urn : expect.stringMatching(urn),
    })),
  })

  expect(await rowCount()).toBe(0)
  expect(await materializeJournal(database.db, updateId, now)).toBeUndefined()
})

test('an update without a journal leaves the state as it is', async () => {
  await storeBase([])
  expect(await materializeJournal(database.db, updateId, now)).toBeUndefined()
  const { rows } = await database.db.query('select from states where stack_id = $1', [stackId])
  expect(rows).toHaveLength(1)
})

test('a first update, without any state before, makes one', async () => {
  await append(made(1, 'a'))
  expect(await materializeJournal(database.db, updateId, now)).toMatchObject({ resourceCount: 1 })
})

test('an end that is rolled back keeps the journal', async () => {
  await append(made(1, 'a'))
  const failing = database.db.transaction(async (tx) => {
    await materializeJournal(tx, updateId, now)
    throw new Error('the server was killed')
  })
  await expect(failing).rejects.toThrow('killed')
  expect(await rowCount()).toBe(1)
  expect(await readState(database.db, stackId, undefined)).toBeUndefined()
})
