import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts'
import {
  makeTestDeployment,
  makeTestStack,
  type OpenedUpdate,
  openTestUpdate,
  receivedState,
  type TestStack,
} from '../../../test/harness/state-tables.ts'
import type { Database } from '../db/database.ts'
import { isRefusal } from '../refuse.ts'
import { saveCheckpoint } from './checkpoint.ts'
import { cancelUpdate, completeUpdate } from './end-update.ts'
import { importState } from './import-state.ts'
import { startLeaseSweep } from './lease-sweep.ts'
import { readState } from './stored-state.ts'
import {
  expireUpdateLeases,
  extendUpdateLeases,
  releaseUpdatesOfDeployment,
  runningUpdateConflict,
  updatesOfDeployment,
} from './update.ts'

let database: TestDatabase
let db: Database
let place: TestStack

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 30 })
  db = database.db
})
afterAll(() => database.drop())
beforeEach(async () => {
  place = await makeTestStack(db)
})

test('of many that start at once one gets the stack, and the others are told who has it', async () => {
  const { stack, user } = place
  const all = await Promise.all(Array.from({ length: 25 }, () => openTestUpdate(db, user, stack)))
  const opened = all.filter((one): one is OpenedUpdate => !isRefusal(one))
  expect(opened).toHaveLength(1)
  for (const refused of all.filter(isRefusal)) {
    expect(refused).toMatchObject({ status: 409, reason: 'update_in_progress' })
    expect(refused.message).toContain(`Another update is currently in progress. ${user.login} has held`)
  }
  const previews = await Promise.all(
    Array.from({ length: 25 }, () => openTestUpdate(db, user, stack, 'preview')),
  )
  expect(previews.some(isRefusal)).toBe(false)
})

test('under constant change there are never two writers, and each gets a version of its own', async () => {
  const { stack, user } = place
  const versions: number[] = []
  let writers = 0
  const worker = async (): Promise<void> => {
    for (let round = 0; round < 12; round += 1) {
      const update = await openTestUpdate(db, user, stack)
      if (isRefusal(update)) continue
      writers += 1
      expect(writers).toBe(1)
      versions.push(update.version)
      const call = { token: update.token, updateId: update.id }
      expect(await saveCheckpoint(db, call, receivedState(`{"version":${update.version}}`))).toBeUndefined()
      writers -= 1
      const end =
        round % 2 === 0 ? completeUpdate(db, call, 'failed') : cancelUpdate(db, user, stack, update.id)
      expect(await end).toBeUndefined()
    }
  }
  await Promise.all(Array.from({ length: 10 }, worker))
  expect(versions).toEqual(versions.map((_, index) => index + 1))
  const last = versions.at(-1)
  expect((await readState(db, stack.id, undefined))?.deployment.toString()).toBe(`{"version":${last}}`)
})

test('the index holds even when the lock is forgotten', async () => {
  const { stack, user } = place
  await opened(await openTestUpdate(db, user, stack))
  const insert = db.query(
    /* sql */ `
    insert into updates (id, stack_id, kind, dry_run, status, program, config, metadata, lease_until)
    values ($1, $2, 'update', false, 'running', '{}', '{}', '{}', now())`,
    [randomUUID(), stack.id],
  )
  await expect(insert).rejects.toThrow(/one_running_update_per_stack/)
})

test('a checkpoint that races with a cancel is either whole and before it, or refused', async () => {
  const { stack, user } = place
  for (let round = 0; round < 20; round += 1) {
    const update = opened(await openTestUpdate(db, user, stack))
    const call = { token: update.token, updateId: update.id }
    const text = `{"round":${round}}`
    const [saved] = await Promise.all([
      saveCheckpoint(db, call, receivedState(text)),
      cancelUpdate(db, user, stack, update.id),
    ])
    const stored = (await readState(db, stack.id, undefined))?.deployment.toString()
    expect(stored === text).toBe(saved === undefined)
    expect(await saveCheckpoint(db, call, receivedState('{"late":true}'))).toMatchObject({ status: 409 })
  }
})

test('an import takes its turn like any other writer', async () => {
  const { stack, user } = place
  const importing = (): ReturnType<typeof importState> =>
    importState(db, user, stack, { updateId: randomUUID(), state: receivedState('{}') })
  expect(await importing()).toBeUndefined()
  const update = opened(await openTestUpdate(db, user, stack))
  expect(update.version).toBe(2)
  expect(await importing()).toMatchObject({ status: 409, reason: 'update_in_progress' })
  await cancelUpdate(db, user, stack, update.id)
  const many = await Promise.all(Array.from({ length: 10 }, importing))
  expect(many.filter((refusal) => refusal !== undefined)).toEqual([])
})

test('the end of a deployment takes its updates along, in one transaction', async () => {
  const { stack, user } = place
  const job = await makeTestDeployment(db, place, 'update')
  const update = opened(await openTestUpdate(db, job, stack))
  const preview = opened(await openTestUpdate(db, job, stack, 'preview'))
  const call = { token: update.token, updateId: update.id }
  expect(await saveCheckpoint(db, call, receivedState('{"kept":true}'))).toBeUndefined()
  expect((await updatesOfDeployment(db, job.deploymentId)).map(({ updateID }) => updateID)).toEqual([
    update.id,
    preview.id,
  ])

  await db.transaction(async (tx) => {
    await endDeployment(tx, job.deploymentId)
    await releaseUpdatesOfDeployment(tx, job.deploymentId)
  })
  expect(await saveCheckpoint(db, call, receivedState('{"late":true}'))).toMatchObject({
    reason: 'lease_lost',
  })
  expect(await completeUpdate(db, call, 'succeeded')).toMatchObject({ status: 409 })
  expect((await readState(db, stack.id, undefined))?.deployment.toString()).toBe('{"kept":true}')
  expect((await updatesOfDeployment(db, job.deploymentId)).map(({ info }) => info.result)).toEqual([
    'failed',
    'failed',
  ])
  opened(await openTestUpdate(db, user, stack))
})

test('a deployment that ends while its update starts never leaves the stack taken', async () => {
  for (let round = 0; round < 25; round += 1) {
    const job = await makeTestDeployment(db, place, 'update')
    await Promise.all([
      openTestUpdate(db, job, place.stack),
      sleep(round % 5).then(() =>
        db.transaction(async (tx) => {
          await tx.query('select from stacks where id = $1 for no key update', [place.stack.id])
          await endDeployment(tx, job.deploymentId)
          await releaseUpdatesOfDeployment(tx, job.deploymentId)
        }),
      ),
    ])
    expect(await runningUpdateConflict(db, place.stack.id)).toBeUndefined()
  }
})

test('silence ends an update: the stack is free at once, the history says failed after a sweep', async () => {
  const { stack, user } = place
  const silent = opened(await openTestUpdate(db, user, stack))
  await letExpire(silent.id)
  expect(await runningUpdateConflict(db, stack.id)).toBeUndefined()
  const next = opened(await openTestUpdate(db, user, stack))
  expect(await statusOf(silent.id)).toBe('failed')

  await letExpire(next.id)
  await extendUpdateLeases(db)
  expect(await expireUpdateLeases(db, unexpected)).toBe(0)
  expect(await statusOf(next.id)).toBe('running')
  await letExpire(next.id)
  expect(await expireUpdateLeases(db, unexpected)).toBe(1)
  expect(await statusOf(next.id)).toBe('failed')
})

test('the sweep first extends the leases of clients that could not reach us', async () => {
  const { stack, user } = place
  const update = opened(await openTestUpdate(db, user, stack))
  await letExpire(update.id)
  const said: string[] = []
  const log = {
    info: (_: object, text: string) => said.push(text),
    error: (_: object, text: string) => said.push(text),
  }
  const sweep = startLeaseSweep({ db, listener: { onReconnect: () => () => {} }, log, sweepSeconds: 0.02 })
  await sleep(100)
  expect(await statusOf(update.id)).toBe('running')
  await letExpire(update.id)
  while ((await statusOf(update.id)) === 'running') await sleep(5)
  await sweep.stop()
  expect(said).toEqual(['Updates were ended whose clients went silent.'])
})

test('what was created and never started is forgotten after a day', async () => {
  const { stack, user } = place
  const update = opened(await openTestUpdate(db, user, stack, 'preview'))
  await db.query("update updates set status = 'not started', lease_until = null where id = $1", [update.id])
  await expireUpdateLeases(db, unexpected)
  expect(await statusOf(update.id)).toBe('not started')
  await db.query("update updates set created_at = now() - interval '25 hours' where id = $1", [update.id])
  await expireUpdateLeases(db, unexpected)
  expect(await statusOf(update.id)).toBeUndefined()
})

function unexpected(_: string, error: unknown): void {
  throw error
}

function opened(result: Awaited<ReturnType<typeof openTestUpdate>>): OpenedUpdate {
  if (isRefusal(result)) throw new Error(result.message)
  return result
}

async function letExpire(updateId: string): Promise<void> {
  await db.query('update updates set lease_until = clock_timestamp() where id = $1', [updateId])
}

async function statusOf(updateId: string): Promise<string | undefined> {
  return (await db.query<{ status: string }>('select status from updates where id = $1', [updateId])).rows[0]
    ?.status
}

async function endDeployment(tx: Pick<Database, 'query'>, id: string): Promise<void> {
  await tx.query(
    "update deployments set status = 'failed', lease_until = null, ended_at = now() where id = $1",
    [id],
  )
}
