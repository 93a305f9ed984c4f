import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'
import { holdQueue, skipQueued } from '../deployments/end.ts'
import { reapLostLeases } from '../deployments/reaper.ts'

let world: World
let serial = 0
let stack = ''
let stackId = ''

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.db.query('delete from stacks')
  await world.db.query('delete from outbox')
  await world.db.query('delete from webhooks')
  serial += 1
  stack = `d${serial}`
  stackId = await world.addStack(stack)
  const hook = { displayName: 'x', payloadUrl: 'https://hooks.example.com/', active: true }
  expect((await world.call('POST', `/api/stacks/acme/web/${stack}/hooks`, { body: hook })).status).toBe(201)
})

const request = async (operation: string, remediate = false): Promise<string> => {
  const operationContext = { options: { remediateIfDriftDetected: remediate } }
  const body = { operation, sourceContext: { git: GIT }, operationContext }
  return (await world.call('POST', `/api/stacks/acme/web/${stack}/deployments`, { body })).body.id
}
const start = async (): Promise<string> => {
  const token = (await world.claim())?.jobToken ?? ''
  expect((await world.job('POST', '/api/daypass/job/start', token, {})).status).toBe(200)
  return token
}
const finish = async (token: string, result: 'succeeded' | 'failed') =>
  expect((await world.job('POST', '/api/daypass/job/finish', token, { result, failure: null })).status).toBe(
    204,
  )
const saw = (
  deploymentId: string,
  changes: object | null,
  { dryRun, kind }: { dryRun: boolean; kind: string },
) =>
  world.db.query(
    `insert into updates (id, stack_id, kind, dry_run, status, deployment_id, program, config, metadata, resource_changes,
                          started_at, ended_at)
     values ($1, $2, $3, $4, 'succeeded', $5, '{}', '{}', '{}', $6, now(), now())`,
    [randomUUID(), stackId, kind, dryRun, deploymentId, changes && JSON.stringify(changes)],
  )
const REFRESH = { dryRun: true, kind: 'refresh' } as const
const UP = { dryRun: false, kind: 'update' } as const

interface Told {
  readonly event: string
  readonly drift: object
}
/** Of drift, in the order of what happened. */
const told = async (): Promise<Told[]> =>
  (
    await world.db.query<Told>(
      `select event, facts -> 'drift' as drift from outbox where event like 'drift%' order by seq`,
    )
  ).rows

test('a detection tells that it succeeded, and of drift by an event of its own', async () => {
  const id = await request('detect-drift')
  const token = await start()
  await saw(id, { same: 4, update: 2 }, REFRESH)
  expect(await told()).toEqual([])
  await finish(token, 'succeeded')
  const drift = { driftRunId: id, driftDetected: true, resourceChanges: { same: 4, update: 2 } }
  expect(await told()).toEqual([
    { event: 'drift_detection_succeeded', drift },
    { event: 'drift_detected', drift },
  ])
})

test.each([
  ['that found nothing', { same: 4, read: 1 }, { same: 4, read: 1 }],
  ['whose summary did not come', null, {}],
  ['whose summary is none', { ['x'.repeat(5000)]: 1, same: 1 }, 'drift'],
])('a detection %s', async (_what, changes, expected) => {
  const id = await request('detect-drift')
  const token = await start()
  await saw(id, changes, REFRESH)
  await finish(token, 'succeeded')
  const [first, ...rest] = await told()
  const isDrift = expected === 'drift'
  const drift = { driftRunId: id, driftDetected: isDrift, resourceChanges: isDrift ? {} : expected }
  expect(first).toEqual({ event: 'drift_detection_succeeded', drift })
  expect(rest).toEqual(isDrift ? [{ event: 'drift_detected', drift }] : [])
})

test('a detection that failed found nothing, whatever it had seen, also when its runner is lost', async () => {
  const first = await request('detect-drift')
  const token = await start()
  await saw(first, { update: 2 }, REFRESH)
  await finish(token, 'failed')
  const second = await request('detect-drift')
  await start()
  await world.db.query(
    "update deployments set lease_until = clock_timestamp() - interval '1 second' where lease_until is not null",
  )
  await reapLostLeases({ db: world.db, ending: world.ending, log: { warn: () => {}, error: () => {} } })
  expect(await told()).toEqual([
    {
      event: 'drift_detection_failed',
      drift: { driftRunId: first, driftDetected: false, resourceChanges: { update: 2 } },
    },
    {
      event: 'drift_detection_failed',
      drift: { driftRunId: second, driftDetected: false, resourceChanges: {} },
    },
  ])
})

test.each(['succeeded', 'failed'] as const)('a remediation that %s', async (result) => {
  const detection = await request('detect-drift', true)
  const detecting = await start()
  await saw(detection, { update: 2 }, REFRESH)
  await finish(detecting, 'succeeded')
  const remediating = await start()
  const { rows } = await world.db.query<{ id: string }>(
    'select id from deployments where remediates_id = $1',
    [detection],
  )
  await saw(rows[0]?.id ?? '', { update: 1, same: 5 }, UP)
  await finish(remediating, result)
  expect((await told()).slice(2)).toEqual([
    {
      event: `drift_remediation_${result}`,
      drift: { driftRunId: detection, driftDetected: true, resourceChanges: { update: 1, same: 5 } },
    },
  ])
})

test('other operations, and a run that never began, tell nothing of drift', async () => {
  await request('update')
  await finish(await start(), 'succeeded')
  await request('update')
  const updating = await start()
  await request('detect-drift')
  await world.db.transaction(async (tx) => {
    await holdQueue(tx, stackId)
    const why = { failureCode: 'expired', sentence: 'Skipped.' }
    expect(await skipQueued(tx, world.ending, stackId, why)).toHaveLength(1)
  })
  await finish(updating, 'failed')
  expect(await told()).toEqual([])
})

test('a preview-only refresh from a terminal is a drift run too, when it looks at the whole stack', async () => {
  const P = `/api/stacks/acme/web/${stack}/refresh`
  const look = async (flags: object, status: 'succeeded' | 'failed', changes: object): Promise<string> => {
    const environment = { 'pulumi.flag.preview-only': 'true', ...flags }
    const body = {
      name: 'web',
      runtime: 'yaml',
      options: { dryRun: true },
      config: {},
      metadata: { environment },
    }
    const { updateID } = (await world.call('POST', P, { body })).body
    const lease = (await world.call('POST', `${P}/${updateID}`, { body: {} })).body.token
    const leased = (path: string, sent: object) =>
      world.call('POST', `${P}/${updateID}/${path}`, {
        token: null,
        headers: { authorization: `update-token ${lease}` },
        body: sent,
      })
    const summaryEvent = { maybeCorrupt: false, durationSeconds: 1, resourceChanges: changes }
    await leased('events/batch', { events: [{ sequence: 0, timestamp: 0, summaryEvent }] })
    expect((await leased('complete', { status })).status).toBeLessThan(300)
    return updateID
  }
  const found = await look({}, 'succeeded', { update: 1, same: 2 })
  const broken = await look({}, 'failed', {})
  await look({ 'pulumi.flag.target': 'urn:1' }, 'succeeded', { update: 1 })
  const drift = { driftRunId: found, driftDetected: true, resourceChanges: { update: 1, same: 2 } }
  expect(await told()).toEqual([
    { event: 'drift_detection_succeeded', drift },
    { event: 'drift_detected', drift },
    {
      event: 'drift_detection_failed',
      drift: { driftRunId: broken, driftDetected: false, resourceChanges: {} },
    },
  ])
})
