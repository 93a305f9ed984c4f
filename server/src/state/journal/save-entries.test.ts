import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../../test/harness/database.ts'
import {
  makeTestDeployment,
  makeTestStack,
  type OpenedUpdate,
  openTestUpdate,
  receivedState,
  type TestStack,
} from '../../../../test/harness/state-tables.ts'
import type { Database } from '../../db/database.ts'
import { isRefusal } from '../../refuse.ts'
import { saveCheckpoint } from '../checkpoint.ts'
import { currentState } from '../current-state.ts'
import { cancelUpdate, completeUpdate } from '../end-update.ts'
import { stateOfStacks } from '../for-stacks.ts'
import { importState } from '../import-state.ts'
import { readState } from '../stored-state.ts'
import { expireUpdateLeases, releaseUpdatesOfDeployment } from '../update.ts'
import { readJournalBody, saveEntries } from './save-entries.ts'

const NAME_AT_END = /::([^:]+)$/

let database: TestDatabase
let db: Database
let place: TestStack

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 20 })
  db = database.db
})
afterAll(() => database.drop())
beforeEach(async () => {
  place = await makeTestStack(db)
})

async function open(principal: Parameters<typeof openTestUpdate>[1] = place.user): Promise<OpenedUpdate> {
  const update = await openTestUpdate(db, principal, place.stack, 'update', 1)
  if (isRefusal(update)) throw new Error(update.message)
  return update
}

function callOf({ id, token }: OpenedUpdate) {
  return { token, updateId: id }
}

/** As the CLI tells that a resource was made. */
async function make(update: OpenedUpdate, sequenceID: number, name = `r${sequenceID}`) {
  const state = { urn: `urn:pulumi:s::p::x:i:T::${name}`, type: 'x:i:T' }
  const entry = { version: 1, kind: 1, sequenceID, operationID: sequenceID, removeOld: null, removeNew: null }
  const bytes = Buffer.from(JSON.stringify({ entries: [{ ...entry, state }] }))
  const request = readJournalBody({ bytes, gzip: gzipSync(bytes) })
  return isRefusal(request) ? request : saveEntries(db, callOf(update), request)
}

async function stored(): Promise<string[]> {
  return namesIn(await readState(db, place.stack.id, undefined))
}

async function current(version?: number): Promise<string[]> {
  const state = await currentState(db, place.stack.id, { version, now: new Date() })
  return namesIn(state && { deployment: Buffer.concat(await Array.fromAsync(state.text)) })
}

function namesIn(state: { readonly deployment: Buffer } | undefined): string[] {
  const { resources = [] }: { resources?: { urn: string }[] } = JSON.parse(
    state?.deployment.toString() ?? '{}',
  )
  return resources.map(({ urn }) => NAME_AT_END.exec(urn)?.[1] ?? urn)
}

async function letExpire({ id }: OpenedUpdate): Promise<void> {
  await db.query('update updates set lease_until = clock_timestamp() where id = $1', [id])
}

async function entriesLeft(): Promise<number> {
  return (await db.query('select from journal_entries')).rowCount
}

function unexpected(_: string, error: unknown): void {
  throw error
}

test('a client that journals is answered so, up to the version that we know, and never in a dry run', async () => {
  const { user, stack } = place
  expect(await openTestUpdate(db, user, stack, 'preview', 1)).toMatchObject({ journalVersion: 0 })
  const update = await openTestUpdate(db, user, stack, 'update', 7)
  expect(update).toMatchObject({ journalVersion: 1 })
})

test('each end makes the state: completed, failed, cancelled, expired, with its deployment', async () => {
  const { user, stack } = place
  const ends: ((update: OpenedUpdate) => Promise<unknown>)[] = [
    (update) => completeUpdate(db, callOf(update), 'succeeded'),
    (update) => completeUpdate(db, callOf(update), 'failed'),
    (update) => cancelUpdate(db, user, stack, update.id),
    async (update) => {
      await letExpire(update)
      await expireUpdateLeases(db, unexpected)
    },
  ]
  const expected: string[] = []
  for (const [at, end] of ends.entries()) {
    const update = await open()
    expect(await make(update, 1, `n${at}`)).toBeUndefined()
    expected.unshift(`n${at}`)
    expect(await current()).toEqual(expected)
    expect(await current(update.version)).toEqual(expected)
    expect(await current(update.version - 1)).toEqual(expected.slice(1))
    expect(await stored()).toEqual(expected.slice(1))
    await end(update)
    expect(await stored()).toEqual(expected)
    expect(await make(update, 2, 'late')).toMatchObject({ status: 409 })
    expect(await entriesLeft()).toBe(0)
  }
  const job = await makeTestDeployment(db, place, 'update')
  const update = await open(job)
  await make(update, 1, 'job')
  await db.transaction((tx) => releaseUpdatesOfDeployment(tx, job.deploymentId))
  expect(await stored()).toEqual(['job', ...expected])
})

test('the next one to take the stack begins with what a silent client left', async () => {
  const { user, stack } = place
  const silent = await open()
  await make(silent, 1, 'a')
  await letExpire(silent)
  const next = await open()
  expect(await stored()).toEqual(['a'])
  await make(next, 1, 'b')
  await letExpire(next)
  const state = receivedState('{}')
  expect(await importState(db, user, stack, { updateId: randomUUID(), state })).toBeUndefined()
  expect(namesIn(await readState(db, stack.id, next.version))).toEqual(['b', 'a'])
  expect(await stored()).toEqual([])
})

test('a stack is not deleted over the resources that a silent client left', async () => {
  const silent = await open()
  await make(silent, 1, 'a')
  await letExpire(silent)
  const { runningUpdateConflict } = stateOfStacks({ randomUuid: randomUUID })
  expect(await db.transaction((tx) => runningUpdateConflict(tx, place.stack.id))).toBeUndefined()
  expect(await stored()).toEqual(['a'])
})

test('an entry that races with the end is in the state, or its client was told that it is not', async () => {
  const { user, stack } = place
  const ends: ((update: OpenedUpdate) => Promise<unknown>)[] = [
    (update) => completeUpdate(db, callOf(update), 'failed'),
    (update) => cancelUpdate(db, user, stack, update.id),
    async (update) => {
      await letExpire(update)
      await Promise.all([expireUpdateLeases(db, unexpected), open().then(({ id }) => cancel(id))])
    },
  ]
  const cancel = (id: string) => cancelUpdate(db, user, stack, id)
  for (let round = 0; round < 30; round += 1) {
    const update = await open()
    const names = Array.from({ length: 6 }, (_, at) => `n${round}x${at}`)
    const end = sleep(round % 4).then(() => ends[round % ends.length]?.(update))
    const saved = await Promise.all(names.map((name, at) => make(update, at + 1, name)))
    await end
    const acknowledged = names.filter((_, at) => saved[at] === undefined)
    const kept = (await stored()).filter((name) => names.includes(name))
    expect(kept.sort()).toEqual(acknowledged)
  }
  expect(await entriesLeft()).toBe(0)
})

test('reads while entries come and updates end see each entry once, and none again gone', async () => {
  const { user, stack } = place
  let isOver = false
  const read = async (): Promise<void> => {
    let before = 0
    while (!isOver) {
      const names = await current()
      expect(new Set(names).size).toBe(names.length)
      expect(names.length).toBeGreaterThanOrEqual(before)
      before = names.length
    }
  }
  const write = async (): Promise<void> => {
    for (let round = 0; round < 12; round += 1) {
      const update = await open()
      for (let at = 1; at <= 5; at += 1) await make(update, at, `n${round}x${at}`)
      await cancelUpdate(db, user, stack, update.id)
    }
    isOver = true
  }
  await Promise.all([read(), read(), write()])
  expect(await stored()).toHaveLength(60)
})

test('whole states and entries do not mix', async () => {
  const { user, stack } = place
  const state = receivedState('{}')
  const journaled = await open()
  expect(await saveCheckpoint(db, callOf(journaled), state)).toMatchObject({ reason: 'journaled_update' })
  await cancelUpdate(db, user, stack, journaled.id)
  const whole = await openTestUpdate(db, user, stack)
  if (isRefusal(whole)) throw new Error(whole.message)
  expect(await make(whole, 1)).toMatchObject({ status: 409, reason: 'not_journaled' })
  expect(await saveCheckpoint(db, callOf(whole), state)).toBeUndefined()
  const preview = await openTestUpdate(db, user, stack, 'preview', 1)
  if (isRefusal(preview)) throw new Error(preview.message)
  expect(await make(preview, 1)).toMatchObject({ status: 409, reason: 'dry_run' })
})

test('a journal that makes no state holds up its own stack alone, and is kept', async () => {
  const broken = await open()
  await make(broken, 1, 'a')
  await db.query("update journal_entries set body = 'not gzip' where update_id = $1", [broken.id])
  const brokenStack = place.stack.id
  place = await makeTestStack(db)
  const fine = await open()
  await make(fine, 1, 'b')
  await letExpire(broken)
  await letExpire(fine)
  const failures: string[] = []
  expect(await expireUpdateLeases(db, (stackId) => failures.push(stackId))).toBe(1)
  expect(failures).toEqual([brokenStack])
  expect(await stored()).toEqual(['b'])
  expect(await entriesLeft()).toBe(1)
})
