// The local GitHub that other tests stand on: it refuses what GitHub would, and our adapter asks nothing that it refuses.
import { execFile } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import {
  type CommitId,
  type GitEvent,
  readCommitId,
  readHostLogin,
  readRepositoryName,
} from '../server/src/git-events/git-event.ts'
import { type HostApi, HostUnavailable } from '../server/src/git-hosts/adapter.ts'
import type { OpenedHost } from '../server/src/git-hosts/git-host.ts'
import { github as adapter } from '../server/src/git-hosts/github/github.ts'
import { type Acts, actsOn } from './harness/github/acts.ts'
import type { Delivery } from './harness/github/events.ts'
import { type GitHub, startGitHub } from './harness/github/github.ts'
import { type Receiver, startReceiver } from './harness/receiver.ts'

const SECRET = 'the secret of this webhook'
const SHOP = known(readRepositoryName('acme/shop'))
let github: GitHub
let acts: Acts
let receiver: Receiver
let [first, second]: CommitId[] = []

beforeAll(async () => {
  receiver = await startReceiver()
  github = await startGitHub()
  acts = actsOn(github, { url: `${receiver.url}/events`, secret: SECRET })
  const shop = await github.makeRepository('acme/shop', { private: true })
  shop.collaborators.set('bob', 'write').set('carol', 'read')
  await github.makeRepository('acme/other')
  const push = (files: Record<string, string>) =>
    acts.push('acme/shop', { branch: 'main', files }).then(({ commit }) => readCommitId(commit))
  first = await push({
    'Pulumi.yaml': 'name: shop\n',
    'infra/a.ts': 'the same text, long enough to be found again',
  })
  second = await push({ 'infra/b.ts': 'the same text, long enough to be found again', 'docs/c.md': 'c' })
})
afterEach(() => {
  github.trouble = undefined
  github.mistakes.length = 0
})
afterAll(async () => {
  await github.close()
  await receiver.close()
})

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('It is not there.')
  return value
}

function apiAs(secrets: Omit<OpenedHost['secrets'], 'webhookSecret'>): HostApi {
  const host: OpenedHost = {
    id: crypto.randomUUID(),
    kind: 'github-enterprise',
    webUrl: github.webUrl,
    apiUrl: github.apiUrl,
    settings: secrets.privateKey === undefined ? {} : { appId: github.app.id },
    secrets: { webhookSecret: SECRET, ...secrets },
  }
  return adapter.api(host, { fetch, now: () => new Date() })
}
const asApp = (): HostApi => apiAs({ privateKey: github.app.privateKey })

test.each(['an App', 'a person'])(
  'everything that the adapter asks as %s is as GitHub describes it',
  async (who) => {
    const api = who === 'an App' ? asApp() : apiAs({ token: github.makeToken('acme') })
    const login = (name: string) => known(readHostLogin(name))
    expect(await api.check()).toMatchObject({ missing: [] })
    expect(await api.branchHead(SHOP, 'main')).toEqual(expect.anything())
    expect(await api.branchHead(SHOP, 'a/branch/of/none')).toBeUndefined()
    expect(await api.changedFiles(SHOP, known(first), known(second))).toEqual(['docs/c.md', 'infra/b.ts'])
    expect(await api.changedFiles(SHOP, known(second), known(first))).toBe('unknown')
    const permissions = ['acme', 'bob', 'carol', 'mallory'].map((name) => api.permissionOf(SHOP, login(name)))
    expect(await Promise.all(permissions)).toEqual(['admin', 'write', 'read', 'none'])

    const branch = `feature-${who.replace(' ', '-')}`
    const { commit } = await acts.push('acme/shop', { branch, files: { 'infra/d.ts': who } })
    const opened = await acts.openPullRequest('acme/shop', {
      author: 'bob',
      head: { repository: 'acme/shop', branch },
    })
    const { number } = opened.pullRequest
    expect(await api.pullRequest(SHOP, number)).toMatchObject({
      author: 'bob',
      headCommit: commit,
      isFork: false,
    })
    expect(await api.pullRequest(SHOP, 99)).toBeUndefined()
    expect(await api.openPullRequests(SHOP)).toContainEqual(expect.objectContaining({ number }))
    expect(await api.pullRequestFiles(SHOP, number)).toEqual(['infra/d.ts'])

    const comment = { marker: '<!-- daypass -->', body: '<!-- daypass -->\nA preview', commentId: undefined }
    const made = await api.upsertComment(SHOP, number, comment)
    expect(await api.upsertComment(SHOP, number, { ...comment, body: `${comment.body}, changed` })).toEqual(
      made,
    )
    const comments = github.repositories.get('acme/shop')?.comments.filter(({ issue }) => issue === number)
    expect(comments).toMatchObject([{ body: '<!-- daypass -->\nA preview, changed' }])

    const status = { context: 'daypass', description: 'A preview', url: 'https://daypass.example.com/x' }
    for (const state of ['pending', 'running', 'success', 'failure', 'error'] as const) {
      expect(await api.setStatus(SHOP, known(readCommitId(commit)), { ...status, state })).toBeUndefined()
      expect(
        await api.setStatus(SHOP, known(readCommitId(commit)), { ...status, state, summary: 'All of it' }),
      ).toBeUndefined()
    }
    expect(github.mistakes).toEqual([])
  },
)

test('what an App clones with reads one repository, for an hour, and can do nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'daypass-clone-'))
  try {
    const credential = await asApp().cloneCredential(SHOP)
    if (credential === undefined || 'code' in credential) throw new Error('no credential')
    const git = (repository: string, ...args: string[]) => {
      const url = new URL(`${github.webUrl}/${repository}.git`)
      url.username = credential.userName
      url.password = credential.password
      const env = { PATH: process.env['PATH'], GIT_TERMINAL_PROMPT: '0', HOME: folder }
      return promisify(execFile)(
        'git',
        args.map((one) => (one === 'URL' ? url.href : one)),
        { cwd: folder, env },
      )
    }
    await git('acme/shop', 'clone', '--quiet', 'URL', 'shop')
    await expect(git('acme/shop', '-C', 'shop', 'push', 'URL', 'HEAD:refs/heads/x')).rejects.toThrow(
      /uthenticat/,
    )
    const api = {
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      'user-agent': 'test',
    }
    const ask = (path: string) =>
      fetch(`${github.apiUrl}${path}`, {
        headers: { ...api, authorization: `Bearer ${credential.password}` },
      })
    expect((await ask('/repos/acme/other')).status).toBe(404)
    expect((await ask('/repos/acme/shop/pulls')).status).toBe(403)
    expect(github.mistakes).toEqual(['pulls/list: the token has only {"contents":"read"}'])
  } finally {
    await rm(folder, { recursive: true })
  }
})

const GOOD = {
  method: 'POST',
  path: `/repos/acme/shop/issues/1/comments`,
  headers: {
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
    'content-type': 'application/json',
    'user-agent': 'test',
  } as Record<string, string>,
  body: JSON.stringify({ body: 'x' }) as string | undefined,
}
test.each<[string, Partial<typeof GOOD>]>([
  ['describes no path', { path: '/repos/acme/shop/secrets' }],
  ['describes no PUT', { method: 'PUT' }],
  ['Accept', { headers: { ...GOOD.headers, accept: 'application/json' } }],
  ['X-GitHub-Api-Version', { headers: { ...GOOD.headers, 'x-github-api-version': '2011-01-01' } }],
  ['no User-Agent', { headers: { ...GOOD.headers, 'user-agent': '' } }],
  ['Content-Type', { headers: { ...GOOD.headers, 'content-type': 'text/plain' } }],
  ['path parameter issue_number', { path: '/repos/acme/shop/issues/one/comments' }],
  ['query parameter page is not described', { path: `${GOOD.path}?page=1` }],
  ['it has no body', { body: undefined }],
  ['its body is no JSON', { body: '{' }],
  ['/body must be string', { body: '{"body":7}' }],
  ["must have required property 'body'", { body: '{}' }],
  ['field colour of its body is not described', { body: '{"body":"x","colour":1}' }],
  [
    'state must be equal to one of',
    { path: `/repos/acme/shop/statuses/${'a'.repeat(40)}`, body: '{"state":"running"}' },
  ],
  ['given twice', { method: 'GET', path: `${GOOD.path}?page=1&page=2`, body: undefined }],
  ['per_page is not as described', { method: 'GET', path: `${GOOD.path}?per_page=many`, body: undefined }],
  ['it is for app, and person asked', { method: 'GET', path: '/app', body: undefined }],
  ['it is for person, and app asked', { method: 'GET', path: '/user', body: undefined }],
])('a wrong request is refused: %s', async (problem, change) => {
  const { method, path, headers, body } = { ...GOOD, ...change }
  const token = path === '/user' ? await appJwt({}) : github.makeToken('acme')
  const answer = await fetch(`${github.apiUrl}${path}`, {
    method,
    headers: { ...headers, authorization: `Bearer ${token}` },
    ...(body !== undefined && { body }),
  })
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(github.mistakes).toEqual([expect.stringContaining(problem)])
})

async function appJwt({ lifetimeSeconds = 540, issuer = github.app.id }): Promise<string> {
  const seconds = Math.floor(Date.now() / 1000)
  return new SignJWT({})
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(issuer)
    .setIssuedAt(seconds - 60)
    .setExpirationTime(seconds + lifetimeSeconds)
    .sign(createPrivateKey(github.app.privateKey))
}

test.each([
  ['a long life', { lifetimeSeconds: 700 }, 401],
  ['another issuer', { issuer: '99' }, 401],
  ['an end in the past', { lifetimeSeconds: -10 }, 401],
  ['nothing wrong', {}, 200],
])('the JWT of an App with %s: %s', async (_, about, status) => {
  const authorization = `Bearer ${await appJwt(about)}`
  const answer = await fetch(`${github.apiUrl}/app`, { headers: { ...GOOD.headers, authorization } })
  expect(answer.status).toBe(status)
})

test('the code of a manifest is good once', async () => {
  github.manifestCodes.add('abc')
  const convert = () =>
    fetch(`${github.apiUrl}/app-manifests/abc/conversions`, { method: 'POST', headers: GOOD.headers })
  expect(await (await convert()).json()).toMatchObject({
    id: Number(github.app.id),
    pem: github.app.privateKey,
  })
  expect((await convert()).status).toBe(404)
})

test('an installation gives no token for more than it has', async () => {
  const ask = async (body: object) => {
    const headers = { ...GOOD.headers, authorization: `Bearer ${await appJwt({})}` }
    const path = '/app/installations/4711/access_tokens'
    return fetch(`${github.apiUrl}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  }
  expect((await ask({ repositories: ['shop'], permissions: { contents: 'read' } })).status).toBe(201)
  expect((await ask({ repositories: ['nothing'] })).status).toBe(422)
  expect((await ask({ permissions: { contents: 'write' } })).status).toBe(422)
  expect((await ask({ permissions: { contents: 'own' } })).status).toBe(400)
})

test.each([
  [401, {}, 'HOST_UNAUTHORIZED'],
  [403, {}, 'HOST_FORBIDDEN'],
  [404, {}, 'HOST_NOT_FOUND'],
])('it can answer %i', async (status, headers, code) => {
  const api = apiAs({ token: github.makeToken('acme') })
  github.trouble = ({ operation }) => (operation === 'repos/get-branch' ? { status, headers } : undefined)
  expect(await api.branchHead(SHOP, 'main')).toMatchObject({ code })
})

test.each([
  [429, { 'retry-after': '30' }],
  [403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + 30) }],
  [500, {}],
])('it can answer %i for a while: %j', async (status, headers) => {
  const api = apiAs({ token: github.makeToken('acme') })
  github.trouble = () => ({ status, headers: headers as Record<string, string> })
  const error = await api.branchHead(SHOP, 'main').catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(HostUnavailable)
  expect((error as HostUnavailable).resetAt !== undefined).toBe(status !== 500)
})

function eventOf({ event, body }: Delivery): GitEvent | undefined {
  const read = adapter.read(Buffer.from(body), { 'x-github-event': event })
  return 'ignored' in read ? undefined : read[0]
}

test('deliveries are signed and read, and go as often and in the order that a test wants', async () => {
  const one = await acts.push('acme/shop', { branch: 'main', files: { 'infra/e.ts': 'e' }, message: 'One' })
  const two = await acts.push('acme/shop', {
    branch: 'main',
    files: { 'infra/e.ts': null },
    message: 'Two [skip ci]',
  })
  receiver.received.length = 0
  for (const each of [two, one, one]) expect(await each.send()).toBe(204)
  expect(receiver.received.map(({ headers }) => headers['x-github-delivery'])).toEqual([
    two.id,
    one.id,
    one.id,
  ])
  const { body, headers } = known(receiver.received[0])
  const given = Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, String(value)]))
  expect(adapter.verify(body, given, SECRET)).toBe(true)
  expect(adapter.verify(body, given, 'another')).toBe(false)
  expect(eventOf(one)).toMatchObject({
    kind: 'push',
    after: one.commit,
    forced: false,
    changedFiles: ['infra/e.ts'],
  })
  expect(eventOf(two)).toMatchObject({
    before: one.commit,
    headMessage: expect.stringContaining('[skip ci]'),
  })
})

test('forced pushes, tags, deleted branches, forks, comments and reviews', async () => {
  const branch = 'rewritten'
  await acts.push('acme/shop', { branch, files: { 'infra/f.ts': '1' } })
  const forced = await acts.push('acme/shop', { branch, files: { 'infra/f.ts': '2' }, amend: true })
  expect(eventOf(forced)).toMatchObject({ kind: 'push', branch, forced: true, created: false })
  expect(eventOf(await acts.tag('acme/shop', 'v1'))).toMatchObject({ kind: 'tag', tag: 'v1' })
  expect(eventOf(await acts.deleteBranch('acme/shop', branch))).toMatchObject({
    deleted: true,
    after: undefined,
  })

  await github.makeRepository('mallory/shop', { forkOf: 'acme/shop' })
  const evil = await acts.push('mallory/shop', { branch: 'evil', files: { 'infra/evil.ts': '1' } })
  const head = { repository: 'mallory/shop', branch: 'evil' }
  const opened = await acts.openPullRequest('acme/shop', { author: 'mallory', head })
  const { number } = opened.pullRequest
  expect(eventOf(opened)).toMatchObject({
    action: 'opened',
    pullRequest: { isFork: true, headRepository: 'mallory/shop', headCommit: evil.commit, author: 'mallory' },
  })
  const more = await acts.push('mallory/shop', { branch: 'evil', files: { 'infra/evil.ts': '2' } })
  expect(eventOf(await acts.pullRequest('acme/shop', number, 'synchronize'))).toMatchObject({
    action: 'updated',
    pullRequest: { headCommit: more.commit },
  })
  const comment = await acts.comment('acme/shop', number, 'bob', `/daypass approve ${more.commit}`)
  expect(eventOf(comment)).toMatchObject({ kind: 'comment', author: 'bob', pullRequest: number })
  const review = await acts.review('acme/shop', number, 'bob', 'approved')
  expect(eventOf(review)).toMatchObject({ kind: 'comment', author: 'bob', approvedCommit: more.commit })
  expect(eventOf(await acts.pullRequest('acme/shop', number, 'closed', { state: 'closed' }))).toMatchObject({
    action: 'closed',
    pullRequest: { state: 'closed', merged: false },
  })
})
