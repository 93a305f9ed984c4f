/**
 * Git push to deploy from GitHub, as an App: deliveries that come twice, late and never, each request checked against GitHub's
 * own description, and a runner that clones with a token of an hour for that repository.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Acts, actsOn } from './harness/github/acts.ts'
import { type GitHub, startGitHub } from './harness/github/github.ts'
import { type System, startSystem } from './harness/system.ts'

const SHOP = 'acme/shop'
const STACK = '/api/stacks/main/shop/web'
let system: System
let github: GitHub
let acts: Acts
const closers: (() => Promise<unknown>)[] = []

const program = (word: string) => `name: shop\nruntime: yaml\noutputs:\n  word: ${word}\n`

beforeAll(async () => {
  github = await startGitHub()
  closers.push(github.close)
  system = await startSystem({ server: { flags: ['--allow-private-git-hosts'] } })
  closers.push(system.stop)
  const repository = await github.makeRepository(SHOP, { private: true })
  repository.collaborators.set('bob', 'write')
  const host = await call('POST', '/api/daypass/orgs/main/git-hosts', {
    name: 'github',
    kind: 'github-enterprise',
    webUrl: github.webUrl,
    appId: github.app.id,
    privateKey: github.app.privateKey,
  })
  const url = `${system.server.url}/api/daypass/git-hosts/${host.id}/events`
  acts = actsOn(github, { url, secret: host.webhookSecret })
  await system.addStack('web')
  await call('PUT', `${STACK}/deployments/settings`, {
    sourceContext: { git: { branch: 'main' } },
    gitHub: { repository: SHOP, deployCommits: true, previewPullRequests: true, paths: ['Pulumi.yaml'] },
  })
})
afterAll(async () => {
  for (const close of closers.toReversed()) await close()
})

async function call(method: string, path: string, body?: object) {
  const answer = await system.server.call(method, path, body)
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
  return answer.body
}

/** The oldest first, once there are so many and all have ended. */
async function ended(count: number) {
  const list = async () => (await call('GET', `${STACK}/deployments?pageSize=100`)).deployments
  await expect.poll(list, { timeout: 60_000 }).toHaveLength(count)
  const found: { operation: string; status: string; commit: string; log: string }[] = []
  for (const { id, pulumiOperation } of (await list()).toReversed()) {
    const { status, log } = await system.ended('web', id)
    const { configuration } = await call('GET', `${STACK}/deployments/${id}`)
    found.push({ operation: pulumiOperation, status, commit: configuration.source.git.commit, log })
  }
  return found
}

async function settled(): Promise<void> {
  const due = async () => {
    const { rows } = await system.database.db.query<{ count: number }>(
      'select count(*)::int as count from git_deliveries where due_at is not null',
    )
    return rows[0]?.count
  }
  await expect.poll(due, { timeout: 30_000 }).toBe(0)
}

test('what is pushed is deployed at its commit, once, however it is told', async () => {
  const first = await acts.push(SHOP, { branch: 'main', files: { 'Pulumi.yaml': program('one') } })
  expect(await first.send()).toBe(202)
  expect(await first.send()).toBe(202)
  expect(await ended(1)).toMatchObject([{ operation: 'update', status: 'succeeded', commit: first.commit }])

  // The second is lost, the third comes before it; what the third tells is what the branch has.
  const second = await acts.push(SHOP, { branch: 'main', files: { 'Pulumi.yaml': program('two') } })
  const third = await acts.push(SHOP, { branch: 'main', files: { 'Pulumi.yaml': program('three') } })
  expect(await third.send()).toBe(202)
  expect(await second.send()).toBe(202)
  const [, latest] = await ended(2)
  expect(latest).toMatchObject({ status: 'succeeded', commit: third.commit })
  expect(latest?.log).toContain('three')
  await settled()
  expect(await ended(2)).toHaveLength(2)
})

test('GitHub that is out of order for a while delays a preview, and loses none', async () => {
  const feature = { branch: 'feature', files: { 'Pulumi.yaml': program('feature') } }
  const { commit } = await acts.push(SHOP, feature)
  let troubles = 0
  github.trouble = ({ operation }) => {
    if (!operation.startsWith('repos/get-collaborator') || troubles > 0) return undefined
    troubles += 1
    return { status: 429, headers: { 'retry-after': '1' } }
  }
  const head = { repository: SHOP, branch: 'feature' }
  const opened = await acts.openPullRequest(SHOP, { author: 'bob', head })
  expect(await opened.send()).toBe(202)
  expect((await ended(3)).at(-1)).toMatchObject({ operation: 'preview', status: 'succeeded', commit })
  expect(troubles).toBe(1)
  github.trouble = undefined
})

test('nothing of a fork runs', async () => {
  await github.makeRepository('mallory/shop', { forkOf: SHOP })
  await acts.push('mallory/shop', { branch: 'evil', files: { 'Pulumi.yaml': program('evil') } })
  const head = { repository: 'mallory/shop', branch: 'evil' }
  const opened = await acts.openPullRequest(SHOP, { author: 'mallory', head })
  expect(await opened.send()).toBe(202)
  await settled()
  expect(await ended(3)).toHaveLength(3)
})

test('and GitHub was asked nothing that it does not describe or allow', () => {
  expect(github.calls).toContain('apps/create-installation-access-token')
  expect(github.mistakes).toEqual([])
})
