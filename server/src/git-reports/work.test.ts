import { randomUUID } from 'node:crypto'
import { JOB_FINISH_PATH, JOB_START_PATH } from '@daypass/contract/job-paths.ts'
import type { Claim } from '@daypass/contract/job-protocol.ts'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'
import type { GitFacts } from '../deployments/git-facts.ts'
import { nothingConnected } from '../deployments/linked-repository.ts'
import { requestDeployment } from '../deployments/request.ts'
import type { CommitId, RepositoryName } from '../git-events/git-event.ts'
import { COMMENT_MARKER } from './comment.ts'
import { type WantedStatus, wantStatus } from './want.sql.ts'
import { type Reports, startReports } from './work.ts'

const COMMIT = '0123456789abcdef0123456789abcdef01234567'
const REPOSITORY = 'acme/web'

interface Call {
  readonly method: string
  readonly path: string
  readonly body: Readonly<Record<string, string>>
}

let world: World
let listener: Awaited<ReturnType<World['database']['listen']>>
let reports: Reports | undefined
let hostId: string
let calls: Call[] = []
/** What the host answers instead of what it should. */
let instead: (() => Response) | undefined

/** As Gitea answers: statuses, and comments with ids. */
const hostFetch: typeof fetch = async (input, init) => {
  const path = new URL(String(input)).pathname
  const body = init?.body === undefined ? {} : JSON.parse(String(init.body))
  calls.push({ method: init?.method ?? 'GET', path, body })
  if (instead) return instead()
  if (path.endsWith('/user')) return Response.json({ login: 'daypass' })
  if (path.endsWith('/comments') && init?.method !== 'POST') return Response.json([])
  return Response.json({ id: 41 }, { status: 201 })
}

beforeAll(async () => {
  world = await createWorld()
  listener = await world.database.listen()
})
afterAll(async () => {
  await listener.close()
  await world.close()
})
beforeEach(async () => {
  await world.db.query('delete from git_hosts')
  await world.db.query('delete from stacks')
  const made = await world.call('POST', '/api/daypass/orgs/acme/git-hosts', {
    body: { name: 'git', kind: 'gitea', webUrl: 'https://git.example.com', token: 'secret-token' },
  })
  hostId = made.body.id
  calls = []
  instead = undefined
})
afterEach(async () => {
  await reports?.stop()
  reports = undefined
})

function start(): void {
  reports = startReports({
    ...world,
    listener,
    hostApi: { fetch: hostFetch, now: () => new Date() },
    now: () => new Date(),
    random: () => 0,
    log: {
      warn: () => {},
      error: (details, message) => expect.fail(`${message} ${JSON.stringify(details)}`),
    },
    sweepSeconds: 0.05,
  })
}

async function deploy(stack: string, more: Partial<GitFacts> = {}): Promise<void> {
  const git = {
    ...{ hostId, repository: REPOSITORY, repositoryUrl: 'https://git.example.com/acme/web.git' },
    ...({ event: 'push', commit: COMMIT, ref: 'refs/heads/main', ...more } as const),
  }
  const requester = { userId: world.userIds.admin, isOrganizationAdmin: true }
  const services = { ...world, linked: nothingConnected, randomUuid: randomUUID }
  const requested = await requestDeployment(services, requester, await world.addStack(stack), {
    operation: git.pullRequest === undefined ? 'update' : 'preview',
    inheritSettings: true,
    settings: { sourceContext: { git: GIT } },
    trigger: 'git-push',
    initiator: 'alice',
    git,
  })
  expect(requested).not.toHaveProperty('reason')
}

async function run(report: object): Promise<void> {
  const claim = (await world.claim()) as Claim
  for (const [path, body] of [
    [JOB_START_PATH, {}],
    [JOB_FINISH_PATH, report],
  ] as const) {
    const headers = { authorization: `Bearer ${claim.jobToken}` }
    expect((await world.call('POST', path, { token: null, headers, body })).status).toBeLessThan(300)
  }
}

const statuses = () =>
  calls
    .filter(({ path }) => path.endsWith(`/statuses/${COMMIT}`))
    .map(({ body }) => [body['state'], body['description']])
const comments = () => calls.filter(({ path, method }) => path.includes('/comments') && method !== 'GET')
const allSaid = () =>
  vi.waitFor(
    async () => {
      const { rows } = await world.db.query<{ open: number }>(
        `select (select count(*) from git_statuses where due_at is not null)
              + (select count(*) from pull_request_comments where due_at is not null) as open`,
      )
      expect(Number(rows[0]?.open)).toBe(0)
    },
    { timeout: 20_000, interval: 50 },
  )

test('a pushed deployment is a status on its commit from its request to its end', async () => {
  start()
  await deploy('dev')
  await allSaid()
  await run({ result: 'succeeded', failure: null })
  await allSaid()
  expect(calls[0]).toEqual({
    method: 'POST',
    path: `/api/v1/repos/acme/web/statuses/${COMMIT}`,
    body: {
      state: 'pending',
      context: 'daypass/acme/web/dev',
      description: 'The update waits for its turn.',
      target_url: 'http://127.0.0.1:8080/acme/web/dev/deployments/1',
    },
  })
  expect(statuses().at(-1)).toEqual(['success', 'The update succeeded.'])
  expect(comments()).toEqual([])
})

test('a pull request has one comment for all its stacks, kept up to date', async () => {
  start()
  await deploy('dev', { event: 'pull-request', pullRequest: 7 })
  await deploy('prod', { event: 'pull-request', pullRequest: 7 })
  await allSaid()
  expect(comments()).toMatchObject([{ method: 'POST', path: '/api/v1/repos/acme/web/issues/7/comments' }])
  await run({ result: 'failed', failure: { code: 'pulumi_failed', message: 'It broke.' } })
  await run({ result: 'succeeded', failure: null })
  await allSaid()
  const last = comments().at(-1)
  expect(last).toMatchObject({ method: 'PATCH', path: '/api/v1/repos/acme/web/issues/comments/41' })
  expect(last?.body['body']).toMatch(new RegExp(`^${COMMENT_MARKER}`))
  expect(last?.body['body']).toMatch(
    /acme\/web\/dev`\*\* preview .*failed[\s\S]*acme\/web\/prod`\*\* preview .*succeeded/,
  )
  expect(comments().filter(({ method }) => method === 'POST')).toHaveLength(1)
})

test('what waits for approval is a status and a sentence in the comment, until a deployment takes its place', async () => {
  start()
  const wanted = {
    ...{ hostId, repository: REPOSITORY as RepositoryName, commit: COMMIT as CommitId, pullRequest: 7 },
    ...{
      context: 'daypass/acme/web/dev (preview)',
      state: 'pending' as const,
      url: 'https://daypass.example.com/',
    },
    description: 'Waits for approval of 0123456789ab by somebody with write access.',
  } satisfies WantedStatus
  await world.db.transaction((tx) => wantStatus(tx, wanted))
  await allSaid()
  expect(statuses()).toEqual([['pending', wanted.description]])
  expect(comments()[0]?.body['body']).toContain('Waits for approval of 0123456789ab')
  await world.db.transaction((tx) => wantStatus(tx, wanted))
  await allSaid()
  expect(statuses()).toHaveLength(1)
  await deploy('dev', { event: 'pull-request', pullRequest: 7 })
  await allSaid()
  expect(statuses().at(-1)).toEqual(['pending', 'The preview waits for its turn.'])
  expect(comments().at(-1)?.body['body']).not.toContain('Waits for approval')
})

test('a host that is away is asked again, one that refuses is not until something changes', async () => {
  instead = () => new Response(null, { status: 502 })
  start()
  await deploy('dev')
  await vi.waitFor(() => expect(calls.length).toBeGreaterThan(0))
  await vi.waitFor(async () => {
    const { rows } = await world.db.query('select failure, due_at from git_statuses')
    expect(rows).toMatchObject([{ failure: 'The host answered 502.', due_at: expect.any(Date) }])
  })
  instead = () => Response.json({ message: 'no scope' }, { status: 403 })
  await world.db.query('update git_statuses set due_at = now()')
  await reports?.stop()
  start()
  await allSaid()
  const { rows } = await world.db.query<{ failure: string }>('select failure from git_statuses')
  expect(rows[0]?.failure).toContain('403')
  const before = calls.length
  instead = undefined
  await run({ result: 'succeeded', failure: null })
  await allSaid()
  expect(calls.length).toBeGreaterThan(before)
  expect(statuses().at(-1)?.[0]).toBe('success')
})

test('too many requests: the host is left alone until the time that it names', async () => {
  instead = () => new Response(null, { status: 429, headers: { 'retry-after': '600' } })
  start()
  await deploy('dev')
  await deploy('prod')
  await vi.waitFor(async () => {
    const { rows } = await world.db.query<{ wait: number }>(
      `select extract(epoch from due_at - now())::float8 as wait from git_statuses where failure is not null`,
    )
    expect(rows[0]?.wait).toBeGreaterThan(500)
  })
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(calls).toHaveLength(1)
})

test('a host that was disconnected is told nothing, and nothing fails because of it', async () => {
  await deploy('dev')
  await world.call('DELETE', '/api/daypass/orgs/acme/git-hosts/git')
  await run({ result: 'succeeded', failure: null })
  start()
  await allSaid()
  expect(calls).toEqual([])
})
