/** What is old goes, and what must stay stays: with a real PostgreSQL, through the server's own routes. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'
import { oldDeployments } from '../deployments/retention.ts'
import { oldLogs } from '../logs/retention.ts'
import { oldEvents } from '../state/event-retention.ts'
import { prune, type Walk } from './retention.ts'

let world: World
let serial = 0
let stack = ''
let stackId = ''
const deletions: Record<string, number> = {}

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.db.query('delete from stacks')
  await world.db.query('delete from removed_stacks')
  for (const what of Object.keys(deletions)) delete deletions[what]
  serial += 1
  stack = `r${serial}`
  stackId = await world.addStack(stack)
})

const quiet = { info: () => {}, error: () => {} }
const onDeleted = (what: string, count: number): void => {
  deletions[what] = (deletions[what] ?? 0) + count
}
const run = (walks: readonly Walk[], signal?: AbortSignal) =>
  prune({ db: world.db, log: quiet, onDeleted }, walks, signal)
const now = (): Date => new Date()
const days = (keepDays: number) => ({ keepDays, most: undefined, mostBytes: undefined })
const most = (count: number) => ({ keepDays: undefined, most: count })
const bytes = (mostBytes: number) => ({ keepDays: undefined, mostBytes })

const path = (name = stack): string => `/api/stacks/acme/web/${name}/deployments`
const get = async (rest: string) => world.call('GET', path() + rest)

type Operation = 'update' | 'preview' | 'detect-drift' | 'remediate-drift'
interface Run {
  readonly operation?: Operation
  readonly result?: 'succeeded' | 'failed'
  readonly daysAgo?: number
  readonly text?: string
}

/** A deployment that a runner has run, with one line of log, and made so many days older. */
async function deployed({ operation = 'update', result = 'succeeded', daysAgo = 0, text = 'a\n' }: Run = {}) {
  const body = { operation, sourceContext: { git: GIT } }
  const { id } = (await world.call('POST', path(), { body })).body
  const token = (await world.claim())?.jobToken ?? ''
  const job = (call: string, sent: object) => world.job('POST', `/api/daypass/job/${call}`, token, sent)
  await job('start', {})
  await job('step', { step: 0, name: 'Setup', status: 'running' })
  await job('log', { step: 0, offset: 0, lines: [{ timestamp: now().toISOString(), line: text }] })
  expect((await job('finish', { result, failure: null })).status).toBe(204)
  await age(id, daysAgo)
  return id as string
}

async function age(id: string, daysAgo: number): Promise<void> {
  await world.db.query(
    `update deployments set created_at = created_at - make_interval(days => $2),
                            ended_at = ended_at - make_interval(days => $2) where id = $1`,
    [id, daysAgo],
  )
}

/** An update that has ended, with a number of events. */
async function updated(
  options: { count?: number; daysAgo?: number; deploymentId?: string; kind?: string; dryRun?: boolean } = {},
) {
  const { count = 3, daysAgo = 0, deploymentId = null, kind = 'update', dryRun = false } = options
  const id = randomUUID()
  await world.db.query(
    `insert into updates (id, stack_id, kind, dry_run, status, deployment_id, deployment_fencing, program, config, metadata,
                          resource_changes, detects_drift, created_at, ended_at)
     select $1, $2, $3, $4, 'succeeded', $5::uuid, case when $5::uuid is not null then 1 end, '{}', '{}', '{}',
            '{"update": 2}', $3 = 'refresh' and $4, at, at from (select now() - make_interval(days => $6) as at) t`,
    [id, stackId, kind, dryRun, deploymentId, daysAgo],
  )
  await world.db.query(
    `insert into update_events (update_id, sequence, body, type, urn, op)
     select $1, n, $3::text, 'resOutputsEvent', 'urn:' || n, 'update' from generate_series(0, $2 - 1) n`,
    [id, count, '{"sequence":0,"resOutputsEvent":{}}'],
  )
  await world.db.query('update updates set event_bytes = 1000 * $2 where id = $1', [id, count])
  return id
}

const versions = async (): Promise<number[]> => {
  const { body } = await get('?pageSize=100')
  expect(body.total).toBe(body.deployments.length)
  return body.deployments.map(({ version }: { version: number }) => version)
}
const count = async (table: string): Promise<number> =>
  (await world.db.query<{ count: number }>(`select count(*) as count from ${table}`)).rows[0]?.count ?? -1

test('deployments that ended long ago go; the last of each operation and outcome, and what has not ended, stay', async () => {
  await deployed({ daysAgo: 40, operation: 'preview' }) // 1: the last preview
  await deployed({ daysAgo: 40, result: 'failed' }) // 2
  await deployed({ daysAgo: 40, result: 'failed' }) // 3: the last failed update
  const gone = await deployed({ daysAgo: 40 }) // 4
  await deployed({ daysAgo: 40 }) // 5
  await deployed({ daysAgo: 29 }) // 6: young
  const queued = (
    await world.call('POST', path(), { body: { operation: 'update', sourceContext: { git: GIT } } })
  ).body.id
  await age(queued, 300) // 7
  const kept = { usage: await count('usage_records'), audit: await count('audit_log') }

  await run(oldDeployments(days(30), now()))

  expect(deletions).toEqual({ deployments: 3 })
  expect(await versions()).toEqual([7, 6, 3, 1])
  expect(await get(`/version/4`)).toMatchObject({ status: 404, body: { reason: 'deployment_deleted' } })
  expect(await get(`/version/8`)).toMatchObject({ status: 404, body: { reason: 'not_found' } })
  expect(await get(`/${gone}`)).toMatchObject({ status: 404, body: { reason: 'not_found' } })
  expect((await get(`/version/6`)).body).toMatchObject({ version: 6, latestVersion: 7, status: 'succeeded' })
  expect(
    (await world.call('GET', '/api/orgs/acme/deployments/metadata')).body.deploymentCounts,
  ).toMatchObject({
    notStarted: 1,
    succeeded: 2,
    failed: 1,
    total: 4,
  })
  expect({ usage: await count('usage_records'), audit: await count('audit_log') }).toEqual(kept)
  expect(await count('log_chunks')).toBe(3)
  await run(oldDeployments(days(30), now()))
  expect(deletions).toEqual({ deployments: 3 })
  // The number goes on where it was.
  expect(
    (await world.call('POST', path(), { body: { operation: 'update', sourceContext: { git: GIT } } })).body,
  ).toMatchObject({ version: 8 })
})

test('a stack keeps its newest, however young the others are, and another stack keeps its own', async () => {
  for (let n = 0; n < 6; n += 1) await deployed()
  const other = { name: `${stack}x`, first: stack }
  await world.addStack(other.name)
  stack = other.name
  for (let n = 0; n < 2; n += 1) await deployed()
  await run(oldDeployments(most(3), now()))
  expect(await versions()).toEqual([2, 1])
  stack = other.first
  expect(await versions()).toEqual([6, 5, 4])
})

test('the history keeps the update of a deployment that has gone, and no drift run comes of it', async () => {
  const detection = await deployed({ operation: 'detect-drift', daysAgo: 40 })
  await updated({ deploymentId: detection, kind: 'refresh', dryRun: true, daysAgo: 40 })
  const update = await deployed({ daysAgo: 40 })
  const updateId = await updated({ deploymentId: update, daysAgo: 40 })
  const latest = await deployed({ operation: 'detect-drift', daysAgo: 35 })
  await updated({ deploymentId: latest, kind: 'refresh', dryRun: true, daysAgo: 35 })
  await deployed({ daysAgo: 35 })
  const drift = async (rest: string) =>
    (await world.call('GET', `/api/stacks/acme/web/${stack}/drift/${rest}`)).body
  const before = await drift('status')
  expect(before).toMatchObject({ driftDetected: true, latestDriftRun: latest })

  await run(oldDeployments(days(30), now()))

  expect(await versions()).toEqual([4, 3])
  expect(await drift('status')).toEqual(before)
  expect((await drift('runs')).driftRuns.map(({ id }: { id: string }) => id)).toEqual([latest])
  const { rows } = await world.db.query('select deployment_id from updates where id = $1', [updateId])
  expect(rows).toEqual([{ deployment_id: null }])
})

test('a log that has gone is answered with a sentence, and the steps of its deployment stay', async () => {
  const old = await deployed({ daysAgo: 10, text: 'old\n' })
  const young = await deployed({ daysAgo: 6 })
  const last = await deployed({ daysAgo: 10 })
  await run(oldLogs(days(7), now()))
  expect(deletions).toEqual({ logs: 1 })
  const day = now().toISOString().slice(0, 10)
  const message = `Not Found: the log of this deployment was deleted on ${day}, as this server does with old ones.`
  for (const query of ['', '?step=0&job=0', '?continuationToken=0-0-0']) {
    expect(await get(`/${old}/logs${query}`)).toMatchObject({
      status: 404,
      body: { code: 404, reason: 'log_deleted', message },
    })
  }
  expect((await get(`/${old}`)).body.jobs[0].steps).toMatchObject([{ name: 'Setup' }])
  for (const id of [young, last]) {
    expect((await get(`/${id}/logs`)).body.lines).toMatchObject([{ header: 'Setup' }, { line: 'a\n' }])
  }
  expect(await count('log_chunks')).toBe(2)
})

test('when the logs of an organization are too large the oldest go, until they are not', async () => {
  const ids: string[] = []
  for (let n = 0; n < 5; n += 1) ids.push(await deployed({ text: 'x'.repeat(10_000) }))
  const { rows } = await world.db.query<{ bytes: number }>(
    'select sum(byte_count)::bigint as bytes from deployment_steps',
  )
  const all = rows[0]?.bytes ?? 0
  expect(all).toBeGreaterThan(50_000)
  await run(oldLogs(bytes(all), now()))
  expect(deletions).toEqual({})
  await run(oldLogs(bytes(all - 15_000), now()))
  expect(deletions).toEqual({ logs: 2 })
  const statuses = await Promise.all(ids.map(async (id) => (await get(`/${id}/logs`)).status))
  expect(statuses).toEqual([404, 404, 200, 200, 200])
  await run(oldLogs(bytes(1), now()))
  expect((await get(`/${ids[4]}/logs`)).status).toBe(200)
  expect(await count('log_chunks')).toBe(1)
})

test('an organization with many logs and events drives out its own, not those of another', async () => {
  const mine = await deployed({ text: 'x'.repeat(10_000) })
  await updated({ count: 10, daysAgo: 2 })
  await deployed()
  await updated({ count: 1 })
  await world.db.query('update deployments set organization_id = $1', [world.organizationIds.other])
  await world.db.query('update stacks set organization_id = $1', [world.organizationIds.other])
  const small = { stack, id: mine }
  serial += 1
  stack = `r${serial}`
  stackId = await world.addStack(stack)
  const large = [await deployed({ text: 'x'.repeat(30_000) }), await deployed({ text: 'x'.repeat(30_000) })]
  await updated({ count: 30, daysAgo: 1 })
  await updated({ count: 1 })
  await run([...oldLogs(bytes(50_000), now()), ...oldEvents(bytes(20_000), now())])
  expect(deletions).toEqual({ logs: 1, events: 1 })
  expect((await get(`/${large[0]}/logs`)).status).toBe(404)
  expect((await get(`/${large[1]}/logs`)).status).toBe(200)
  const { rows } = await world.db.query('select log_deleted_at from deployments where id = $1', [small.id])
  expect(rows).toEqual([{ log_deleted_at: null }])
  expect(await count('update_events')).toBe(10 + 1 + 1)
})

test('events that have gone are answered with a sentence; those of the last update and deployment stay', async () => {
  const events = (id: string, kind = 'update') =>
    world.call('GET', `/api/stacks/acme/web/${stack}/${kind}/${id}/events`)
  const old = await updated({ daysAgo: 50 })
  const preview = await updated({ daysAgo: 50, dryRun: true })
  const last = await updated({ daysAgo: 49 })
  await run(oldEvents(days(30), now()))
  expect(deletions).toEqual({ events: 1 })
  expect(await events(old)).toMatchObject({ status: 404, body: { code: 404, reason: 'events_deleted' } })
  expect((await events(last)).body.events).toHaveLength(3)
  expect((await events(preview)).body.events).toHaveLength(3)
  expect(await count('update_events')).toBe(6)
  expect(
    (await world.db.query('select resource_changes as c from updates where id = $1', [old])).rows,
  ).toEqual([{ c: { update: 2 } }])
})

test('a drift run whose events have gone does not say that nothing changed', async () => {
  const detection = await deployed({ operation: 'detect-drift' })
  await updated({ deploymentId: detection, kind: 'refresh', dryRun: true, daysAgo: 50 })
  const run1 = async () =>
    (await world.call('GET', `/api/stacks/acme/web/${stack}/drift/runs/${detection}`)).body
  expect((await run1()).changedResources).toHaveLength(3)
  await run(oldEvents(days(30), now()))
  expect((await run1()).changedResources).toHaveLength(3)
  await deployed()
  await updated({ dryRun: true })
  await run(oldEvents(days(30), now()))
  expect(await run1()).toMatchObject({
    driftDetected: true,
    detectUpdate: { resourceChanges: { update: 2 } },
  })
  expect(await run1()).not.toHaveProperty('changedResources')
})

test('events beyond their size go the oldest first, many of one update in several steps', async () => {
  const first = await updated({ count: 12_000, daysAgo: 3 })
  await updated({ count: 10, daysAgo: 2 })
  await updated({ count: 10, daysAgo: 1 })
  const walks = oldEvents(bytes(1000 * 20), now())
  let steps = 0
  const counted = walks.map((walk) => ({
    ...walk,
    step: async (tx: Parameters<Walk['step']>[0]) => {
      const before = await count('update_events')
      const step = await walk.step(tx)
      const { rows } = await tx.query<{ count: number }>('select count(*) as count from update_events')
      expect(before - (rows[0]?.count ?? 0)).toBeLessThanOrEqual(5000)
      steps += 1
      return step
    },
  }))
  await run(counted)
  expect(steps).toBeGreaterThan(3)
  expect(await count('update_events')).toBe(20)
  expect((await world.db.query('select event_bytes as b from updates where id = $1', [first])).rows).toEqual([
    { b: 0 },
  ])
})

test('what stayed of a removed stack goes in the end, and its name stays retired', async () => {
  const id = await deployed()
  await updated({ deploymentId: id })
  await world.db.query(
    `insert into removed_stacks (id, organization_id, project, name, last_deployment_version, removed_at)
     select id, organization_id, project, name, last_deployment_version, now() - interval '40 days' from stacks where id = $1`,
    [stackId],
  )
  await world.db.query('update deployments set stack_id = null, removed_stack_id = $1 where stack_id = $1', [
    stackId,
  ])
  await world.db.query('update updates set stack_id = null, removed_stack_id = $1 where stack_id = $1', [
    stackId,
  ])
  await world.db.query('delete from stacks where id = $1', [stackId])
  const usage = await count('usage_records')
  await run(oldDeployments(days(50), now()))
  expect((await get(`/${id}`)).status).toBe(200)
  await run(oldDeployments(days(30), now()))
  expect((await get(`/${id}`)).status).toBe(404)
  expect([await count('deployments'), await count('updates'), await count('update_events')]).toEqual([
    0, 0, 0,
  ])
  expect(await count('usage_records')).toBe(usage)
})

test('many go in steps of at most a hundred, a stop waits for one of them, and the next time goes on', async () => {
  await deployed({ daysAgo: 40 })
  await world.db.query(
    `insert into deployments (id, stack_id, organization_id, version, operation, status, pool_id, requested_by, trigger,
                              settings, timeout_seconds, created_at, ended_at)
     select gen_random_uuid(), stack_id, organization_id, n, operation, status, pool_id, requested_by, trigger, settings,
            timeout_seconds, created_at, ended_at
       from deployments, generate_series(2, 2501) n where stack_id = $1`,
    [stackId],
  )
  await world.db.query(
    `insert into deployment_steps (deployment_id, step, name, status, line_count, byte_count)
     select id, 0, 'Setup', 'succeeded', 1, 30 from deployments where stack_id = $1 and version > 1`,
    [stackId],
  )
  await world.db.query(
    `insert into log_chunks (deployment_id, step, first_line, line_count, lines)
     select id, 0, 0, 1, '[["2030-01-01T00:00:00Z","a\\n"]]' from deployments where stack_id = $1 and version > 1`,
    [stackId],
  )
  await world.db.query('update stacks set last_deployment_version = 2501 where id = $1', [stackId])
  const stop = new AbortController()
  let steps = 0
  const stopping = (walk: Walk): Walk => ({
    ...walk,
    async step(tx) {
      const step = await walk.step(tx)
      expect(step.deleted).toBeLessThanOrEqual(100)
      steps += 1
      if (steps === 5) stop.abort()
      return step
    },
  })
  await run(oldLogs(days(30), now()).map(stopping), stop.signal)
  expect(steps).toBe(5)
  expect(await count('log_chunks')).toBe(2501 - 500)
  expect(await count('deployments where log_deleted_at is not null')).toBe(500)
  await run(oldLogs(days(30), now()))
  expect(await count('log_chunks')).toBe(1)
  await run(oldDeployments(days(30), now()))
  expect(await versions()).toEqual([2501])
  expect(deletions).toEqual({ logs: 2500, deployments: 2500 })
})

test('one server at a time, and none waits for another', async () => {
  await deployed({ daysAgo: 40 })
  await deployed({ daysAgo: 40 })
  await world.db.transaction(async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('daypass retention', 0))`)
    await run(oldDeployments(days(30), now()))
    expect(deletions).toEqual({})
  })
  await Promise.all([run(oldDeployments(days(30), now())), run(oldDeployments(days(30), now()))])
  expect(deletions).toEqual({ deployments: 1 })
})

test('whoever removes a stack is not held up, and holds nothing up for long', async () => {
  await deployed({ daysAgo: 40 })
  await deployed({ daysAgo: 40 })
  await world.db.transaction(async (tx) => {
    await tx.query('select from deployments where stack_id = $1 for update', [stackId])
    await expect(run(oldDeployments(days(30), now()))).rejects.toMatchObject({ code: '55P03' })
  })
  await run(oldDeployments(days(30), now()))
  expect(deletions).toEqual({ deployments: 1 })
})
