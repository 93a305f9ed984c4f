/**
 * Git push to deploy from a remote that tells nobody: a runner looks at it by real git in its sandbox, and runs the real
 * `pulumi` on what was pushed. Once, also when the server stops in between and when a runner dies while it looks.
 */
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GitHost, startGitHost } from '../demo/git-host.ts'
import { startServer, type TestServer } from './harness/server.ts'
import { type System, startRunner, startSystem, type TestRunner } from './harness/system.ts'

const STACKS = '/api/stacks/main/shop'
const HOSTS = '/api/daypass/orgs/main/git-hosts'
const PROGRAM = `${import.meta.dirname}/fixtures/pushed-program`
let system: System
let git: GitHost
let door: Door
/** The second one, at the address of the first. */
let restarted: TestServer | undefined
const runners: TestRunner[] = []

beforeAll(async () => {
  system = await startSystem()
  git = await startGitHost(PROGRAM)
  door = await startDoor(git.webUrl)
  await connect('dev', { deployCommits: true, paths: ['web/**'] })
  await connect('release', { deployTags: true, tagFilters: ['v*'] })
}, 60_000)
afterAll(async () => {
  for (const runner of runners) await runner.stop()
  await restarted?.stop()
  await door?.close()
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
  await call('PUT', `${STACKS}/${stack}/deployments/settings`, {
    sourceContext: { git: { branch: 'main', repoDir: 'web' } },
    vcs: { provider: 'custom', repository: git.repository, ...block },
  })
}

async function deploymentsOf(stack: string) {
  return (await call('GET', `${STACKS}/${stack}/deployments`)).deployments
}

/** The newest, once there are so many. */
async function endedOf(stack: string, count: number) {
  await expect.poll(() => deploymentsOf(stack), { timeout: 40_000 }).toHaveLength(count)
  const [{ id }] = await deploymentsOf(stack)
  const { status, log } = await system.ended(stack, id)
  const { source } = (await call('GET', `${STACKS}/${stack}/deployments/${id}`)).configuration
  return { status, commit: source.git.commit, log }
}

async function polled() {
  const { polling, lastFailure } = await call('GET', `${HOSTS}/remote`)
  return { ...polling.repositories[0], lastFailure }
}

/** Until it was looked at once more, from now on. */
async function looked(times = 1): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    const { lastLook } = await polled()
    await expect.poll(async () => (await polled()).lastLook, { timeout: 40_000 }).not.toBe(lastLook)
  }
}

test('what is pushed after the first look is deployed once, and a tag where it stands', async () => {
  const about = { name: 'remote', kind: 'polling', webUrl: door.url, repositories: [git.repository] }
  await call('POST', HOSTS, { ...about, everySeconds: 5 })
  await looked()
  expect(await deploymentsOf('dev')).toEqual([])

  const pushed = await git.push('main', { file: 'web/Pulumi.yaml', text: '  word: polled\n' })
  const dev = await endedOf('dev', 1)
  expect(dev).toMatchObject({ status: 'succeeded', commit: pushed })
  expect(dev.log).toMatch(/word *: "polled"/)

  const tagged = await git.push('refs/tags/v1', { file: 'web/Pulumi.yaml', text: '  word2: tagged\n' })
  expect(await endedOf('release', 1)).toMatchObject({ status: 'succeeded', commit: tagged })
  const { deliveries } = await call('GET', `${HOSTS}/remote/deliveries`)
  expect(deliveries).toHaveLength(2)
}, 120_000)

test('which files changed is asked of git', async () => {
  // With the commit of the tag, which the branch did not have.
  const both = await git.push('main', { file: 'read.md', text: 'more\n' })
  const before = 2
  expect(await endedOf('dev', before)).toMatchObject({ status: 'succeeded', commit: both })
  await git.push('main', { file: 'read.md', text: 'still more\n' })
  await looked(2)
  const { deliveries } = await call('GET', `${HOSTS}/remote/deliveries`)
  expect(deliveries[0].notConcerned).toMatchObject({ no_file_matches: 1 })
  expect(await deploymentsOf('dev')).toHaveLength(before)
}, 120_000)

test('a remote that is not there says so, and is looked at less often', async () => {
  const about = { name: 'gone', kind: 'polling', webUrl: door.url, repositories: ['acme/none'] }
  await call('POST', HOSTS, { ...about, everySeconds: 5, token: 'hidden-token' })
  const failure = async () => (await call('GET', `${HOSTS}/gone`)).lastFailure?.message
  await expect
    .poll(failure, { timeout: 40_000 })
    .toMatch(/^acme\/none: There is no Git repository at .* \(source_repository_not_found\)$/)
  expect(system.runner.log()).toContain('Looked at acme/none in vain')
  expect(system.runner.log()).not.toContain('hidden-token')
  await call('DELETE', `${HOSTS}/gone`)
}, 60_000)

test('what is pushed while the server is away is deployed once when it is back', async () => {
  const before = (await deploymentsOf('dev')).length
  const { url, dataFolder } = system.server
  await system.server.kill()
  const pushed = await git.push('main', { file: 'web/Pulumi.yaml', text: '  word2b: away\n' })
  const flags = ['--port', new URL(url).port]
  restarted = await startServer({ postgres: system.database, dataFolder, flags })
  expect(await endedOf('dev', before + 1)).toMatchObject({ status: 'succeeded', commit: pushed })
  await looked(2)
  expect(await deploymentsOf('dev')).toHaveLength(before + 1)
}, 120_000)

test('a runner that dies while it looks loses nothing, and nothing is deployed twice', async () => {
  const before = (await deploymentsOf('dev')).length
  door.hold()
  await expect.poll(async () => (await polled()).lookedAtNow, { timeout: 40_000 }).toBe(true)
  await expect.poll(() => door.held(), { timeout: 20_000 }).toBeGreaterThan(0)
  await system.runner.kill()
  door.release()
  const pushed = await git.push('main', { file: 'web/Pulumi.yaml', text: '  word3: again\n' })
  const flags = ['--aws-sts-url', system.aws.url, '--allow-insecure-git']
  runners.push(await startRunner(system.server.url, system.server.runnerToken, flags))
  expect((await polled()).lookedAtNow).toBe(true)
  // As if the time of its lease were over.
  await system.database.db.query("update git_polls set lease_until = clock_timestamp() - interval '1 s'")
  expect(await endedOf('dev', before + 1)).toMatchObject({ status: 'succeeded', commit: pushed })
  await looked(2)
  expect(await deploymentsOf('dev')).toHaveLength(before + 1)
}, 120_000)

interface Door {
  readonly url: string
  /** From then on nobody is answered. */
  hold(): void
  release(): void
  held(): number
  close(): Promise<void>
}

/** In front of a git host. */
async function startDoor(target: string): Promise<Door> {
  let holding = false
  let held = 0
  const server: Server = createServer((incoming, outgoing) => {
    if (holding) {
      held += 1
      return
    }
    const { method = 'GET', headers, url = '/' } = incoming
    const passed = request(`${target}${url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    incoming.pipe(passed)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    hold: () => {
      holding = true
    },
    release: () => {
      holding = false
    },
    held: () => held,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
