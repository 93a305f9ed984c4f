import { randomUUID } from 'node:crypto'
import type { GitPoll, GitPollReport } from '@daypass/contract/git-polls.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createGitWorld, type GitWorld } from '../../../test/harness/git-world.ts'

const HOSTS = '/api/daypass/orgs/acme/git-hosts'
const [A, B, C, D] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(40)) as [string, string, string, string]
let git: GitWorld
beforeAll(async () => {
  git = await createGitWorld()
})
afterAll(() => git.close())
beforeEach(() => git.clear())

async function connect(more: object = {}) {
  const about = { name: 'remote', kind: 'polling', webUrl: 'http://git.internal', repositories: ['acme/web'] }
  return git.world.call('POST', HOSTS, { body: { ...about, ...more } })
}

async function addStack(name: string, block: object = {}, branch = 'main') {
  await git.world.addStack(name)
  const { status } = await git.world.call('PUT', `/api/stacks/acme/web/${name}/deployments/settings`, {
    body: {
      sourceContext: { git: { branch } },
      vcs: { provider: 'custom', repository: 'acme/web', deployCommits: true, ...block },
    },
  })
  expect(status).toBe(200)
}

const asRunner = (path: string, body: object, token = git.world.sharedPool.token) =>
  git.world.job('POST', `/api/daypass/runner/git-polls/${path}`, token, body)

async function claim(token?: string): Promise<GitPoll | null> {
  const { status, body } = await asRunner('claim', { runnerName: 'r' }, token)
  expect(status).toBe(200)
  expect(body.nextSeconds).toBeGreaterThanOrEqual(1)
  return body.poll
}

type Seen = Extract<GitPollReport['result'], { kind: 'seen' }>

/** As a runner that is handed the remote, and sees this. */
async function look(refs: Readonly<Record<string, string>>, more: Partial<Seen> = {}): Promise<GitPoll> {
  await git.world.db.query('update git_polls set due_at = clock_timestamp()')
  const poll = await claim()
  if (poll === null) throw new Error('Nothing is due.')
  const told = Object.entries(refs).map(([ref, commit]) => ({ ref, commit }))
  const result = { kind: 'seen', refs: told, all: true, moves: [], ...more }
  expect(await asRunner('report', { leaseId: poll.leaseId, result })).toMatchObject({ status: 204 })
  await git.settled()
  return poll
}

const shown = async () => (await git.world.call('GET', `${HOSTS}/remote`)).body
const deliveries = async () => (await git.world.call('GET', `${HOSTS}/remote/deliveries`)).body.deliveries

test('a connection says which repositories, and gets no secret for webhooks that nobody sends', async () => {
  for (const repositories of [[], ['acme/*']])
    expect(await connect({ repositories })).toMatchObject({
      status: 400,
      body: { reason: 'polled_repositories' },
    })
  expect(await connect({ agentPoolID: 'nobody' })).toMatchObject({
    status: 400,
    body: { reason: 'unknown_pool' },
  })
  const other = { kind: 'custom', webUrl: 'https://git.example.com', everySeconds: 60 }
  expect(await connect(other)).toMatchObject({ status: 400, body: { reason: 'not_polled' } })
  const { status, body } = await connect({ everySeconds: 30 })
  expect(status).toBe(201)
  expect(body.webhookSecret).toBeUndefined()
  expect(body.polling).toMatchObject({
    everySeconds: 30,
    agentPoolID: git.world.sharedPool.id,
    repositories: [{ repository: 'acme/web', lookedAtNow: false }],
  })
  const sent = await git.world.call('POST', `/api/daypass/git-hosts/${body.id}/events`, {
    raw: '{}',
    token: null,
  })
  expect(sent.status).toBe(404)
})

test('the first look is only kept; what moves after it is deployed once', async () => {
  await connect()
  await addStack('dev')
  expect(await look({ 'refs/heads/main': A })).toMatchObject({
    repositoryUrl: 'http://git.internal/acme/web.git',
    auth: null,
    first: true,
    watched: [{ branch: 'main', commit: null }],
  })
  expect(await deliveries()).toEqual([])
  expect(await look({ 'refs/heads/main': B })).toMatchObject({
    first: false,
    watched: [{ branch: 'main', commit: A }],
  })
  await look({ 'refs/heads/main': B })
  expect(await git.deployments()).toMatchObject([
    { stack: 'dev', operation: 'update', trigger: 'git-push', commit: B, ref: 'refs/heads/main' },
  ])
  expect(await deliveries()).toHaveLength(1)
  // Back to where it was, and there again: two more moves.
  await look({ 'refs/heads/main': A })
  await look({ 'refs/heads/main': B })
  expect((await git.deployments()).map(({ commit }) => commit)).toEqual([B, A, B])
})

test('rules are those of all hosts: paths, words that skip, tags, deleted branches, force pushes', async () => {
  await connect()
  await addStack('dev', { paths: ['infra/**'] })
  await addStack('release', { deployCommits: false, deployTags: true, tagFilters: ['v*'] })
  await look({ 'refs/heads/main': A })
  const move = (commit: string, more: object) => ({
    moves: [{ branch: 'main', commit, forced: false, message: 'x', files: null, ...more }],
  })
  await look({ 'refs/heads/main': B }, move(B, { files: ['read.md'] }))
  await look({ 'refs/heads/main': C }, move(C, { files: ['infra/x'], message: 'Mend [skip ci]\0' }))
  expect(await git.deployments()).toEqual([])
  expect((await deliveries())[0].notConcerned).toMatchObject({ skip_words: 1 })
  await look({ 'refs/heads/main': D }, move(D, { files: ['infra/x'], message: 'Mend\0 it\n\nMore' }))
  await look({ 'refs/heads/main': D, 'refs/tags/v1': D, 'refs/tags/beta': D })
  // Which files a force push changed is not known: deployed to be safe, however it looks.
  await look({ 'refs/heads/main': A, 'refs/tags/v1': D }, move(A, { files: ['read.md'], forced: true }))
  await look({ 'refs/tags/v1': D })
  expect(await git.deployments()).toMatchObject([
    { stack: 'dev', commit: D },
    { stack: 'release', commit: D, ref: 'refs/tags/v1' },
    { stack: 'dev', commit: A },
  ])
  const gone = (await deliveries()).filter(({ about }: { about: string }) =>
    about.endsWith('refs/heads/main'),
  )[0]
  expect(gone.notConcerned).toMatchObject({ branch_deleted: 2 })
})

test('one runner has a remote at a time, however many ask, and a dead one loses it', async () => {
  await connect()
  const asked = await Promise.all(Array.from({ length: 8 }, () => claim()))
  const [held, ...others] = asked.filter((poll) => poll !== null)
  expect(others).toEqual([])
  expect((await shown()).polling.repositories[0].lookedAtNow).toBe(true)
  await git.world.db.query("update git_polls set lease_until = clock_timestamp() - interval '1 s'")
  const next = await claim()
  expect(next?.leaseId).not.toBe(held?.leaseId)
  const result = { kind: 'seen', refs: [{ ref: 'refs/heads/main', commit: A }], all: true, moves: [] }
  // The one that came back from the dead is too late, and a report counts once.
  const statuses: number[] = []
  for (const leaseId of [held?.leaseId, next?.leaseId, next?.leaseId])
    statuses.push((await asRunner('report', { leaseId, result })).status)
  expect(statuses).toEqual([409, 204, 409])
})

test('a runner reports for the remotes of its own pool, and only what it was handed', async () => {
  const other = await git.world.addPool(`p${randomUUID()}`)
  await connect({ agentPoolID: other.id })
  expect(await claim()).toBeNull()
  const poll = await claim(other.token)
  const result = { kind: 'seen', refs: [{ ref: 'refs/heads/main', commit: A }], all: true, moves: [] }
  const report = { leaseId: poll?.leaseId, result }
  expect(await asRunner('report', report)).toMatchObject({ status: 409, body: { reason: 'lease_lost' } })
  expect(await asRunner('report', { leaseId: randomUUID(), result }, other.token)).toMatchObject({
    status: 409,
  })
  for (const ref of ['refs/pull/1/head', 'refs/heads/a b', 'HEAD', 'refs/heads/\u0000'])
    expect(
      await asRunner('report', { ...report, result: { ...result, refs: [{ ref, commit: A }] } }, other.token),
    ).toMatchObject({ status: 400 })
  // Another pool is chosen while it looks: what it saw counts no more.
  const { status } = await git.world.call('PATCH', `${HOSTS}/remote`, {
    body: { agentPoolID: git.world.sharedPool.id },
  })
  expect(status).toBe(200)
  expect(await asRunner('report', report, other.token)).toMatchObject({ status: 409 })
  expect(await claim()).not.toBeNull()
})

test('a remote that fails is looked at later and later, and says why; a look that succeeds forgets it', async () => {
  await connect({ everySeconds: 60 })
  const delays: number[] = []
  for (const _ of [1, 2, 3]) {
    await git.world.db.query('update git_polls set due_at = clock_timestamp()')
    const result = { kind: 'failed', code: 'source_auth_failed', message: 'It refuses the credentials.' }
    expect((await asRunner('report', { leaseId: (await claim())?.leaseId, result })).status).toBe(204)
    delays.push(
      Math.round((Date.parse((await shown()).polling.repositories[0].nextLook) - Date.now()) / 1000),
    )
  }
  for (const [at, seconds] of [60, 120, 240].entries())
    expect(Math.abs((delays[at] ?? 0) - seconds)).toBeLessThan(5)
  expect((await shown()).lastFailure.message).toBe(
    'acme/web: It refuses the credentials. (source_auth_failed)',
  )
  await look({})
  expect((await shown()).lastFailure).toBeUndefined()
  await git.world.db.query("update git_polls set due_at = clock_timestamp() - interval '1 hour'")
  expect((await shown()).lastFailure.message).toContain('(no_runner)')
})

test('credentials go to the runner that looks, and what is no longer connected is not looked at', async () => {
  await connect({ token: 'hidden-token', userName: 'bot', repositories: ['acme/web', 'acme/api'] })
  expect((await claim())?.auth).toEqual({ kind: 'basic', username: 'bot', password: 'hidden-token' })
  expect(JSON.stringify(await shown())).not.toContain('hidden-token')
  await git.world.call('PATCH', `${HOSTS}/remote`, { body: { repositories: ['acme/api'] } })
  const poll = await claim()
  expect(poll?.repository).toBe('acme/api')
  await git.world.call('DELETE', `${HOSTS}/remote`)
  const result = { kind: 'seen', refs: [], all: true, moves: [] }
  expect(await asRunner('report', { leaseId: poll?.leaseId, result })).toMatchObject({ status: 409 })
  expect(await claim()).toBeNull()
})

test('more refs than are told are said, and a flood is taken in several looks', async () => {
  await connect()
  await addStack('dev')
  await look({ 'refs/heads/main': A })
  const flood = Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`refs/heads/f${at}`, B]))
  await look({ ...flood, 'refs/heads/main': B }, { all: false })
  expect((await shown()).lastFailure.message).toContain('(too_many_refs)')
  expect(await git.deployments()).toMatchObject([{ commit: B }])
  await look({ ...flood, 'refs/heads/main': B })
  const { rows } = await git.world.db.query<{ n: number }>('select count(*)::int as n from git_deliveries')
  expect(rows[0]?.n).toBe(121)
  expect((await shown()).lastFailure).toBeUndefined()
})
