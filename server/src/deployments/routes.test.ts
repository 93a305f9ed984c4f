import { randomUUID } from 'node:crypto'
import {
  GetDeploymentResponse,
  ListDeploymentsResponse,
  OrganizationDeploymentsMetadata,
  StackDeploymentsMetadata,
} from '@daypass/contract/deployments.ts'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'

let world: World
let serial = 0
let stack = ''
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.database.db.query('delete from stacks')
  serial += 1
  stack = `d${serial}`
  await world.addStack(stack)
})

const path = (name = stack): string => `/api/stacks/acme/web/${name}/deployments`
const request = async (more: object = {}, name = stack): Promise<string> => {
  const body = { operation: 'update', sourceContext: { git: GIT }, ...more }
  return (
    await world.call('POST', path(name), { body, headers: { 'x-pulumi-deployment-initiator': 'console' } })
  ).body.id
}
const start = async () => {
  const claimed = await world.claim()
  if (!claimed) throw new Error('nothing claimed')
  await world.job('POST', '/api/daypass/job/start', claimed.jobToken, {})
  return claimed
}
const plainTime = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/)

test('one deployment, by id and by version, before a runner has it', async () => {
  const id = await request({
    operationContext: { environmentVariables: { A: 'x', B: { secret: 'bee' } } },
    sourceContext: { git: { ...GIT, repoDir: 'infra' } },
  })
  await request()
  const byId = await world.call('GET', `${path()}/${id}`)
  expect(byId.status).toBe(200)
  expect(Value.Errors(GetDeploymentResponse, byId.body)).toEqual([])
  expect(byId.body).toEqual({
    id,
    created: plainTime,
    modified: plainTime,
    status: 'not-started',
    version: 1,
    latestVersion: 2,
    requestedBy: { name: 'ADMIN', githubLogin: 'admin', avatarUrl: '', email: 'admin@example.com' },
    projectName: 'web',
    stackName: stack,
    pulumiOperation: 'update',
    waitingFor: { reason: 'no_runner', message: expect.any(String) },
    initiator: 'console',
    paused: false,
    agentPool: { id: expect.any(String), name: 'default' },
    updates: [],
    configuration: {
      environmentVariables: [
        { name: 'A', value: 'x', secret: false },
        { name: 'B', secret: true },
      ],
      source: { git: { repoURL: GIT.repoUrl, branch: 'main', repoDir: 'infra' } },
    },
  })
  expect((await world.call('GET', `${path()}/version/1`)).body).toEqual(byId.body)
})

test('while it runs it has one job with its steps', async () => {
  const id = await request()
  const { jobToken } = await start()
  const report = (step: number, name: string, status: string) =>
    world.job('POST', '/api/daypass/job/step', jobToken, { step, name, status })
  await report(0, 'Setup', 'running')
  await report(0, 'Setup', 'succeeded')
  await report(1, 'Get source', 'running')
  const { body } = await world.call('GET', `${path()}/${id}`)
  expect(Value.Errors(GetDeploymentResponse, body)).toEqual([])
  const time = expect.stringMatching(/^\d{4}-.*Z$/)
  expect(body).toMatchObject({ status: 'running' })
  expect(body.jobs).toEqual([
    {
      status: 'running',
      started: time,
      lastUpdated: time,
      steps: [
        { name: 'Setup', status: 'succeeded', started: time, lastUpdated: time },
        { name: 'Get source', status: 'running', started: time, lastUpdated: time },
      ],
    },
  ])
})

test('lists: newest first, in pages, with what generated clients demand', async () => {
  for (let n = 0; n < 12; n += 1) await request()
  await start()
  const first = await world.call('GET', path())
  expect(Value.Errors(ListDeploymentsResponse, first.body)).toEqual([])
  expect(first.body).toMatchObject({ itemsPerPage: 10, total: 12 })
  const versions = (body: { deployments: { version: number }[] }): number[] =>
    body.deployments.map((one) => one.version)
  expect(versions(first.body)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3])
  expect(first.body.deployments[0]).toEqual({
    id: expect.any(String),
    created: plainTime,
    modified: plainTime,
    status: 'not-started',
    version: 12,
    requestedBy: { name: 'ADMIN', githubLogin: 'admin', avatarUrl: '', email: 'admin@example.com' },
    projectName: 'web',
    stackName: stack,
    paused: false,
    pulumiOperation: 'update',
    waitingFor: expect.objectContaining({ reason: 'deployment' }),
    initiator: 'console',
    agentPool: { id: world.sharedPool.id, name: 'default' },
    jobs: [],
    updates: [],
  })
  const list = async (query: string) => (await world.call('GET', `${path()}?${query}`)).body
  expect(versions(await list('page=2'))).toEqual([2, 1])
  expect(versions(await list('page=3'))).toEqual([])
  expect(versions(await list('pageSize=3&asc=true'))).toEqual([1, 2, 3])
  expect(versions(await list('pageSize=2&sort=version&asc=false'))).toEqual([12, 11])
  expect(versions(await list('status=running'))).toEqual([1])
  expect(await list('status=not-started&pageSize=100')).toMatchObject({ total: 11, itemsPerPage: 100 })
})

test('a list is narrowed by status and operation, and sorted by a field', async () => {
  for (const operation of ['update', 'preview', 'destroy']) await request({ operation })
  const operations = async (query: string): Promise<string[]> => {
    const { body } = await world.call('GET', `${path()}?${query}`)
    return body.deployments.map((one: { pulumiOperation: string }) => one.pulumiOperation)
  }
  expect(await operations('operation=preview')).toEqual(['preview'])
  expect(await operations('operation=preview&operation=update&asc=true')).toEqual(['update', 'preview'])
  expect(await operations('sort=operation&asc=true')).toEqual(['destroy', 'preview', 'update'])
  expect(await operations('sort=&status=&operation=')).toEqual(['destroy', 'preview', 'update'])
  await start()
  expect(await operations('status=running')).toEqual(['update'])
  expect(await operations('status=running&status=not-started&operation=destroy')).toEqual(['destroy'])
  const { body } = await world.call('GET', '/api/orgs/acme/deployments?operation=destroy')
  expect(body.total).toBe(1)
})

test.each([
  'page=0',
  'page=x',
  'pageSize=0',
  'pageSize=101',
  'pageSize=ten',
  'asc=maybe',
  'sort=colour',
  'status=cancelled',
  'operation=up',
  'status=running&status=nope',
])('a list with %s is a 400', async (query) => {
  for (const list of [path(), '/api/orgs/acme/deployments']) {
    const answer = await world.call('GET', `${list}?${query}`)
    expect(answer.status).toBe(400)
    expect(answer.body.code).toBe(400)
  }
})

test('the list of an organization has all its stacks, and is for members', async () => {
  await world.addStack(`${stack}-b`)
  const ids = [await request(), await request({}, `${stack}-b`)]
  const { body } = await world.call('GET', '/api/orgs/acme/deployments', { token: world.tokens.member })
  expect(Value.Errors(ListDeploymentsResponse, body)).toEqual([])
  expect(body.deployments.map((one: { id: string }) => one.id)).toEqual(ids.toReversed())
  for (const name of ['acme', 'nowhere']) {
    const answer = await world.call('GET', `/api/orgs/${name}/deployments`, { token: world.tokens.stranger })
    expect(answer).toMatchObject({ status: 404, body: { code: 404, reason: 'organization_not_found' } })
  }
})

test('updates of a deployment are linked once they began', async () => {
  const id = await request()
  const update = randomUUID()
  const add = (status: 'not started' | 'succeeded') =>
    world.database.db.query(
      `insert into updates (id, stack_id, kind, dry_run, status, version, deployment_id, program, config, metadata,
                            started_at, ended_at, requested_by)
       select $1, stack_id, 'update', false, $2, $3, id, '{}', '{}', '{"message":"m","environment":{"ci.system":"x","n":1}}',
              '2030-01-01T00:00:10.5Z', null, requested_by
         from deployments where id = $4`,
      [status === 'succeeded' ? update : randomUUID(), status, status === 'succeeded' ? 1 : null, id],
    )
  await add('not started')
  expect((await world.call('GET', `${path()}/${id}/updates`)).body).toEqual([])
  await add('succeeded')
  const { body } = await world.call('GET', `${path()}/${id}/updates`)
  expect(body).toEqual([
    expect.objectContaining({ updateID: update, version: 1, latestVersion: expect.any(Number) }),
  ])
  const listed = (await world.call('GET', path())).body
  expect(Value.Errors(ListDeploymentsResponse, listed)).toEqual([])
  expect(listed.deployments[0].updates).toEqual([
    {
      id: update,
      updateID: update,
      version: 1,
      startTime: 1_893_456_010,
      endTime: 0,
      result: 'succeeded',
      kind: 'update',
      message: 'm',
      environment: { 'ci.system': 'x' },
    },
  ])
  for (const one of [id, `version/${listed.deployments[0].version}`])
    expect((await world.call('GET', `${path()}/${one}`)).body.updates).toEqual(listed.deployments[0].updates)
})

test('what does not exist, or is another stack’s, is a 404', async () => {
  const id = await request()
  await world.addStack(`${stack}-b`)
  const nothing = ['nope', randomUUID(), 'version/99', 'version/x', 'version/-1', `version/${'9'.repeat(30)}`]
  const paths = [
    ...nothing.map((one) => `${path()}/${one}`),
    `${path(`${stack}-b`)}/${id}`,
    `${path('gone')}/${id}`,
  ]
  for (const one of paths)
    expect(await world.call('GET', one)).toMatchObject({ status: 404, body: { code: 404 } })
  for (const one of ['updates', 'logs']) {
    expect((await world.call('GET', `${path()}/${randomUUID()}/${one}`)).status).toBe(404)
    expect((await world.call('GET', `${path()}/nope/${one}`)).status).toBe(404)
    expect((await world.call('GET', `${path()}/${id}/${one}`, { token: world.tokens.stranger })).status).toBe(
      404,
    )
  }
  expect((await world.call('POST', `${path()}/nope/cancel`)).status).toBe(404)
  expect((await world.call('POST', `${path()}/${randomUUID()}/cancel`)).status).toBe(404)
  expect((await world.call('GET', `${path()}/${id}`, { token: null })).status).toBe(401)
})

test('metadata of a stack and of an organization', async () => {
  await request()
  await request()
  await start()
  const ofStack = await world.call('GET', `${path()}/metadata`)
  expect(Value.Errors(StackDeploymentsMetadata, ofStack.body)).toEqual([])
  expect(ofStack.body).toEqual({
    paused: false,
    stackPaused: false,
    organizationPaused: false,
    hasSchedules: false,
  })
  await world.database.db.query('update stacks set deployments_paused = true')
  expect((await world.call('GET', `${path()}/metadata`)).body).toMatchObject({
    paused: true,
    stackPaused: true,
  })
  expect((await world.call('GET', path())).body.deployments[0].paused).toBe(true)
  const ofAcme = await world.call('GET', '/api/orgs/acme/deployments/metadata')
  expect(Value.Errors(OrganizationDeploymentsMetadata, ofAcme.body)).toEqual([])
  expect(ofAcme.body).toMatchObject({
    concurrency: 20,
    deploymentCounts: { notStarted: 1, running: 1, total: 2 },
  })
})

test('cancel: one that waits ends at once and says so', async () => {
  const [first, second, third] = [await request(), await request(), await request()]
  expect((await world.call('POST', `${path()}/${second}/cancel`)).status).toBe(200)
  expect((await world.call('POST', `${path()}/${first}/cancel`, { token: world.tokens.member })).status).toBe(
    200,
  )
  for (const [id, by] of [
    [first, 'member'],
    [second, 'admin'],
  ]) {
    const { body } = await world.call('GET', `${path()}/${id}`)
    expect(body).toMatchObject({ status: 'failed', jobs: [{ steps: [{ name: 'Setup', status: 'failed' }] }] })
    const log = (await world.call('GET', `${path()}/${id}/logs`)).body
    expect(log.lines[1].line).toBe(`Cancelled by ${by} before it started.\n`)
    expect(log).not.toHaveProperty('nextToken')
  }
  expect((await world.claim())?.job.deploymentId).toBe(third)
  expect((await world.call('POST', `${path()}/${first}/cancel`)).status).toBe(200)
})

test('cancel: one that was claimed and not started ends, and its runner is told', async () => {
  const id = await request()
  const claimed = await world.claim()
  await world.call('POST', `${path()}/${id}/cancel`)
  expect((await world.call('GET', `${path()}/${id}`)).body.status).toBe('failed')
  const late = await world.job('POST', '/api/daypass/job/start', claimed?.jobToken ?? '', {})
  expect(late).toMatchObject({ status: 409, body: { reason: 'lease_lost' } })
})

test('cancel: one that runs is asked, and the job hears of it at once', async () => {
  const id = await request()
  const { jobToken } = await start()
  const hears = world.job('GET', '/api/daypass/job/cancellation?waitSeconds=20', jobToken)
  await new Promise((resolve) => setTimeout(resolve, 200))
  const before = performance.now()
  expect((await world.call('POST', `${path()}/${id}/cancel`)).status).toBe(200)
  expect((await hears).body).toEqual({ cancelRequested: true })
  expect(performance.now() - before).toBeLessThan(500)
  expect((await world.call('GET', `${path()}/${id}`)).body.status).toBe('running')
  expect((await world.job('POST', '/api/daypass/job/beat', jobToken, {})).body.cancelRequested).toBe(true)
  const failure = { code: 'cancelled', message: 'Cancelled.' }
  const finished = await world.job('POST', '/api/daypass/job/finish', jobToken, { result: 'failed', failure })
  expect(finished.status).toBe(204)
  expect((await world.call('GET', `${path()}/${id}`)).body.status).toBe('failed')
  const { rows } = await world.database.db.query('select failure_code from deployments where id = $1', [id])
  expect(rows).toEqual([{ failure_code: 'cancelled' }])
})

test('a stack token cancels nothing and reads no deployments', async () => {
  const id = await request()
  const token = (await start()).job.stackToken
  for (const [method, where] of [
    ['POST', `${path()}/${id}/cancel`],
    ['GET', path()],
    ['GET', `${path()}/${id}`],
    ['GET', `${path()}/${id}/logs`],
  ] as const) {
    expect((await world.call(method, where, { token })).status).toBe(403)
  }
})
