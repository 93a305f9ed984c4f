import { randomUUID } from 'node:crypto'
import { DriftRun, ListDriftRunsResponse } from '@daypass/contract/drift.ts'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'

let world: World
let serial = 0
let stack = ''
let stackId = ''
let S = ''
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.db.query('delete from stacks')
  await world.db.query('delete from removed_stacks')
  await world.db.query('delete from members where user_id = $1', [world.userIds.member])
  await world.db.query("insert into members (organization_id, user_id, role) values ($1, $2, 'member')", [
    world.organizationIds.acme,
    world.userIds.member,
  ])
  serial += 1
  stack = `e${serial}`
  stackId = await world.addStack(stack)
  await world.db.query('update stacks set created_by = $1 where id = $2', [world.userIds.member, stackId])
  S = `/api/stacks/acme/web/${stack}`
})

const request = async (operation: string, options: object = {}): Promise<string> => {
  const body = { operation, sourceContext: { git: GIT }, operationContext: { options } }
  return (await world.call('POST', `${S}/deployments`, { body, token: world.tokens.member })).body.id
}
/** Claims, starts and reports one step, as a runner does. */
const run = async (): Promise<string> => {
  const job = await world.claim()
  if (!job) throw new Error('nothing claimed')
  await world.job('POST', '/api/daypass/job/start', job.jobToken, {})
  await world.job('POST', '/api/daypass/job/step', job.jobToken, {
    step: 0,
    name: 'Setup',
    status: 'running',
  })
  return job.jobToken
}
const finish = (jobToken: string, result: 'succeeded' | 'failed' = 'succeeded') =>
  world.job('POST', '/api/daypass/job/finish', jobToken, { result, failure: null })
const get = async (path: string) => (await world.call('GET', `${S}${path}`)).body
const logOf = async (id: string): Promise<string> =>
  (await get(`/deployments/${id}/logs`)).lines
    .map(({ header, line }: { header?: string; line?: string }) => line ?? `# ${header}\n`)
    .join('')
const addUpdate = async (
  deploymentId: string | null,
  changes: object | null,
  more: object = {},
): Promise<string> => {
  const row = { kind: 'refresh', dryRun: true, status: 'succeeded', detectsDrift: true, ...more }
  const id = randomUUID()
  await world.db.query(
    `insert into updates (id, stack_id, kind, dry_run, status, detects_drift, deployment_id, program, config, metadata,
                          resource_changes, started_at, ended_at)
     values ($1, $2, $3, $4, $5, $6, $7, '{}', '{}', '{}', $8, now(), now())`,
    [
      id,
      stackId,
      row.kind,
      row.dryRun,
      row.status,
      row.detectsDrift,
      deploymentId,
      changes && JSON.stringify(changes),
    ],
  )
  return id
}
const listedAsDrifted = async (): Promise<boolean> =>
  (await world.call('GET', '/api/user/stacks?organization=acme')).body.stacks[0].driftDetected
const leaveOrganization = () =>
  world.db.query('delete from members where user_id = $1', [world.userIds.member])

test('a destroy removes its stack with all that hangs on it, and stays readable itself', async () => {
  await world.call('PUT', `${S}/deployments/settings`, { body: { sourceContext: { git: GIT } } })
  const earlier = await request('update')
  await finish(await run())
  const id = await request('destroy', { deleteAfterDestroy: true })
  const job = await run()
  const update = await addUpdate(id, { delete: 1 }, { kind: 'destroy', dryRun: false, detectsDrift: false })
  const waiting = await request('update')
  for (let time = 0; time < 2; time += 1) expect((await finish(job)).status).toBe(204)
  expect((await finish(job, 'failed')).body.reason).toBe('lease_lost')

  expect((await world.call('GET', S)).status).toBe(404)
  expect((await get(`/deployments/${id}`)).status).toBe('succeeded')
  expect((await get('/deployments/version/2')).code).toBe(404)
  expect(await logOf(id)).toMatch(/# Remove stack\nThe stack acme\/web\/e\d+ is removed/)
  expect(await get(`/deployments/${waiting}`)).toMatchObject({
    status: 'skipped',
    failure: { code: 'stack_removed', message: expect.stringContaining('deployment 2 destroyed') },
  })
  expect(await get(`/deployments/${earlier}`)).toMatchObject({ code: 404 })
  expect(await get(`/deployments/${id}/updates`)).toMatchObject([{ updateID: update }])
  expect(await get(`/update/${update}/events`)).toMatchObject({ continuationToken: null })
  // Whoever asked for it goes on reading it, also where nobody reads by default.
  await world.call('PATCH', '/api/orgs/acme', { body: { setDefaultStackPermission: 0 } })
  const requester = await world.call('GET', `${S}/deployments/${id}`, { token: world.tokens.member })
  expect(requester.status).toBe(200)
  await world.call('PATCH', '/api/orgs/acme', { body: { setDefaultStackPermission: 102 } })
  const stranger = await world.call('GET', `${S}/deployments/${id}`, { token: world.tokens.stranger })
  expect(stranger.status).toBe(404)
  const { deployments } = (await world.call('GET', '/api/orgs/acme/deployments')).body
  expect(deployments.map((one: { stackName: string }) => one.stackName)).toEqual([stack, stack])
  const { rows } = await world.db.query('select from retired_stack_names where name = $1', [stack])
  expect(rows).toHaveLength(1)
  const running = 'select running_deployments as n from organizations where name = $1'
  expect((await world.db.query<{ n: number }>(running, ['acme'])).rows[0]?.n).toBe(0)

  await world.addStack(stack)
  expect((await get(`/deployments/${id}`)).status).toBe('succeeded')
  expect((await get('/deployments')).total).toBe(0)
})

test.each([
  [
    'that still has resources',
    () =>
      world.db.query(
        `insert into states (stack_id, version, schema_version, resource_count, byte_count, sha256)
         values ($1, 1, 3, 2, 2, decode(repeat('00', 32), 'hex'))`,
        [stackId],
      ),
    /its state still has 2 resources/,
  ],
  [
    'that somebody else updates',
    () =>
      world.db.query(
        `insert into updates (id, stack_id, kind, dry_run, status, version, program, config, metadata, lease_until, started_at)
         values (gen_random_uuid(), $1, 'update', false, 'running', 1, '{}', '{}', '{}', now() + interval '1 min', now())`,
        [stackId],
      ),
    /somebody else updates it/,
  ],
  ['whose requester has left', leaveOrganization, /member asked for it and may not delete/],
  [
    'whose requester may only write it',
    () => world.db.query('update stacks set created_by = null where id = $1', [stackId]),
    /member asked for it and may not delete/,
  ],
  [
    'of an organization that keeps the end of stacks to its admins',
    () => world.call('PATCH', '/api/orgs/acme', { body: { setMembersCanDeleteStacks: false } }),
    /member asked for it and may not delete/,
  ],
])('a stack %s stays, and the destroy says why it failed', async (_what, arrange, why) => {
  const id = await request('destroy', { deleteAfterDestroy: true })
  const job = await run()
  await arrange()
  for (let time = 0; time < 2; time += 1) expect((await finish(job)).status).toBe(204)
  expect(await get(`/deployments/${id}`)).toMatchObject({
    status: 'failed',
    failure: { code: 'stack_removal_failed', message: expect.stringMatching(why) },
    jobs: [{ steps: [{ name: 'Setup' }, { name: 'Remove stack', status: 'failed' }] }],
  })
  expect(await logOf(id)).toMatch(why)
  expect((await world.call('GET', S)).status).toBe(200)
  await world.call('PATCH', '/api/orgs/acme', { body: { setMembersCanDeleteStacks: true } })
})

test('a destroy that failed, or was not asked to, removes nothing', async () => {
  await request('destroy', { deleteAfterDestroy: true })
  await finish(await run(), 'failed')
  await request('destroy')
  await finish(await run())
  await request('update', { deleteAfterDestroy: true })
  await finish(await run())
  expect((await world.call('GET', S)).status).toBe(200)
})

test('drift is counted by what would change, and said at the end of the log', async () => {
  const [clean, drifted, unknown] = [
    await request('detect-drift'),
    await request('detect-drift'),
    await request('detect-drift', { remediateIfDriftDetected: true }),
  ]
  for (const [id, changes] of [
    [clean, { same: 4, read: 1 }],
    [drifted, { same: 2, update: 1, delete: 3 }],
    [unknown, null],
  ] as const) {
    const job = await run()
    expect(await get('/drift/status')).toMatchObject({ latestDriftRun: unknown, runInProgress: true })
    await addUpdate(id, changes)
    expect((await finish(job)).status).toBe(204)
  }
  expect(await logOf(clean)).toContain('No drift:')
  expect(await logOf(drifted)).toContain('Drift was found: 3 to delete, 1 to update.')
  expect(await logOf(unknown)).toContain('is not known')

  const { body } = await world.call('GET', `${S}/drift/runs?page=1&pageSize=2`)
  expect(Value.Errors(ListDriftRunsResponse, body)).toEqual([])
  expect(body).toMatchObject({ total: 3, itemsPerPage: 2 })
  expect(body.driftRuns.map((one: DriftRun) => [one.id, one.driftDetected])).toEqual([
    [unknown, false],
    [drifted, true],
  ])
  const run1 = await get(`/drift/runs/${drifted}`)
  expect(Value.Errors(DriftRun, run1)).toEqual([])
  expect(run1).toMatchObject({
    deploymentVersion: 2,
    detectUpdate: { resourceChanges: { update: 1, delete: 3 } },
  })
  expect(await get(`/drift/runs/${randomUUID()}`)).toMatchObject({ code: 404 })
  expect(await get('/drift/runs/x')).toMatchObject({ code: 404 })
})

test('remediation follows with the same settings, whatever was saved since, and clears the status', async () => {
  const id = await request('detect-drift', { remediateIfDriftDetected: true })
  const job = await run()
  await addUpdate(id, { update: 1 })
  await world.call('PUT', `${S}/deployments/settings`, { body: { tag: 'other' } })
  await finish(job)
  expect(await logOf(id)).toContain('Deployment 2 (remediate-drift) follows deployment 1')
  expect(await get('/drift/status')).toEqual({
    driftDetected: true,
    latestDriftRun: id,
    runInProgress: false,
  })
  expect(await listedAsDrifted()).toBe(true)
  const [remedy] = (await get('/deployments')).deployments
  expect(remedy).toMatchObject({
    pulumiOperation: 'remediate-drift',
    requestedBy: { githubLogin: 'member' },
    initiator: 'drift',
  })
  const second = await world.claim()
  expect(second?.job).toMatchObject({ operation: 'remediate-drift', source: { repoUrl: GIT.repoUrl } })
  await world.job('POST', '/api/daypass/job/start', second?.jobToken ?? '', {})
  const update = await addUpdate(
    remedy.id,
    { update: 1 },
    { kind: 'update', dryRun: false, detectsDrift: false },
  )
  await finish(second?.jobToken ?? '')
  expect(await get(`/drift/runs/${id}`)).toMatchObject({
    remediateUpdate: { updateId: update, status: 'succeeded' },
    remediation: { deploymentId: remedy.id, deploymentVersion: 2, status: 'succeeded' },
  })
  expect(await get('/drift/status')).toMatchObject({ driftDetected: false })
  expect(await listedAsDrifted()).toBe(false)
  expect((await get('/deployments/metadata')).drift).toMatchObject({
    driftDetected: false,
    latestDriftRun: id,
  })
})

test('nobody remediates in the name of a person who may not write any more', async () => {
  const id = await request('detect-drift', { remediateIfDriftDetected: true })
  const job = await run()
  await addUpdate(id, { update: 1 })
  await leaveOrganization()
  await finish(job)
  expect(await logOf(id)).toMatch(/not remediated: member asked for it and may not write/)
  expect((await get('/deployments')).total).toBe(1)
})

test('a remediation by hand belongs to the latest detection', async () => {
  const id = await request('detect-drift')
  const job = await run()
  await addUpdate(id, { update: 1 })
  await finish(job)
  const remedy = await request('remediate-drift')
  expect((await get(`/drift/runs/${id}`)).remediation).toMatchObject({
    deploymentId: remedy,
    status: 'not-started',
  })
})

test('a preview-only refresh without a deployment is a run; one of a job that did something else is none', async () => {
  const looked = await addUpdate(null, { delete: 1 })
  await request('update')
  await run()
  const { rows } = await world.db.query<{ id: string }>('select id from deployments')
  await addUpdate(rows[0]?.id ?? '', { delete: 1 })
  expect(await get('/drift/runs')).toMatchObject({
    total: 1,
    driftRuns: [{ id: looked, driftDetected: true }],
  })
  expect(await get('/drift/status')).toEqual({
    driftDetected: true,
    latestDriftRun: looked,
    runInProgress: false,
  })
})
