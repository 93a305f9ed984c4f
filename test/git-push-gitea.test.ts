/**
 * Git push to deploy with nothing of it made up: a real Gitea tells the server of what real git pushed, and a runner runs
 * the real `pulumi` on what it clones from there.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gitea, type GiteaUser, startGitea } from './harness/gitea.ts'
import { type DeploymentRead, type System, startSystem } from './harness/system.ts'
import { type WorkingCopy, workingCopyOf } from './harness/working-copy.ts'

const REPOSITORY = '/repos/acme/shop'
let system: System
let gitea: Gitea
let missing = ''
let [alice, mallory]: GiteaUser[] = []
let work: WorkingCopy
const closers: (() => Promise<unknown>)[] = []

/** Says in its output which commit's file it has. */
const program = (word: string) => `name: shop\nruntime: yaml\noutputs:\n  word: ${word}\n`

beforeAll(async () => {
  const started = await startGitea()
  if ('missing' in started) {
    missing = started.missing
    return
  }
  gitea = started
  closers.push(gitea.stop)
  system = await startSystem({ server: { flags: ['--allow-private-git-hosts'] } })
  closers.push(system.stop)
  alice = await gitea.makeUser('alice')
  mallory = await gitea.makeUser('mallory')
  await asAlice('POST', '/orgs', { username: 'acme' })
  await asAlice('POST', '/orgs/acme/repos', { name: 'shop', default_branch: 'main', private: true })

  const connection = { name: 'gitea', kind: 'gitea', webUrl: gitea.url, token: alice.token }
  const host = await call('POST', '/api/daypass/orgs/main/git-hosts', connection)
  await asAlice('POST', `${REPOSITORY}/hooks`, {
    type: 'gitea',
    active: true,
    events: [
      'create',
      'delete',
      'push',
      'pull_request',
      'pull_request_sync',
      'issue_comment',
      'pull_request_comment',
      'pull_request_review',
    ],
    config: {
      url: `${system.server.url}/api/daypass/git-hosts/${host.id}/events`,
      content_type: 'json',
      secret: host.webhookSecret,
    },
  })
  await connect('web', { deployCommits: true, previewPullRequests: true, paths: ['web/**', '!**/*.md'] })
  await connect('api', { deployCommits: true, previewPullRequests: true, paths: ['api/**'] })
  await connect('release', { deployTags: true, tagFilters: ['v*', '!v*-rc*'] })

  work = await workingCopyOf(`${gitea.url}/acme/shop.git`, alice)
  closers.push(work.remove)
}, 180_000)
afterAll(async () => {
  for (const close of closers.toReversed()) await close()
})

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('Nobody has made it.')
  return value
}

const asAlice: (method: string, path: string, body?: object) => ReturnType<Gitea['api']> = (...asked) =>
  gitea.api(known(alice), ...asked)

async function call(method: string, path: string, body?: object) {
  const answer = await system.server.call(method, path, body)
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
  return answer.body
}

async function connect(stack: string, block: object): Promise<void> {
  await system.addStack(stack)
  await call('PUT', `/api/stacks/main/shop/${stack}/deployments/settings`, {
    sourceContext: { git: { branch: 'main', repoDir: stack === 'api' ? 'api' : 'web' } },
    vcs: { provider: 'gitea', repository: 'acme/shop', ...block },
  })
}

type Deployment = DeploymentRead & { readonly id: string; readonly pulumiOperation: string }

/** The oldest first. */
async function deploymentsOf(stack: string): Promise<Deployment[]> {
  const { deployments } = await call('GET', `/api/stacks/main/shop/${stack}/deployments?pageSize=100`)
  return deployments.toReversed()
}

/** What became of the stack's deployments, once there are so many and all have ended. */
async function endedOf(stack: string, count: number) {
  await expect.poll(() => deploymentsOf(stack), { timeout: 60_000 }).toHaveLength(count)
  const found: {
    operation: string
    status: string
    commit: string
    word: string | undefined
    log: string
  }[] = []
  for (const { id, pulumiOperation } of await deploymentsOf(stack)) {
    const { status, log } = await system.ended(stack, id)
    const read = await call('GET', `/api/stacks/main/shop/${stack}/deployments/${id}`)
    const { commit } = read.configuration.source.git
    const [, word] = /word *: (?:"[\w-]+" => )?"([\w-]+)/.exec(log) ?? []
    found.push({ operation: pulumiOperation, status, commit, word, log })
  }
  return found
}

async function countDeliveries(where: string): Promise<number | undefined> {
  const text = `select count(*)::int as count from git_deliveries where ${where}`
  const { rows } = await system.database.db.query<{ count: number }>(text)
  return rows[0]?.count
}

/** Every delivery of the host has been handled. */
async function settled(): Promise<void> {
  await expect.poll(() => countDeliveries('due_at is not null'), { timeout: 30_000 }).toBe(0)
}

test('each push deploys exactly its commit, in the stacks whose files it changed', async ({ skip }) => {
  skip(missing !== '', missing)
  const begun = await work.commit('Begin', {
    'web/Pulumi.yaml': program('one'),
    'api/Pulumi.yaml': program('api'),
  })
  await work.git('push', '--quiet', 'origin', 'main')
  const [web, api] = [await endedOf('web', 1), await endedOf('api', 1)]
  expect(web).toMatchObject([{ operation: 'update', status: 'succeeded', commit: begun, word: 'one' }])
  expect(api).toMatchObject([{ operation: 'update', status: 'succeeded', commit: begun, word: 'api' }])
  for (const { log } of [...web, ...api]) expect(log).not.toContain(known(alice).token)

  const two = await work.commit('Two', { 'web/Pulumi.yaml': program('two') })
  await work.git('push', '--quiet', 'origin', 'main')
  await expect.poll(() => deploymentsOf('web'), { timeout: 30_000 }).toHaveLength(2)
  const three = await work.commit('Three', { 'web/Pulumi.yaml': program('three') })
  await work.git('push', '--quiet', 'origin', 'main')
  await work.commit('Four [skip ci]', { 'web/Pulumi.yaml': program('four') })
  await work.git('push', '--quiet', 'origin', 'main')
  await work.commit('Five', { 'web/read.md': 'me' })
  await work.git('push', '--quiet', 'origin', 'main')
  expect((await endedOf('web', 3)).slice(1)).toMatchObject([
    { status: 'succeeded', commit: two, word: 'two' },
    { status: 'succeeded', commit: three, word: 'three' },
  ])
  await settled()
  expect(await deploymentsOf('web')).toHaveLength(3)
  expect(await deploymentsOf('api')).toHaveLength(1)
})

test('a tag deploys at its commit, wherever the branch is by then', async ({ skip }) => {
  skip(missing !== '', missing)
  const tagged = await work.git('rev-parse', 'HEAD~3')
  await work.git('tag', 'v1.0.0-rc1', 'HEAD')
  await work.git('tag', '-a', '-m', 'The first', 'v1.0.0', tagged)
  await work.git('push', '--quiet', 'origin', 'v1.0.0-rc1')
  await work.git('push', '--quiet', 'origin', 'v1.0.0')
  expect(await endedOf('release', 1)).toMatchObject([
    { operation: 'update', status: 'succeeded', commit: tagged, word: 'two' },
  ])
  await work.git('push', '--quiet', 'origin', '--delete', 'v1.0.0')
  await settled()
  expect(await deploymentsOf('release')).toHaveLength(1)
})

test('a pull request of somebody who may write is previewed, and one of a stranger when its very head is approved', async ({
  skip,
}) => {
  skip(missing !== '', missing)
  const before = (await deploymentsOf('web')).length
  await work.git('checkout', '--quiet', '-b', 'feature')
  const head = await work.commit('A feature', { 'web/Pulumi.yaml': program('feature') })
  await work.git('push', '--quiet', 'origin', 'feature')
  await asAlice('POST', `${REPOSITORY}/pulls`, { head: 'feature', base: 'main', title: 'A feature' })
  const ended = await endedOf('web', before + 1)
  expect(ended.at(-1)).toMatchObject({
    operation: 'preview',
    status: 'succeeded',
    commit: head,
    word: 'feature',
  })

  const status = () => asAlice('GET', `${REPOSITORY}/commits/${head}/status`)
  await expect
    .poll(status, { timeout: 30_000 })
    .toMatchObject({ state: 'success', statuses: [{ context: 'daypass/main/shop/web (preview)' }] })
  const comments = () => asAlice('GET', `${REPOSITORY}/issues/1/comments`)
  await expect
    .poll(async () => (await comments()).at(-1)?.body, { timeout: 30_000 })
    .toMatch(
      /^<!-- daypass -->[\s\S]*main\/shop\/web`\*\* preview of [\s\S]* succeeded — 1 unchanged \(\[log\][\s\S]*<details>[\s\S]*feature/,
    )
  expect(await comments()).toHaveLength(1)

  await asAlice('PUT', `${REPOSITORY}/collaborators/mallory`, { permission: 'read' })
  await gitea.api(known(mallory), 'POST', `${REPOSITORY}/forks`, {})
  const fork = await workingCopyOf(`${gitea.url}/mallory/shop.git`, known(mallory))
  closers.push(fork.remove)
  await fork.git('checkout', '--quiet', '-b', 'evil')
  const theirs = await fork.commit('Please', { 'web/Pulumi.yaml': program('evil') })
  await fork.git('push', '--quiet', 'origin', 'evil')
  const evil = { head: 'mallory:evil', base: 'main', title: 'Please' }
  const { number } = await gitea.api(known(mallory), 'POST', `${REPOSITORY}/pulls`, evil)
  await expect.poll(() => countDeliveries(`event = 'pull_request'`)).toBe(2)
  await settled()
  const statuses = () => asAlice('GET', `${REPOSITORY}/commits/${theirs}/statuses`)
  await expect
    .poll(statuses)
    .toMatchObject([{ status: 'pending', description: expect.stringContaining(theirs) }])
  const body = `/daypass approve ${theirs}`
  const toSay = `${REPOSITORY}/issues/${number}/comments`
  await gitea.api(known(mallory), 'POST', toSay, { body })
  // Others tell of our own comment, as often as it was brought up to date.
  const byMallory = `convert_from(body, 'UTF8')::jsonb #>> '{comment,user,login}' = 'mallory'`
  await expect
    .poll(() => countDeliveries(`event like '%comment' and handled_at is not null and ${byMallory}`))
    .toBe(1)
  expect(await deploymentsOf('web')).toHaveLength(before + 1)

  await asAlice('POST', toSay, { body })
  expect((await endedOf('web', before + 2)).at(-1)).toMatchObject({
    operation: 'preview',
    status: 'succeeded',
    commit: theirs,
    word: 'evil',
  })
  await fork.commit('More', { 'web/Pulumi.yaml': program('worse') })
  await fork.git('push', '--quiet', 'origin', 'evil')
  const waits = `outcome #>> '{stacks,0,result}' = 'waits'`
  await expect.poll(() => countDeliveries(waits), { timeout: 10_000 }).toBe(2)
  expect(await deploymentsOf('web')).toHaveLength(before + 2)
  expect(await deploymentsOf('api')).toHaveLength(1)
})

test('a pull request has a stack of its own, with the configuration of its template, until it is closed', async ({
  skip,
}) => {
  skip(missing !== '', missing)
  await connect('template', { pullRequestTemplate: true, paths: ['web/review/**'] })
  await call('POST', '/api/stacks/main/shop/template/deployments/settings', {
    sourceContext: { git: { repoDir: 'web/review' } },
    operationContext: {
      oidc: { aws: { roleARN: 'arn:aws:iam::123456789012:role/deploy', sessionName: 'review' } },
    },
  })
  await work.git('checkout', '--quiet', 'main')
  await work.git('checkout', '--quiet', '-b', 'reviewed')
  const configured = `name: shop\nruntime: yaml\nconfig:\n  word:\n    type: string\noutputs:\n  word: \${word}\n`
  const one = await work.commit('Review', {
    'web/review/Pulumi.yaml': configured,
    'web/review/Pulumi.template.yaml': 'config:\n  shop:word: taken\n',
  })
  await work.git('push', '--quiet', 'origin', 'reviewed')
  const { number } = await asAlice('POST', `${REPOSITORY}/pulls`, {
    head: 'reviewed',
    base: 'main',
    title: 'Review',
  })
  const review = `pr-acme-shop-${number}`
  const [first] = await endedOf(review, 1)
  expect(first).toMatchObject({ operation: 'update', status: 'succeeded', commit: one, word: 'taken' })
  expect(first?.log).toContain('The configuration is that of Pulumi.template.yaml.')
  expect(first?.log).not.toContain('Fetch credentials via OIDC')

  const secret = 'config:\n  shop:word:\n    secure: AAABAAAA\n'
  await work.commit('Secret', { 'web/review/Pulumi.template.yaml': secret })
  await work.git('push', '--quiet', 'origin', 'reviewed')
  const [, refused] = await endedOf(review, 2)
  expect(refused).toMatchObject({ status: 'failed' })
  expect(refused?.log).toContain('encrypted for the stack template alone')

  const three = await work.commit('Plain', { 'web/review/Pulumi.pr.yaml': 'config:\n  shop:word: plain\n' })
  await work.git('push', '--quiet', 'origin', 'reviewed')
  expect((await endedOf(review, 3))[2]).toMatchObject({ status: 'succeeded', commit: three, word: 'plain' })

  await asAlice('PATCH', `${REPOSITORY}/pulls/${number}`, { state: 'closed' })
  const stackStatus = async () => (await system.server.call('GET', `/api/stacks/main/shop/${review}`)).status
  await expect.poll(stackStatus, { timeout: 60_000 }).toBe(404)
  const lastComment = async () =>
    (await asAlice('GET', `${REPOSITORY}/issues/${number}/comments`)).at(-1)?.body
  await expect
    .poll(lastComment, { timeout: 30_000 })
    .toMatch(new RegExp(`main/shop/${review}\`\\*\\* destroy of .* succeeded`))
  const minted = 'select count(*)::int as count from mints'
  expect((await system.database.db.query<{ count: number }>(minted)).rows[0]?.count).toBe(0)
  expect(await deploymentsOf('template')).toEqual([])
})
