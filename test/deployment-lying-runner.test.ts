/** Runners that say what is not so: of another deployment, with another's token, after their time, or two as one. */
import { randomUUID } from 'node:crypto'
import type { Claim } from '@daypass/contract/job-protocol.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { reapLostLeases } from '../server/src/deployments/reaper.ts'
import { createWorld, GIT, type World, type WorldAnswer } from './harness/world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
beforeEach(() => world.database.db.query('delete from stacks'))

const path = (stack: string) => `/api/stacks/acme/web/${stack}/deployments`

async function request(stack: string, more: object = {}): Promise<string> {
  await world.addStack(stack)
  const body = { operation: 'update', sourceContext: { git: GIT }, ...more }
  const { status, body: made } = await world.call('POST', path(stack), { body })
  expect(status, JSON.stringify(made)).toBe(202)
  return made.id
}

const read = async (stack: string, id: string) => (await world.call('GET', `${path(stack)}/${id}`)).body
const linesOf = async (stack: string, id: string): Promise<string> => {
  const { body } = await world.call('GET', `${path(stack)}/${id}/logs`)
  return body.lines.map(({ header, line }: { header?: string; line?: string }) => header ?? line).join('\n')
}
const post = (jobToken: string, call: string, body: unknown): Promise<WorldAnswer> =>
  world.job('POST', `/api/daypass/job/${call}`, jobToken, body)

/** Everything that a job may write. */
const CALLS: readonly [call: string, body: object][] = [
  ['start', {}],
  ['beat', {}],
  ['step', { step: 0, name: 'Setup', status: 'running' }],
  ['log', { step: 0, offset: 0, lines: [{ timestamp: '2030-01-01T00:00:00Z', line: 'I was here\n' }] }],
  ['id-token', { purpose: 'job' }],
  ['finish', { result: 'succeeded', failure: null }],
]

const ANSWERED: Readonly<Record<string, number>> = { start: 200, beat: 200, step: 204, log: 200, finish: 204 }

async function running(token?: string): Promise<Claim> {
  const claim = await world.claim(token === undefined ? {} : { token })
  if (!claim) throw new Error('There was nothing to claim.')
  expect((await post(claim.jobToken, 'start', {})).status).toBe(200)
  return claim
}

test('a job that names another deployment reaches its own, or nothing', async () => {
  const mine = await request('mine')
  const { jobToken } = await running()
  const theirs = await request('theirs')
  const other = await running()
  for (const [call, body] of CALLS) {
    for (const name of ['deploymentId', 'deploymentID', 'id', 'jobToken', 'stack']) {
      const answer = await post(jobToken, call, { ...body, [name]: theirs })
      if (answer.status >= 300) expect(answer.body, call).toMatchObject({ code: 400 })
    }
    const { status } = await post(jobToken, `${call}?deploymentId=${theirs}`, body)
    // Neither stack has an oidc block.
    expect(status, call).toBe(call === 'id-token' ? 403 : ANSWERED[call])
    expect((await post(jobToken, `${theirs}/${call}`, body)).status, call).toBe(404)
  }
  expect((await read('mine', mine)).status).toBe('succeeded')
  expect((await read('theirs', theirs)).status).toBe('running')
  expect(await linesOf('theirs', theirs)).not.toContain('I was here')
  expect((await post(other.jobToken, 'beat', {})).status).toBe(200)
})

test('what is over is over: a finished job writes nothing more, and no other end', async () => {
  const id = await request('over')
  const { jobToken } = await running()
  await post(jobToken, 'finish', {
    result: 'failed',
    failure: { code: 'program_failed', message: 'It failed.' },
  })
  const before = [await read('over', id), await linesOf('over', id)]
  for (const [call, body] of CALLS) {
    expect(await post(jobToken, call, body), call).toMatchObject({
      status: 409,
      body: { reason: 'lease_lost' },
    })
  }
  expect([await read('over', id), await linesOf('over', id)]).toEqual(before)
})

test('whoever did not start in time has no job any more, when another one has', async () => {
  const id = await request('late')
  const first = await world.claim()
  await loseLeases()
  const second = await running()
  expect(second.job.deploymentId).toBe(id)
  for (const [call, body] of CALLS) {
    expect((await post(first?.jobToken ?? '', call, body)).status, call).toBe(401)
  }
  expect(await read('late', id)).toMatchObject({ status: 'running' })
  expect((await post(second.jobToken, 'beat', {})).status).toBe(200)
})

test('a runner of another organization, or of another pool, is never given the work', async () => {
  const pool = await world.addPool('mine')
  const neighbour = await world.addPool('neighbour')
  const foreign = await world.addPool('foreign', 'other')
  await request('pooled', { agentPoolID: pool.id })
  for (const { token } of [neighbour, foreign, world.sharedPool]) {
    expect(await world.claim({ token })).toBeUndefined()
  }
  // Nor does it choose the pool itself.
  const answer = await world.job('POST', `/api/daypass/runner/claim?pool=${pool.id}`, foreign.token, {
    runnerName: 'r',
    runnerVersion: '1',
    launcher: 'plain',
    waitSeconds: 0,
    poolId: pool.id,
  })
  expect(answer).toMatchObject({ status: 400, body: { code: 400 } })
  const claim = await running(pool.token)
  // A token of a pool is not one of a job, and the other way round.
  for (const [call, body] of CALLS) expect((await post(pool.token, call, body)).status, call).toBe(401)
  await expect(world.claim({ token: claim.jobToken })).rejects.toThrow('claim: 401')
})

test('two runners with one token share the work: each deployment goes to one of them', async () => {
  const pool = await world.addPool('shared')
  const ids = new Set<string>()
  for (let n = 0; n < 12; n += 1) ids.add(await request(`s${n}`, { agentPoolID: pool.id }))
  await world.db.query('update organizations set concurrency_limit = 100')
  const claims: Claim[] = []
  const runner = async (): Promise<void> => {
    for (let claim = await world.claim({ token: pool.token }); claim; ) {
      claims.push(claim)
      claim = await world.claim({ token: pool.token })
    }
  }
  await Promise.all([runner(), runner()])
  expect(claims.map(({ job }) => job.deploymentId).sort()).toEqual([...ids].sort())
  expect(new Set(claims.map(({ jobToken }) => jobToken)).size).toBe(ids.size)
})

test('a deployment that was cancelled while its runner was away stays so when the runner comes back', async () => {
  const id = await request('away')
  const { jobToken } = await running()
  await post(jobToken, 'step', { step: 0, name: 'Setup', status: 'running' })
  expect((await world.call('POST', `${path('away')}/${id}/cancel`)).status).toBe(200)
  // In time, it hears of it with the next beat …
  expect((await post(jobToken, 'beat', {})).body).toMatchObject({ cancelRequested: true })
  await loseLeases()
  const ended = await read('away', id)
  expect(ended).toMatchObject({ status: 'failed', failure: { code: 'runner_lost' } })
  // … and afterwards it can change nothing.
  for (const [call, body] of CALLS) {
    expect(await post(jobToken, call, body), call).toMatchObject({
      status: 409,
      body: { reason: 'lease_lost' },
    })
  }
  expect(await read('away', id)).toEqual(ended)
  const next = await world.call('POST', path('away'), {
    body: { operation: 'update', sourceContext: { git: GIT } },
  })
  expect((await running()).job.deploymentId).toBe(next.body.id)
})

test('a token that was made up, or is another kind of token, is not known', async () => {
  await request('kinds')
  const { jobToken, job } = await running()
  const made = [
    `dpj-${'0'.repeat(40)}`,
    `${jobToken}0`,
    jobToken.slice(0, -1),
    jobToken.toUpperCase(),
    randomUUID(),
  ]
  for (const token of [...made, job.stackToken, world.tokens.admin]) {
    for (const [call, body] of CALLS) expect((await post(token, call, body)).status, call).toBe(401)
  }
})

async function loseLeases(): Promise<void> {
  await world.db.query(
    "update deployments set lease_until = now() - interval '1 second' where lease_until is not null",
  )
  await reapLostLeases({ db: world.db, ending: world.ending, log: { warn: () => {}, error: () => {} } })
}
