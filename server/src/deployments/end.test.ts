import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createQueue, holderOf, type Queue } from '../../../test/harness/queue.ts'
import { cancelDeployment } from './cancel.ts'
import type { ClaimedDeployment } from './claim.ts'
import type { Ending } from './deployment.ts'
import { type EndRequest, endDeployment } from './end.ts'
import { startLease } from './lease.ts'

let queue: Queue
let stackId = ''
beforeAll(async () => {
  queue = await createQueue()
})
afterAll(() => queue.close())
beforeEach(async () => {
  await queue.clear()
  stackId = await queue.addStack()
})

/** Notes what an end asked of the other slices. */
function noting(fail?: 'closeLog' | 'releaseUpdates'): Ending & { readonly asked: string[] } {
  const asked: string[] = []
  const ask = async (what: 'closeLog' | 'releaseUpdates', note: string): Promise<void> => {
    asked.push(note)
    if (fail === what) throw new Error(`${what} failed`)
  }
  return {
    asked,
    closeLog: (_tx, _id, { status, sentence }) => ask('closeLog', `log ${status} ${sentence}`),
    releaseUpdates: () => ask('releaseUpdates', 'updates'),
    announceDriftRun: async () => void asked.push('drift'),
    counted: ({ result }) => void asked.push(`counted ${result}`),
  }
}

const take = async (): Promise<ClaimedDeployment> => {
  const claimed = await queue.claim()
  if (!claimed) throw new Error('nothing claimed')
  return claimed
}
const startNext = async (): Promise<ClaimedDeployment> => {
  const claimed = await take()
  await startLease(queue.services.db, holderOf(claimed))
  return claimed
}
const requestOf = (
  { id, fencing }: { id: string; fencing: number },
  more: Partial<EndRequest> = {},
): EndRequest => ({
  id,
  stackId,
  from: ['running'],
  to: 'failed',
  fencing,
  onlyIfLost: null,
  onlyIfHeld: false,
  failureCode: 'x',
  failureMessage: 'y',
  sentence: 'Why.',
  ...more,
})
const end = (request: EndRequest, ending: Ending = queue.world.ending) =>
  endDeployment(queue.services.db, ending, request)

test('an end closes the log, releases the updates, gives the place back and promotes, all or nothing', async () => {
  await queue.request(stackId)
  await queue.request(stackId)
  const claimed = await startNext()
  for (const part of ['closeLog', 'releaseUpdates'] as const) {
    const failing = noting(part)
    await expect(end(requestOf(claimed), failing)).rejects.toThrow(`${part} failed`)
    expect(failing.asked).not.toContain('counted failed')
    expect(await queue.statuses(stackId)).toEqual(['running', 'waiting'])
    expect(await queue.running()).toBe(1)
  }
  const ending = noting()
  expect(await end(requestOf(claimed), ending)).toMatchObject({ before: 'running' })
  expect(ending.asked).toEqual(['log failed Why.', 'updates', 'counted failed'])
  expect(await queue.statuses(stackId)).toEqual(['failed', 'ready'])
  expect(await queue.running()).toBe(0)
})

test('a deployment ends once, however many try', async () => {
  await queue.request(stackId)
  const claimed = await startNext()
  const ending = noting()
  const ends = await Promise.all(Array.from({ length: 10 }, () => end(requestOf(claimed), ending)))
  expect(ends.filter((one) => one !== undefined)).toHaveLength(1)
  expect(ending.asked).toHaveLength(3)
  expect(await queue.running()).toBe(0)
  await queue.checkGuarantees()
})

test('one that never ran releases no update', async () => {
  const { id } = await queue.request(stackId)
  const ending = noting()
  await end(requestOf({ id, fencing: 0 }, { from: ['ready'], to: 'skipped' }), ending)
  expect(ending.asked).toEqual(['log skipped Why.'])
  expect(await queue.running()).toBe(0)
})

test('conditions that do not hold leave everything as it is', async () => {
  await queue.request(stackId)
  const claimed = await startNext()
  const { db } = queue.services
  expect(await end(requestOf(claimed, { from: ['accepted'] }))).toBeUndefined()
  expect(await end(requestOf(claimed, { fencing: 7 }))).toBeUndefined()
  expect(await end(requestOf(claimed, { onlyIfLost: { graceSeconds: 60 } }))).toBeUndefined()
  await db.query("update deployments set lease_until = clock_timestamp() - interval '1 second'")
  expect(await end(requestOf(claimed, { onlyIfHeld: true }))).toBeUndefined()
  expect(await queue.statuses(stackId)).toEqual(['running'])
  expect(await end(requestOf(claimed, { onlyIfLost: { graceSeconds: 60 } }))).toBeDefined()
})

test('a stack that is gone has nothing to end', async () => {
  const { id } = await queue.request(stackId)
  await queue.services.db.query('delete from stacks where id = $1', [stackId])
  expect(await end(requestOf({ id, fencing: 0 }, { from: ['ready'] }))).toBeUndefined()
})

test('an ended deployment keeps no lease and no stack token', async () => {
  await queue.request(stackId)
  const claimed = await startNext()
  await queue.finish(claimed)
  const { rows } = await queue.services.db.query(
    'select lease_until as lease, stack_token_hash as token, failure_code as code, ended_at is null as open from deployments',
  )
  expect(rows).toEqual([{ lease: null, token: null, code: null, open: false }])
})

const cancel = (deploymentId: string) =>
  cancelDeployment(queue.services, { stackId, deploymentId, by: 'ann' })
const failure = async (id: string) =>
  (
    await queue.services.db.query<{ code: string; asked: boolean }>(
      'select failure_code as code, cancel_requested_at is not null as asked from deployments where id = $1',
      [id],
    )
  ).rows[0]

test('cancel: what waits ends, what runs is asked, what ended stays', async () => {
  const first = await queue.request(stackId)
  const second = await queue.request(stackId)
  const third = await queue.request(stackId)
  const running = await startNext()
  expect(running.id).toBe(first.id)
  expect(await cancel(second.id)).toBe('ended')
  expect(await cancel(first.id)).toBe('asked')
  expect(await cancel(first.id)).toBe('asked')
  expect(await failure(second.id)).toEqual({ code: 'cancelled', asked: false })
  expect(await failure(first.id)).toEqual({ code: null, asked: true })
  await queue.finish(running, 'failed')
  expect(await cancel(first.id)).toBe('was-over')
  expect(await queue.statuses(stackId)).toEqual(['failed', 'failed', 'ready'])
  expect((await take()).id).toBe(third.id)
  await queue.checkGuarantees()
})

test('cancel: a claim that has not started gives its place back', async () => {
  const { id } = await queue.request(stackId)
  const claimed = await take()
  expect(await queue.running()).toBe(1)
  expect(await cancel(id)).toBe('ended')
  expect(await queue.running()).toBe(0)
  expect(await startLease(queue.services.db, holderOf(claimed))).toBeUndefined()
})

test('cancel: not through another stack', async () => {
  const { id } = await queue.request(stackId)
  const other = await queue.addStack()
  const answer = await cancelDeployment(queue.services, { stackId: other, deploymentId: id, by: 'ann' })
  expect(answer).toMatchObject({ status: 404 })
  expect(await queue.statuses(stackId)).toEqual(['ready'])
})

test('cancel, claim and start at the same time end in one of the legal ways', async () => {
  const { db } = queue.services
  for (let round = 0; round < 20; round += 1) {
    const { id } = await queue.request(stackId)
    const [cancelled, claimed] = await Promise.all([
      cancel(id),
      queue.claim().then(async (one) => one && { ...one, started: await startLease(db, holderOf(one)) }),
    ])
    const [status] = (await queue.statuses(stackId)).slice(-1)
    if (cancelled === 'asked') {
      expect(status).toBe('running')
      if (claimed) await queue.finish(claimed, 'failed')
    } else {
      expect(cancelled).toBe('ended')
      expect(status).toBe('failed')
      expect(claimed?.started).toBeUndefined()
    }
    expect(await queue.running()).toBe(0)
    await queue.checkGuarantees()
  }
})
