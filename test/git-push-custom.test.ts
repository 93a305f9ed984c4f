/**
 * Git push to deploy from any git server: real git runs the post-receive hook that the guide offers, it speaks Pulumi's
 * Custom VCS, and a runner runs the real `pulumi` on what was pushed.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GitHost, startGitHost } from '../demo/git-host.ts'
import { type System, startSystem } from './harness/system.ts'

const ADDRESS = '/api/stacks/main/shop'
const PROGRAM = `${import.meta.dirname}/fixtures/pushed-program`
let system: System
let git: GitHost
let connection: { readonly name: string; readonly eventsUrl: string; readonly webhookSecret: string }

beforeAll(async () => {
  system = await startSystem({ server: { flags: ['--allow-private-git-hosts'] } })
  git = await startGitHost(PROGRAM)
  const about = { name: 'plain', kind: 'custom', webUrl: git.webUrl }
  connection = await call('POST', '/api/daypass/orgs/main/git-hosts', about)
  await git.tellOf(connection)
  await connect('dev', { deployCommits: true, paths: ['web/**'] })
  await connect('release', { deployTags: true, tagFilters: ['v*'] })
}, 60_000)
afterAll(async () => {
  await git?.close()
  await system?.stop()
})

async function call(method: string, path: string, body?: object) {
  const answer = await system.server.call(method, path, body)
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
  return answer.body
}

async function connect(stack: string, block: object): Promise<void> {
  await system.addStack(stack)
  await call('PUT', `${ADDRESS}/${stack}/deployments/settings`, {
    sourceContext: { git: { branch: 'main', repoDir: 'web' } },
    vcs: { provider: 'custom', repository: git.repository, ...block },
  })
}

async function deploymentsOf(stack: string) {
  return (await call('GET', `${ADDRESS}/${stack}/deployments`)).deployments
}

/** Of the only deployment of the stack. */
async function endedOf(stack: string) {
  await expect.poll(() => deploymentsOf(stack), { timeout: 30_000 }).toHaveLength(1)
  const [{ id, initiator }] = await deploymentsOf(stack)
  const { status, log } = await system.ended(stack, id)
  const { source } = (await call('GET', `${ADDRESS}/${stack}/deployments/${id}`)).configuration
  return { status, commit: source.git.commit, initiator, log }
}

async function deliveries() {
  return (await call('GET', '/api/daypass/orgs/main/git-hosts/plain/deliveries')).deliveries
}

test('a push deploys what was pushed, and a tag what it stands on', async () => {
  const pushed = await git.push('main', { file: 'web/Pulumi.yaml', text: '  word: pushed\n' })
  const dev = await endedOf('dev')
  expect(dev).toMatchObject({ status: 'succeeded', commit: pushed })
  expect(dev.log).toMatch(/word *: "pushed"/)

  const beside = await git.push('main', { file: 'read.md', text: 'more\n' })
  const tagged = await git.push('refs/tags/v1', { file: 'web/Pulumi.yaml', text: '  word2: tagged\n' })
  expect(tagged).not.toBe(beside)
  const release = await endedOf('release')
  expect(release).toMatchObject({ status: 'succeeded', commit: tagged })
  expect(release.log).toMatch(/word2 *: "tagged"/)
  expect(await deploymentsOf('dev')).toHaveLength(1)
  expect(await deliveries()).toHaveLength(3)
})

test('a hook with another secret deploys nothing, and the push itself stands', async () => {
  await git.tellOf({ ...connection, webhookSecret: 'another' })
  const pushed = await git.push('main', { file: 'web/Pulumi.yaml', text: '  word3: forged\n' })
  expect(pushed).toMatch(/^[0-9a-f]{40}$/)
  expect(await deliveries()).toHaveLength(3)
  expect(await deploymentsOf('dev')).toHaveLength(1)
})
