import { Claim } from '@daypass/contract/job-protocol.ts'
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
  stack = `c${serial}`
  await world.addStack(stack)
})

const path = (): string => `/api/stacks/acme/web/${stack}/deployments`
const request = async (more: object = {}) => {
  const answer = await world.call('POST', path(), {
    body: { operation: 'update', sourceContext: { git: GIT }, ...more },
  })
  expect(answer.status).toBe(202)
  return answer.body as { id: string; version: number }
}
const post = (authorization: string | undefined, body: unknown) =>
  world.app.inject({
    method: 'POST',
    url: '/api/daypass/runner/claim',
    headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
    payload: JSON.stringify(body),
  })
const BODY = { runnerName: 'r', runnerVersion: '1', launcher: 'plain', waitSeconds: 0 }

test('nothing to do is a 204', async () => {
  expect((await post(`Bearer ${world.sharedPool.token}`, BODY)).statusCode).toBe(204)
})

test('the answer holds all that the job needs, secrets in clear, and is of the agreed form', async () => {
  const { id } = await request({
    operation: 'preview',
    sourceContext: { git: { ...GIT, repoDir: 'infra', gitAuth: { accessToken: { secret: 'git-token' } } } },
    operationContext: {
      preRunCommands: ['make'],
      environmentVariables: { A: 'x', B: { secret: 'bee' } },
      options: { skipInstallDependencies: true, shell: 'zsh' },
    },
    executorContext: { executorImage: 'a/b:1' },
  })
  const claim = await world.claim()
  expect(Value.Errors(Claim, claim)).toEqual([])
  expect(claim).toEqual({
    jobToken: expect.stringMatching(/^dpj-[0-9a-f]{40}$/),
    lease: { leaseSeconds: 15, beatSeconds: 4, giveUpSeconds: 10 },
    job: {
      deploymentId: id,
      version: 1,
      organization: 'acme',
      project: 'web',
      stack,
      operation: 'preview',
      backendUrl: 'http://127.0.0.1:8080',
      consoleUrl: `http://127.0.0.1:8080/acme/web/${stack}/deployments/1`,
      stackToken: expect.stringMatching(/^pul-[0-9a-f]{40}$/),
      timeoutSeconds: 7200,
      source: {
        ...GIT,
        commit: null,
        tag: null,
        template: false,
        repoDir: 'infra',
        auth: { kind: 'token', token: 'git-token' },
        authFromHost: false,
        commitBranch: null,
      },
      pullRequestNumber: null,
      preRunCommands: ['make'],
      environment: [
        { name: 'A', value: 'x', secret: false },
        { name: 'B', value: 'bee', secret: true },
      ],
      skipInstallDependencies: true,
      shell: 'zsh',
      executorImage: { reference: 'a/b:1', credentials: null },
      cache: null,
      identity: null,
    },
  })
  const { rows } = await world.database.db.query('select * from deployments')
  for (const secret of [claim?.jobToken, claim?.job.stackToken, 'git-token', 'bee']) {
    expect(JSON.stringify(rows)).not.toContain(secret)
  }
})

test('only a stack with an oidc block has an identity', async () => {
  const aws = {
    roleArn: 'arn:aws:iam::123456789012:role/deploy',
    sessionName: '${stack.name}',
    duration: '1h30m',
    policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
  }
  const azure = { clientId: 'c', tenantId: 't' }
  const gcp = {
    projectId: '123456',
    workloadPoolId: 'w',
    providerId: 'p',
    serviceAccount: 's@p.iam.gserviceaccount.com',
    region: 'global',
    tokenLifetime: '20m',
  }
  await request({ operationContext: { oidc: { aws, azure, gcp } } })
  const identity = (await world.claim())?.job.identity
  expect(JSON.parse(identity?.configJson ?? '')).toEqual({ aws, azure, gcp })
  expect(identity).toEqual({
    issuerUrl: 'http://127.0.0.1:8080/oidc',
    subject: `pulumi:deploy:org:acme:project:web:stack:${stack}:operation:update:scope:write`,
    audience: 'acme',
    withheld: false,
    renew: true,
    audiences: [],
    aws: {
      roleArn: aws.roleArn,
      sessionName: aws.sessionName,
      durationSeconds: 5400,
      policyArns: aws.policyArns,
    },
    azure: { clientId: 'c', tenantId: 't', subscriptionId: null },
    google: {
      projectNumber: '123456',
      workloadPoolId: 'w',
      providerId: 'p',
      serviceAccount: 's@p.iam.gserviceaccount.com',
      region: null,
      tokenLifetimeSeconds: 1200,
    },
    named: [],
    configJson: expect.any(String),
  })
})

test('read-only previews act as the role for previews, with a session policy that reads', async () => {
  const reader = { roleArn: 'arn:aws:iam::123456789012:role/reader', sessionName: 'daypass' }
  const body = { operations: { preview: { aws: reader } }, readOnlyPreviews: true }
  await world.call('PUT', `/api/daypass/stacks/acme/web/${stack}/identity`, { body })
  const aws = { roleArn: 'arn:aws:iam::123456789012:role/writer', sessionName: 'daypass' }
  await request({ operation: 'preview', operationContext: { oidc: { aws } } })
  expect((await world.claim())?.job.identity).toMatchObject({
    audience: 'acme',
    withheld: true,
    renew: true,
    aws: { roleArn: reader.roleArn, policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] },
  })
})

test('a stack without an oidc block that was given audiences has an identity for these alone', async () => {
  await world.call('PUT', '/api/daypass/orgs/acme/audiences', { body: { audiences: ['sts'] } })
  await world.call('PUT', `/api/daypass/stacks/acme/web/${stack}/identity`, { body: { audiences: ['sts'] } })
  await request()
  expect((await world.claim())?.job.identity).toMatchObject({
    audience: null,
    audiences: ['sts'],
    aws: null,
    azure: null,
    google: null,
    configJson: null,
  })
})

test.each([
  [
    'git@git.example.com:a.git',
    { sshAuth: { sshPrivateKey: { secret: 'key' }, password: { secret: 'pass' } } },
    { kind: 'ssh', privateKey: 'key', passphrase: 'pass' },
  ],
  [
    'ssh://git@git.example.com/a',
    { sshAuth: { sshPrivateKey: 'key' }, accessToken: 'tok' },
    { kind: 'ssh', privateKey: 'key', passphrase: null },
  ],
  [
    'https://git.example.com/a',
    { sshAuth: { sshPrivateKey: 'key' }, accessToken: 'tok' },
    { kind: 'token', token: 'tok' },
  ],
  [
    'https://git.example.com/a',
    { basicAuth: { userName: 'me', password: { secret: 'pw' } } },
    { kind: 'basic', username: 'me', password: 'pw' },
  ],
  [
    'https://git.example.com/a',
    { basicAuth: { userName: { secret: 'me' } } },
    { kind: 'basic', username: 'me', password: '' },
  ],
])('git credentials for %s', async (repoUrl, gitAuth, auth) => {
  await request({ sourceContext: { git: { repoUrl, commit: 'abcdef1', gitAuth } } })
  expect((await world.claim())?.job.source).toEqual({
    repoUrl,
    branch: null,
    commit: 'abcdef1',
    tag: null,
    template: false,
    repoDir: '',
    auth,
    authFromHost: false,
    commitBranch: null,
  })
})

test('a waiting runner hears of a new deployment within milliseconds', async () => {
  const wait = world.claim({ waitSeconds: 20 })
  await new Promise((resolve) => setTimeout(resolve, 200))
  const before = performance.now()
  const { id } = await request()
  expect((await wait)?.job.deploymentId).toBe(id)
  expect(performance.now() - before).toBeLessThan(500)
})

test('many runners: each deployment wakes one', async () => {
  const waits = Array.from({ length: 10 }, () => world.claim({ waitSeconds: 3 }))
  await new Promise((resolve) => setTimeout(resolve, 200))
  await world.addStack(`${stack}-b`)
  await request()
  await world.call('POST', path().replace(stack, `${stack}-b`), {
    body: { operation: 'update', sourceContext: { git: GIT } },
  })
  const claims = (await Promise.all(waits)).filter((one) => one !== undefined)
  expect(new Set(claims.map(({ job }) => job.stack))).toEqual(new Set([stack, `${stack}-b`]))
})

test('an end wakes the runner for the next of the stack', async () => {
  await request()
  const second = await request()
  const first = await world.claim()
  await world.job('POST', '/api/daypass/job/start', first?.jobToken ?? '', {})
  const wait = world.claim({ waitSeconds: 10 })
  await world.job('POST', '/api/daypass/job/finish', first?.jobToken ?? '', {
    result: 'succeeded',
    failure: null,
  })
  expect((await wait)?.job.deploymentId).toBe(second.id)
})

test('a claim whose runner never starts goes back by itself within some 5 seconds', async () => {
  const { id } = await request()
  const first = await world.claim()
  expect(first?.job.deploymentId).toBe(id)
  const before = performance.now()
  const again = await world.claim({ waitSeconds: 10 })
  expect(again?.job.deploymentId).toBe(id)
  expect(performance.now() - before).toBeGreaterThan(4500)
  expect(performance.now() - before).toBeLessThan(7000)
  expect((await world.job('POST', '/api/daypass/job/start', first?.jobToken ?? '', {})).status).toBe(401)
  expect((await world.job('POST', '/api/daypass/job/start', again?.jobToken ?? '', {})).status).toBe(200)
})

test('a runner that hangs up leaves its place, and nothing is claimed for it', async () => {
  const url = await world.app.listen({ host: '127.0.0.1', port: 0 })
  const gone = new AbortController()
  const hungUp = fetch(`${url}/api/daypass/runner/claim`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${world.sharedPool.token}` },
    body: JSON.stringify({ ...BODY, waitSeconds: 30 }),
    signal: gone.signal,
  })
  await new Promise((resolve) => setTimeout(resolve, 200))
  gone.abort()
  await expect(hungUp).rejects.toThrow()
  await new Promise((resolve) => setTimeout(resolve, 100))
  const { id } = await request()
  const { body } = await world.call('GET', `${path()}/${id}`)
  expect(body.status).toBe('not-started')
  expect((await world.claim())?.job.deploymentId).toBe(id)
})

test('a deployment whose secrets do not open ends with a sentence, and the runner gets the next one', async () => {
  const broken = await request({ operationContext: { environmentVariables: { A: { secret: 'x' } } } })
  await world.database.db.query(
    `update deployments set settings = jsonb_set(settings, '{operationContext,environmentVariables,A,ciphertext}', '"AAAA"')`,
  )
  await world.addStack(`${stack}-b`)
  await world.call('POST', path().replace(stack, `${stack}-b`), {
    body: { operation: 'update', sourceContext: { git: GIT } },
  })
  expect((await world.claim())?.job.stack).toBe(`${stack}-b`)
  expect((await world.call('GET', `${path()}/${broken.id}`)).body.status).toBe('failed')
  const log = (await world.call('GET', `${path()}/${broken.id}/logs`)).body
  expect(log.lines[1].line).toContain('master key')
})

test('only a living pool token claims', async () => {
  await request()
  const wrong = [
    undefined,
    'Bearer',
    `Bearer dpp-${'0'.repeat(40)}`,
    `token ${world.sharedPool.token}`,
    `Bearer ${world.tokens.admin}`,
  ]
  for (const authorization of wrong) {
    const answer = await post(authorization, BODY)
    expect(answer.statusCode).toBe(401)
    expect(answer.json()).toMatchObject({ code: 401, reason: 'unauthorized' })
  }
  const revoked = await world.addPool(`revoked-${serial}`)
  await world.database.db.query('update pool_tokens set revoked_at = now() where id = $1', [revoked.tokenId])
  expect((await post(`Bearer ${revoked.token}`, BODY)).statusCode).toBe(401)
})

test('a token that is revoked during the wait claims nothing', async () => {
  const pool = await world.addPool(`late-${serial}`)
  const wait = world.claim({ token: pool.token, waitSeconds: 1 })
  await new Promise((resolve) => setTimeout(resolve, 100))
  await world.database.db.query('update pool_tokens set revoked_at = now() where id = $1', [pool.tokenId])
  await request({ agentPoolID: pool.id })
  expect(await wait).toBeUndefined()
})

test.each([
  [{ ...BODY, waitSeconds: 51 }],
  [{ ...BODY, waitSeconds: -1 }],
  [{ ...BODY, runnerName: '' }],
  [{ ...BODY, more: 1 }],
  [{}],
  [null],
  [[]],
])('a claim with %j is a 400', async (body) => {
  expect((await post(`Bearer ${world.sharedPool.token}`, body)).statusCode).toBe(400)
})

test('a runner may be called anything; sentences show what is printable', async () => {
  await request()
  const answer = await post(`Bearer ${world.sharedPool.token}`, { ...BODY, runnerName: 'a\u0000b\nc' })
  expect(answer.statusCode).toBe(200)
  const { rows } = await world.database.db.query('select runner_name from deployments')
  expect(rows).toEqual([{ runner_name: 'a?b?c' }])
})
