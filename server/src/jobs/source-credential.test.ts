import { randomUUID } from 'node:crypto'
import type { Refusal } from '@daypass/contract/errors.ts'
import { JOB_SOURCE_CREDENTIAL_PATH, JOB_START_PATH } from '@daypass/contract/job-paths.ts'
import type { Claim, GitAuth } from '@daypass/contract/job-protocol.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../../test/harness/world.ts'
import type { GitFacts } from '../deployments/git-facts.ts'
import type { LinkedRepositories } from '../deployments/linked-repository.ts'
import { requestDeployment } from '../deployments/request.ts'

const COMMIT = '0123456789abcdef0123456789abcdef01234567'
const URL_AT_HOST = 'https://git.example.com/acme/web.git'
const hostId = randomUUID()
const asked: string[] = []
let given: GitAuth | null | 'away' | Refusal = { kind: 'token', token: 'short-lived-credential' }

const linked: LinkedRepositories = {
  find: async (_tx, _organizationId, { repository }) =>
    repository === 'acme/web'
      ? { hostId, repositoryUrl: URL_AT_HOST }
      : { status: 400, reason: 'no_git_host', message: 'None has it.' },
  async cloneCredential(host, repositoryUrl) {
    asked.push(`${host} ${repositoryUrl}`)
    return given
  },
}

let world: World
beforeAll(async () => {
  world = await createWorld({ linked })
  await world.db.query(
    `insert into git_hosts (id, organization_id, name, kind, web_url, sealed_secrets)
     values ($1, $2, 'git', 'gitea', 'https://git.example.com', '')`,
    [hostId, world.organizationIds['acme']],
  )
})
afterAll(() => world.close())

async function stackWith(name: string, settings: object): Promise<string> {
  const stackId = await world.addStack(name)
  const insert = 'insert into deployment_settings (stack_id, settings) values ($1, $2)'
  await world.db.query(insert, [stackId, JSON.stringify(settings)])
  return stackId
}

const deploy = (stackId: string, git?: GitFacts) =>
  requestDeployment(
    { ...world, linked, randomUuid: randomUUID },
    { userId: world.userIds.admin, isOrganizationAdmin: true },
    stackId,
    {
      operation: 'update',
      inheritSettings: true,
      settings: {},
      trigger: git ? 'git-push' : 'rest',
      initiator: '',
      ...(git && { git }),
    },
  )

async function started(): Promise<Claim> {
  const claim = await world.claim()
  if (!claim) throw new Error('nothing was queued')
  expect((await asJob(claim, JOB_START_PATH)).status).toBe(200)
  return claim
}

const asJob = ({ jobToken }: Claim, path: string) =>
  world.call('POST', path, { token: null, headers: { authorization: `Bearer ${jobToken}` }, body: {} })

const facts = (more: Partial<GitFacts> = {}): GitFacts => ({
  hostId,
  repository: 'acme/web',
  repositoryUrl: URL_AT_HOST,
  event: 'push',
  commit: COMMIT,
  ref: 'refs/heads/main',
  ...more,
})

test('a stack that names only a repository is fetched from its host, with what the host gives for it', async () => {
  const stackId = await stackWith('linked', {
    vcs: { provider: 'custom', repository: 'acme/web' },
    sourceContext: { git: { branch: 'main', repoDir: 'infra' } },
  })
  await deploy(stackId)
  const claim = await started()
  expect(claim.job.source).toMatchObject({
    ...{ repoUrl: URL_AT_HOST, branch: 'main', repoDir: 'infra', auth: null, authFromHost: true },
  })
  const answer = await asJob(claim, JOB_SOURCE_CREDENTIAL_PATH)
  expect(answer).toMatchObject({ status: 200, body: { auth: given } })
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(asked).toEqual([`${hostId} ${URL_AT_HOST}`])
  expect(JSON.stringify(claim)).not.toContain('short-lived-credential')
})

test('what the host refuses is said to the job, and an outage is asked about again', async () => {
  await deploy(
    await stackWith('refused', {
      gitHub: { repository: 'acme/web' },
      sourceContext: { git: { branch: 'main' } },
    }),
  )
  const claim = await started()
  given = { status: 403, reason: 'git_host_refused', message: 'The App is not installed there.' }
  expect(await asJob(claim, JOB_SOURCE_CREDENTIAL_PATH)).toMatchObject({
    status: 403,
    body: { message: given.message },
  })
  given = 'away'
  expect(await asJob(claim, JOB_SOURCE_CREDENTIAL_PATH)).toMatchObject({ status: 503 })
  given = null
  expect(await asJob(claim, JOB_SOURCE_CREDENTIAL_PATH)).toMatchObject({ status: 200, body: { auth: null } })
})

test('a deployment by a URL of its own gets no credential of any host', async () => {
  asked.length = 0
  const git = { repoUrl: 'https://elsewhere.example.com/other.git', branch: 'main' }
  await deploy(
    await stackWith('by-url', {
      vcs: { provider: 'custom', repository: 'acme/web' },
      sourceContext: { git },
    }),
  )
  const claim = await started()
  expect(claim.job.source).toMatchObject({ repoUrl: git.repoUrl, authFromHost: false })
  expect(await asJob(claim, JOB_SOURCE_CREDENTIAL_PATH)).toMatchObject({ status: 403 })
  expect(asked).toEqual([])
})

test('a repository that no host serves is refused when the deployment is asked for', async () => {
  const stackId = await stackWith('unknown', {
    gitHub: { repository: 'acme/none' },
    sourceContext: { git: { branch: 'main' } },
  })
  expect(await deploy(stackId)).toMatchObject({ status: 400, reason: 'no_git_host' })
})

test('an event fixes the commit, tells the program its branch, and stands in the claims', async () => {
  const stackId = await stackWith('pushed', {
    vcs: { provider: 'custom', repository: 'acme/web' },
    sourceContext: { git: { branch: 'main' } },
    operationContext: { oidc: { aws: { roleArn: 'arn:aws:iam::123456789012:role/r', sessionName: 's' } } },
  })
  await deploy(stackId, facts({ pullRequest: 7, templateStack: 'acme/web/template' }))
  const claim = await started()
  expect(claim.job.source).toMatchObject({
    commit: COMMIT,
    branch: null,
    commitBranch: 'main',
    authFromHost: true,
  })
  expect(claim.job.pullRequestNumber).toBe(7)
  const minted = await world.call('POST', '/api/daypass/job/id-token', {
    token: null,
    headers: { authorization: `Bearer ${claim.jobToken}` },
    body: { purpose: 'exchange' },
  })
  const [, payload = ''] = String(minted.body.token).split('.')
  expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
    'urn:daypass:trigger': 'git-push',
    'urn:daypass:repository': URL_AT_HOST,
    'urn:daypass:commit': COMMIT,
    'urn:daypass:ref': 'refs/heads/main',
    'urn:daypass:pull_request': '7',
    'urn:daypass:template_stack': 'acme/web/template',
  })
})

test('a pushed tag is fixed to its commit and keeps its name', async () => {
  const stackId = await stackWith('tagged', {
    gitHub: { repository: 'acme/web' },
    sourceContext: { git: { branch: 'main' } },
  })
  await deploy(stackId, facts({ event: 'tag', ref: 'refs/tags/v1.2' }))
  expect((await started()).job.source).toMatchObject({
    commit: COMMIT,
    tag: 'v1.2',
    branch: null,
    commitBranch: null,
  })
})
