// What a user can get wrong: each ends with a clear sentence, a stable code, and nothing left running.
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Ended, type System, startSystem } from './harness/system.ts'
import { accountTrusting, deploymentRequest, ROLE, subject } from './harness/trusting-role.ts'

let system: System
let made: { repoUrl: string; awsUrl: string }

beforeAll(async () => {
  system = await startSystem({
    accounts: (issuerUrl) => [accountTrusting(issuerUrl, { subjects: [subject('dev', 'update')] })],
    runnerFlags: ['--git-timeout-seconds', '3'],
  })
  made = { repoUrl: system.repoUrl, awsUrl: system.aws.url }
  for (const stack of ['dev', 'prod']) await system.addStack(stack)
})
afterAll(() => system?.stop())

function expectFailure(ended: Ended, code: string, ...sentences: (string | RegExp)[]): void {
  expect(ended.status, ended.log).toBe('failed')
  expect(ended.failure?.code).toBe(code)
  for (const sentence of sentences) expect(ended.log).toMatch(sentence)
}

test('a role that does not trust the stack: the clause and the line to write', async () => {
  const ended = await system.deploy('prod', deploymentRequest(made))
  expectFailure(
    ended,
    'aws_refused',
    /trusts stack "dev", but this deployment is of stack "prod"/,
    /What to change: .*stack:prod/,
  )
  expect(ended.steps).toEqual(['Setup', 'Fetch credentials via OIDC'])
})

test('an operation that the role does not trust', async () => {
  const ended = await system.deploy('dev', deploymentRequest(made, { operation: 'destroy' }))
  expectFailure(ended, 'aws_refused', /operation "update".*operation "destroy"/)
})

test('session tags that the role does not allow: the action to add', async () => {
  const identity = (body: object) =>
    system.server.call('PUT', '/api/daypass/stacks/main/shop/dev/identity', body)
  expect((await identity({ sessionTags: true })).status).toBe(200)
  const ended = await system.deploy('dev', deploymentRequest(made))
  expect((await identity({})).status).toBe(200)
  expectFailure(
    ended,
    'aws_refused',
    /does not allow "sts:TagSession"/,
    /What to change: .*"sts:TagSession"\]/,
  )
})

test('a role that does not exist', async () => {
  const ended = await system.deploy('dev', deploymentRequest(made, { aws: { roleArn: `${ROLE}-typo` } }))
  expectFailure(ended, 'aws_refused', /What to change/)
})

test('a duration over the role’s limit: the limit is named', async () => {
  const ended = await system.deploy('dev', deploymentRequest(made, { aws: { duration: '2h' } }))
  expectFailure(ended, 'aws_refused', /1 ?h|3600|MaxSessionDuration|longest/i)
})

test('a session name that cannot fit is refused before anything runs', async () => {
  const aws = { sessionName: `${'x'.repeat(60)}-\${deployment.id}` }
  const answer = await system.server.call(
    'POST',
    '/api/stacks/main/shop/dev/deployments',
    deploymentRequest(made, { aws }),
  )
  expect(answer).toMatchObject({ status: 400, body: { code: 400, message: expect.stringMatching(/64/) } })
})

test('a repository that does not exist', async () => {
  const git = { repoUrl: made.repoUrl.replace('shop.git', 'nothing.git') }
  expectFailure(
    await system.deploy('dev', deploymentRequest(made, { git })),
    'source_repository_not_found',
    /nothing\.git/,
  )
})

test('a branch that does not exist', async () => {
  const git = { branch: 'no-such-branch' }
  expectFailure(
    await system.deploy('dev', deploymentRequest(made, { git })),
    'source_branch_not_found',
    /no-such-branch/,
  )
})

test('a commit that does not exist', async () => {
  const git = { branch: undefined, commit: 'f'.repeat(40) }
  expectFailure(
    await system.deploy('dev', deploymentRequest(made, { git })),
    'source_commit_not_found',
    /ffff/,
  )
})

test('a folder that is not there', async () => {
  expectFailure(
    await system.deploy('dev', deploymentRequest(made, { git: { repoDir: 'infra' } })),
    'source_folder_invalid',
    /infra/,
  )
})

test.each(['../', '/etc', 'a/../../b'])(
  'a folder outside the repository (%s) is refused at once',
  async (repoDir) => {
    const answer = await system.server.call(
      'POST',
      '/api/stacks/main/shop/dev/deployments',
      deploymentRequest(made, { git: { repoDir } }),
    )
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 400, message: expect.stringMatching(/repoDir|folder/i) },
    })
  },
)

test('a clone that hangs is given up', async () => {
  const silent = createServer()
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const address = silent.address() as { port: number }
  try {
    const git = { repoUrl: `http://127.0.0.1:${address.port}/silent.git` }
    expectFailure(
      await system.deploy('dev', deploymentRequest(made, { git })),
      'source_timeout',
      /took too long/,
    )
  } finally {
    silent.close()
  }
})

test('a program that fails', async () => {
  const context = { preRunCommands: ['true'] }
  expectFailure(
    await system.deploy('dev', deploymentRequest(made, { context })),
    'program_failed',
    /caller\.txt/,
  )
})

test('a pre-run command that fails names itself and stops the deployment', async () => {
  const context = { preRunCommands: ['echo first', 'echo second; exit 7', 'echo third'] }
  const ended = await system.deploy('dev', deploymentRequest(made, { context }))
  expectFailure(ended, 'pre_run_failed', /7/)
  expect(ended.steps.at(-1)).toBe('Pre-run command 2')

  const missing = { preRunCommands: ['no-such-program --help'] }
  expectFailure(
    await system.deploy('dev', deploymentRequest(made, { context: missing })),
    'pre_run_failed',
    /exit code 127\. A program in it is not there where this job runs: a sandbox has what lies below \/usr/,
  )
})

test('requests that make no sense are answered with a sentence, and queue nothing', async () => {
  const post = (path: string, body: unknown, token?: string) =>
    system.server.call('POST', `/api/stacks/${path}/deployments`, body, token)
  const valid = deploymentRequest(made)
  const before = await system.server.call('GET', '/api/stacks/main/shop/dev/deployments')
  expect(await post('main/shop/nowhere', valid)).toMatchObject({ status: 404, body: { code: 404 } })
  expect(await post('main/shop/dev', valid, '')).toMatchObject({ status: 401, body: { code: 401 } })
  expect(await post('main/shop/dev', valid, `pul-${'0'.repeat(40)}`)).toMatchObject({
    status: 401,
    body: { code: 401 },
  })
  expect(await post('main/shop/dev', { ...valid, operation: 'up' })).toMatchObject({
    status: 400,
    body: { code: 400 },
  })
  expect(await post('main/shop/dev', { ...valid, colour: 'red' })).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining('colour') },
  })
  expect(await post('main/shop/dev', [])).toMatchObject({ status: 400, body: { code: 400 } })
  expect((await system.server.call('GET', '/api/stacks/main/shop/dev/deployments')).body.total).toBe(
    before.body.total,
  )
})

test('a token of another organization sees no stack here', async () => {
  const org = await system.server.call('POST', '/api/daypass/orgs', { name: 'other', admin: 'stranger' })
  const token = org.body.adminToken.tokenValue
  const answer = await system.server.call(
    'POST',
    '/api/stacks/main/shop/dev/deployments',
    deploymentRequest(made),
    token,
  )
  expect(answer).toMatchObject({ status: 404, body: { code: 404 } })
})
