import { BeatAnswer, IdTokenAnswer } from '@daypass/contract/job-protocol.ts'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'

let world: World
let serial = 0
let stack = ''
let id = ''
let jobToken = ''
const AWS = { roleArn: 'arn:aws:iam::123456789012:role/deploy', sessionName: 'daypass' }
const WITH_OIDC = { operationContext: { oidc: { aws: AWS } } }

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.database.db.query('delete from stacks')
  await world.database.db.query('delete from retired_stack_names')
  serial += 1
  stack = `j${serial}`
  await world.addStack(stack)
})

const path = (): string => `/api/stacks/acme/web/${stack}/deployments`
const claim = async (more: object = {}): Promise<void> => {
  const body = { operation: 'update', sourceContext: { git: GIT }, ...more }
  id = (await world.call('POST', path(), { body })).body.id
  jobToken = (await world.claim())?.jobToken ?? ''
}
const ask = (call: string, body?: unknown) =>
  world.job(call.startsWith('cancellation') ? 'GET' : 'POST', `/api/daypass/job/${call}`, jobToken, body)
const start = async (more: object = {}): Promise<void> => {
  await claim(more)
  expect((await ask('start', {})).status).toBe(200)
}
const status = async (): Promise<string> => (await world.call('GET', `${path()}/${id}`)).body.status
const step = (n: number, name: string, state = 'running') => ask('step', { step: n, name, status: state })
const line = (text: string) => ({ timestamp: '2030-01-01T00:00:00.123Z', line: text })
const log = (n: number, offset: number, ...texts: string[]) =>
  ask('log', { step: n, offset, lines: texts.map(line) })
const tail = async (query = '') => (await world.call('GET', `${path()}/${id}/logs${query}`)).body

test('start, beat and finish, each as often as the network needs', async () => {
  await claim()
  expect(await status()).toBe('accepted')
  for (let n = 0; n < 2; n += 1) {
    const answer = await ask('start', {})
    expect(Value.Errors(BeatAnswer, answer.body)).toEqual([])
    expect(answer.body.cancelRequested).toBe(false)
  }
  expect(await status()).toBe('running')
  expect((await ask('beat')).status).toBe(200)
  for (let n = 0; n < 2; n += 1) {
    expect((await ask('finish', { result: 'succeeded', failure: null })).status).toBe(204)
  }
  expect(await status()).toBe('succeeded')
  expect((await ask('finish', { result: 'failed', failure: null })).body.reason).toBe('lease_lost')
  expect((await ask('beat')).body.reason).toBe('lease_lost')
})

test('each end is counted once, by operation and result', async () => {
  const counted = async (result: string): Promise<number> => {
    const line = `daypass_deployments_ended_total\\{operation="update",result="${result}"\\} (\\d+)`
    return Number(new RegExp(line).exec(await world.metrics.text())?.[1] ?? 0)
  }
  const before = [await counted('succeeded'), await counted('failed')] as const
  await start()
  for (let n = 0; n < 2; n += 1) await ask('finish', { result: 'succeeded', failure: null })
  await start()
  await ask('finish', { result: 'failed', failure: null })
  expect([await counted('succeeded'), await counted('failed')]).toEqual([before[0] + 1, before[1] + 1])
})

test('before its start a job can do nothing', async () => {
  await claim()
  const early = [
    await ask('beat'),
    await step(0, 'Setup'),
    await ask('finish', { result: 'succeeded', failure: null }),
  ]
  for (const answer of early) expect(answer).toMatchObject({ status: 409, body: { reason: 'lease_lost' } })
  expect(await status()).toBe('accepted')
})

test('a failure is kept with its code, whatever is in the sentence', async () => {
  await start()
  await step(0, 'Get source')
  const failure = { code: 'branch_not_found', message: `no \u0000 \ud800 ${'x'.repeat(9000)}` }
  expect((await ask('finish', { result: 'failed', failure })).status).toBe(204)
  const { rows } = await world.database.db.query<{ code: string; length: number }>(
    'select failure_code as code, length(failure_message) as length from deployments where id = $1',
    [id],
  )
  expect(rows).toEqual([{ code: 'branch_not_found', length: 4000 }])
  expect((await world.call('GET', `${path()}/${id}`)).body.jobs[0].steps).toMatchObject([
    { status: 'failed' },
  ])
})

test('steps and lines come out as they went in', async () => {
  await start()
  await step(0, 'Setup')
  expect((await log(0, 0, 'one\n', 'two\n')).body).toEqual({ nextOffset: 2 })
  await step(0, 'Setup', 'succeeded')
  await step(1, 'Get source')
  await log(1, 0, 'three\n')
  expect((await tail()).lines).toEqual([
    { header: 'Setup' },
    { timestamp: '2030-01-01T00:00:00.123Z', line: 'one\n' },
    { timestamp: '2030-01-01T00:00:00.123Z', line: 'two\n' },
    { header: 'Get source' },
    { timestamp: '2030-01-01T00:00:00.123Z', line: 'three\n' },
  ])
})

test('repeating an append is harmless, overlapping ones are cut, a gap is refused', async () => {
  await start()
  await step(0, 'Setup')
  await log(0, 0, 'a\n', 'b\n')
  expect((await log(0, 0, 'a\n', 'b\n')).body).toEqual({ nextOffset: 2 })
  expect((await log(0, 1, 'b\n', 'c\n')).body).toEqual({ nextOffset: 3 })
  expect((await log(0, 0, 'a\n')).body).toEqual({ nextOffset: 3 })
  expect(await log(0, 4, 'e\n')).toMatchObject({ status: 409, body: { reason: 'log_gap' } })
  expect(await log(1, 0, 'x\n')).toMatchObject({ status: 409, body: { reason: 'unknown_step' } })
  const { lines } = await tail()
  expect(lines.map((one: { line?: string }) => one.line)).toEqual([undefined, 'a\n', 'b\n', 'c\n'])
})

test('the same append many times at once is kept once', async () => {
  await start()
  await step(0, 'Setup')
  const answers = await Promise.all(Array.from({ length: 10 }, () => log(0, 0, 'a\n', 'b\n')))
  for (const answer of answers) expect(answer.body).toEqual({ nextOffset: 2 })
  expect((await tail()).lines).toHaveLength(3)
})

test('notes open the log and do not disturb the job’s count', async () => {
  await world.call('PUT', `${path()}/settings`, {
    body: { sourceContext: { git: { ...GIT, gitAuth: { accessToken: { secret: 'tok' } } } } },
  })
  await start({ sourceContext: { git: { repoUrl: 'https://elsewhere.example/a' } } })
  await step(0, 'Setup')
  await step(0, 'Setup')
  expect((await log(0, 0, 'mine\n')).body).toEqual({ nextOffset: 1 })
  expect((await log(0, 1, 'more\n')).body).toEqual({ nextOffset: 2 })
  const lines = (await tail()).lines.map((one: { line?: string }) => one.line)
  expect(lines).toEqual([undefined, expect.stringContaining('were dropped'), 'mine\n', 'more\n'])
})

test('our own tokens are blotted in the log, wherever they come from', async () => {
  await start(WITH_OIDC)
  await step(0, 'Setup')
  const { token } = (await ask('id-token', { purpose: 'job' })).body
  const secrets = [token, jobToken, world.tokens.admin, world.sharedPool.token]
  await log(0, 0, ...secrets.map((secret) => `before ${secret} after\n`))
  const { rows } = await world.database.db.query('select * from log_chunks where deployment_id = $1', [id])
  for (const secret of secrets) expect(JSON.stringify(rows)).not.toContain(secret)
  const { lines } = await tail()
  for (const { line: text } of lines.slice(1)) expect(text).toMatch(/^before \[.*\] after\n$/)
})

test('a step has one end, and one that ended does not begin again', async () => {
  await start()
  await step(0, 'Setup')
  await step(0, 'Setup', 'failed')
  expect((await step(0, 'Setup', 'running')).status).toBe(204)
  expect((await step(0, 'Setup', 'succeeded')).status).toBe(204)
  expect((await world.call('GET', `${path()}/${id}`)).body.jobs[0].steps).toMatchObject([
    { status: 'failed' },
  ])
})

test('an id token says who the job is, and is recorded before it leaves', async () => {
  await start(WITH_OIDC)
  for (const [purpose, lifetimeSeconds] of [
    ['exchange', 300],
    ['job', 900],
  ] as const) {
    const answer = await ask('id-token', { purpose })
    expect(answer.status).toBe(200)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(Value.Errors(IdTokenAnswer, answer.body)).toEqual([])
    expect(answer.body).toMatchObject({ audience: 'acme', lifetimeSeconds })
    const claims = decodeJwt(answer.body.token)
    expect(claims).toMatchObject({
      iss: 'http://127.0.0.1:8080/oidc',
      aud: 'acme',
      sub: answer.body.subject,
      deployment: '1',
      operation: 'update',
      stackId: `acme/web/${stack}`,
    })
    expect(decodeProtectedHeader(answer.body.token).alg).toBe('RS256')
    const { rows } = await world.database.db.query(
      'select deployment_id, purpose from mints where jti = $1',
      [claims.jti],
    )
    expect(rows).toEqual([{ deployment_id: id, purpose }])
  }
})

test('without an oidc block there is no token', async () => {
  await start()
  expect(await ask('id-token', { purpose: 'job' })).toMatchObject({
    status: 403,
    body: { reason: 'no_oidc_block' },
  })
})

test('an audience of the stack’s may be asked for by name, with an oidc block or without, and no other', async () => {
  const vault = 'https://vault.example.com'
  await world.call('PUT', '/api/daypass/orgs/acme/audiences', { body: { audiences: [vault] } })
  await world.call('PUT', `/api/daypass/stacks/acme/web/${stack}/identity`, { body: { audiences: [vault] } })
  await start()
  const asked = await ask('id-token', { purpose: 'job', audience: vault })
  expect(decodeJwt(asked.body.token)).toMatchObject({ aud: vault, stackId: `acme/web/${stack}` })
  const { rows } = await world.database.db.query('select audience from mints where deployment_id = $1', [id])
  expect(rows).toEqual([{ audience: vault }])
  for (const audience of [undefined, 'acme', `${vault}/`]) {
    expect(await ask('id-token', { purpose: 'job', audience })).toMatchObject({
      status: 403,
      body: { reason: 'audience_not_allowed', message: expect.stringContaining(`only for "${vault}"`) },
    })
  }
  await world.call('PUT', '/api/daypass/orgs/acme/audiences', { body: { audiences: [] } })
  expect((await ask('id-token', { purpose: 'job', audience: vault })).body.reason).toBe('no_oidc_block')
})

test('with an oidc block the organization’s audience goes by its name too, and no other', async () => {
  await start(WITH_OIDC)
  expect((await ask('id-token', { purpose: 'job', audience: 'acme' })).body.audience).toBe('acme')
  for (const audience of ['Acme', 'other', 'https://vault.example.com']) {
    expect((await ask('id-token', { purpose: 'job', audience })).body.reason).toBe('audience_not_allowed')
  }
})

test('read-only previews: the supervisor has a token for clouds, and the job has none', async () => {
  const reader = { roleArn: 'arn:aws:iam::123456789012:role/reader', sessionName: 'daypass' }
  const body = { operations: { preview: { aws: reader } }, readOnlyPreviews: true }
  await world.call('PUT', `/api/daypass/stacks/acme/web/${stack}/identity`, { body })
  for (const operation of ['preview', 'detect-drift', 'update']) {
    await start({ ...WITH_OIDC, operation })
    expect((await ask('id-token', { purpose: 'exchange' })).body.audience).toBe('acme')
    for (const audience of [undefined, 'acme']) {
      expect(await ask('id-token', { purpose: 'job', audience })).toMatchObject(
        operation === 'update'
          ? { status: 200, body: { audience: 'acme' } }
          : { status: 403, body: { reason: 'withheld_from_previews' } },
      )
    }
    await ask('finish', { result: 'succeeded', failure: null })
  }
})

test('session tags are in a token for AWS alone, and never in one for the job', async () => {
  const body = { sessionTags: ['stack'] }
  await world.call('PUT', `/api/daypass/stacks/acme/web/${stack}/identity`, { body })
  await start(WITH_OIDC)
  const tagsFor = async (request: object) => {
    const { token } = (await ask('id-token', request)).body
    return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())['https://aws.amazon.com/tags']
  }
  const tags = { principal_tags: { stack: [stack] }, transitive_tag_keys: ['stack'] }
  expect(await tagsFor({ purpose: 'exchange', cloud: 'aws' })).toEqual(tags)
  expect(await tagsFor({ purpose: 'exchange' })).toBeUndefined()
  expect(await tagsFor({ purpose: 'job', cloud: 'aws' })).toBeUndefined()
})

test('an identity for one operation is one for that operation alone', async () => {
  const body = { operations: { preview: { aws: AWS } } }
  await world.call('PUT', `/api/daypass/stacks/acme/web/${stack}/identity`, { body })
  await start({ operation: 'preview' })
  expect((await ask('id-token', { purpose: 'job' })).body.audience).toBe('acme')
  await ask('finish', { result: 'succeeded', failure: null })
  await start({ operation: 'update' })
  expect((await ask('id-token', { purpose: 'exchange' })).body.reason).toBe('no_oidc_block')
})

test('a name that an earlier stack had gets no token until it is released', async () => {
  await start(WITH_OIDC)
  await world.database.db.query(
    'insert into retired_stack_names (organization_id, project, name) values ($1, $2, $3)',
    [world.organizationIds.acme, 'web', stack],
  )
  const refused = await ask('id-token', { purpose: 'exchange' })
  expect(refused).toMatchObject({ status: 403, body: { reason: 'name_retired' } })
  expect(refused.body.message).toContain(`/retired-names/web/${stack}`)
  await world.database.db.query('delete from retired_stack_names')
  expect((await ask('id-token', { purpose: 'exchange' })).status).toBe(200)
})

test('a stack with the compact form is not barred by an earlier one’s name, and its token does not say it', async () => {
  await world.call('PUT', `/api/daypass/stacks/acme/web/${stack}/identity`, {
    body: { subjectForm: 'compact' },
  })
  await start(WITH_OIDC)
  await world.database.db.query(
    'insert into retired_stack_names (organization_id, project, name) values ($1, $2, $3)',
    [world.organizationIds.acme, 'web', stack],
  )
  const { status, body } = await ask('id-token', { purpose: 'exchange' })
  await world.database.db.query('delete from retired_stack_names')
  expect(status).toBe(200)
  const said = JSON.parse(Buffer.from(body.token.split('.')[1], 'base64url').toString())
  expect(said.sub).toBe(body.subject)
  expect(said.sub).toMatch(/^dp1:[0-9a-z]{26}:update$/)
  expect(said).not.toHaveProperty('stack')
  expect(said).not.toHaveProperty('stackId')
})

test('cancellation: answers at once when asked before, and after the wait when nobody asks', async () => {
  await start()
  const before = performance.now()
  expect((await ask('cancellation?waitSeconds=1')).body).toEqual({ cancelRequested: false })
  expect(performance.now() - before).toBeGreaterThan(900)
  expect((await ask('cancellation')).body).toEqual({ cancelRequested: false })
  await world.call('POST', `${path()}/${id}/cancel`)
  expect((await ask('cancellation?waitSeconds=20')).body).toEqual({ cancelRequested: true })
})

test('cancellation: a job that lost its lease during the wait is told so at once', async () => {
  await start()
  const wait = ask('cancellation?waitSeconds=20')
  await new Promise((resolve) => setTimeout(resolve, 200))
  await world.database.db.query(
    `update deployments set lease_until = now() - interval '1 second' where id = $1`,
    [id],
  )
  const { reapLostLeases } = await import('../deployments/reaper.ts')
  await reapLostLeases({
    db: world.database.db,
    ending: world.ending,
    log: { warn: () => {}, error: () => {} },
  })
  const before = performance.now()
  expect(await wait).toMatchObject({ status: 409, body: { reason: 'lease_lost' } })
  expect(performance.now() - before).toBeLessThan(1000)
})

test('an end waits for the write that checked the lease before it, and later writes are refused', async () => {
  await start()
  await step(0, 'Setup')
  const writes = Array.from({ length: 20 }, (_, n) => log(0, n, `${n}\n`))
  const finish = ask('finish', { result: 'succeeded', failure: null })
  const answers = await Promise.all(writes)
  expect((await finish).status).toBe(204)
  const accepted = answers.filter((answer) => answer.status === 200).length
  const refused = answers.filter((answer) => answer.status === 409).length
  expect(accepted + refused).toBe(20)
  const { rows } = await world.database.db.query<{ n: number }>(
    'select line_count as n from deployment_steps where deployment_id = $1',
    [id],
  )
  expect(rows[0]?.n).toBe(accepted)
})

const CALLS: readonly [call: string, body: unknown][] = [
  ['start', {}],
  ['beat', {}],
  ['cancellation', undefined],
  ['step', { step: 0, name: 'x', status: 'running' }],
  ['log', { step: 0, offset: 0, lines: [line('x\n')] }],
  ['id-token', { purpose: 'job' }],
  ['finish', { result: 'succeeded', failure: null }],
]

test.each(CALLS)('%s takes no other token than a living job’s', async (call, body) => {
  await start()
  const method = call === 'cancellation' ? 'GET' : 'POST'
  const tokens = [`dpj-${'0'.repeat(40)}`, world.sharedPool.token, world.tokens.admin, '']
  for (const token of tokens) {
    expect(await world.job(method, `/api/daypass/job/${call}`, token, body)).toMatchObject({ status: 401 })
  }
  expect((await world.call(method, `/api/daypass/job/${call}`, { body })).status).toBe(401)
})

test.each<[string, unknown]>([
  ['step', { step: -1, name: 'x', status: 'running' }],
  ['step', { step: 0, name: '', status: 'running' }],
  ['step', { step: 0, name: 'x', status: 'done' }],
  ['step', { step: 0, name: 'x', status: 'running', deploymentId: 'y' }],
  ['log', { step: 0, offset: 0, lines: [] }],
  ['log', { step: 0, offset: -1, lines: [line('x')] }],
  ['log', { step: 0, offset: 0, lines: [{ timestamp: 'yesterday', line: 'x' }] }],
  ['log', { step: 0, offset: 0, lines: [{ timestamp: '2030-13-45T00:00:00Z', line: 'x' }] }],
  ['id-token', { purpose: 'fun' }],
  ['id-token', { purpose: 'job', audience: '' }],
  ['finish', { result: 'skipped', failure: null }],
  ['finish', { result: 'failed', failure: { code: 'Not a code', message: '' } }],
  ['finish', {}],
  ['cancellation?waitSeconds=51', undefined],
])('%s with %j is a 400', async (call, body) => {
  await start()
  await step(0, 'Setup')
  expect(await ask(call, body)).toMatchObject({ status: 400, body: { code: 400 } })
})
