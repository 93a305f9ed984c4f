import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import type { CommitId, HostLogin, RepositoryName } from '../../git-events/git-event.ts'
import { HostUnavailable } from '../adapter.ts'
import type { HostSecrets } from '../git-host.ts'
import { bitbucket } from './bitbucket.ts'

const A = 'a'.repeat(40)
const B = 'b'.repeat(40)
const ALICE = '{d301aafa-d676-4ee0-88be-962be7417567}'
const REPOSITORY = 'acme/web' as RepositoryName
const repository = {
  type: 'repository',
  full_name: REPOSITORY,
  links: { html: { href: 'https://bitbucket.org/acme/web' } },
}
const alice = { type: 'user', uuid: ALICE, nickname: 'alice', display_name: 'Alice' }
const ABOUT = { repository: REPOSITORY, repositoryUrl: 'https://bitbucket.org/acme/web.git', sender: ALICE }

function read(event: string, body: object) {
  const raw = Buffer.from(JSON.stringify({ actor: alice, repository, ...body }))
  return bitbucket.read(raw, { 'x-event-key': event })
}

test('a delivery is signed over its bytes', () => {
  const raw = Buffer.from('{"push": {}}')
  const signature = `sha256=${createHmac('sha256', 's3cret').update(raw).digest('hex')}`
  const verify = (given: string | undefined, secret = 's3cret', bytes = raw) =>
    bitbucket.verify(bytes, { 'x-hub-signature': given }, secret)
  expect(verify(signature)).toBe(true)
  expect(verify(signature, 's3cret', Buffer.from('{"push":{}}'))).toBe(false)
  expect(verify(signature, 'other')).toBe(false)
  for (const wrong of [undefined, '', 'sha256=', signature.slice(7), signature.replace('sha256', 'sha1')])
    expect(verify(wrong)).toBe(false)
  expect(bitbucket.deliveryKey({ 'x-request-uuid': 'one' })).toBe('one')
})

const ref = (type: string, name: string, hash: string) => ({
  type,
  name,
  target: { type: 'commit', hash, message: 'Add a bucket\n\nbody\n' },
})
const change = (before: object | null, after: object | null, forced = false) => ({
  old: before,
  new: after,
  created: before === null,
  closed: after === null,
  forced,
  truncated: false,
  commits: [],
})
const push = (...changes: object[]) => read('repo:push', { push: { changes } })

test('one push moves several branches and tags, each of which is an event', () => {
  expect(
    push(
      change(ref('branch', 'main', A), ref('branch', 'main', B)),
      change(null, ref('branch', 'team/new', B)),
      change(ref('branch', 'old', A), ref('branch', 'old', B), true),
      change(ref('branch', 'gone', A), null),
      change(null, ref('tag', 'v1', B)),
      change(ref('tag', 'v0', A), null),
    ),
  ).toEqual([
    {
      kind: 'push',
      ...ABOUT,
      ...{ branch: 'main', before: A, after: B, created: false, deleted: false, forced: false },
      ...{ headMessage: 'Add a bucket\n\nbody\n', changedFiles: 'unknown', pusher: ALICE },
    },
    expect.objectContaining({ branch: 'team/new', before: undefined, created: true }),
    expect.objectContaining({ branch: 'old', forced: true }),
    expect.objectContaining({ branch: 'gone', after: undefined, deleted: true, headMessage: '' }),
    { kind: 'tag', ...ABOUT, tag: 'v1', commit: B },
    { kind: 'tag', ...ABOUT, tag: 'v0', commit: undefined },
  ])
})

test('what is not said whole is not taken for a deletion', () => {
  for (const type of ['branch', 'tag'])
    expect(push(change(ref(type, 'main', A), ref(type, 'main', B.slice(0, 12))))).toHaveProperty('ignored')
  expect(push(change(null, ref('bookmark', 'main', A)))).toHaveProperty('ignored')
  expect(push(change(null, ref('branch', '../main', A)))).toHaveProperty('ignored')
})

test.each([
  ['pullrequest:created', 'opened'],
  ['pullrequest:updated', 'updated'],
  ['pullrequest:fulfilled', 'closed'],
  ['pullrequest:rejected', 'closed'],
])('%s says that something happened, and no more', (event, action) => {
  const pullrequest = { id: 7, source: { commit: { hash: B.slice(0, 12) } } }
  expect(read(event, { pullrequest })).toEqual([
    { kind: 'pull-request', ...ABOUT, action, pullRequest: { number: 7 } },
  ])
})

test('an approval names no commit, so it approves none', () => {
  expect(read('pullrequest:approved', { pullrequest: { id: 7 } })).toHaveProperty('ignored')
})

test('a new comment counts, and one of a token is of no person', () => {
  const comment = (user: object) =>
    read('pullrequest:comment_created', {
      pullrequest: { id: 7 },
      comment: { id: 3, content: { raw: '/daypass approve' }, user },
    })
  expect(comment(alice)).toMatchObject([
    {
      kind: 'comment',
      pullRequest: 7,
      author: ALICE,
      authorIsBot: false,
      commentId: '3',
      body: '/daypass approve',
    },
  ])
  expect(comment({ ...alice, type: 'app_user' })).toMatchObject([{ authorIsBot: true }])
  expect(read('pullrequest:comment_updated', { pullrequest: { id: 7 } })).toHaveProperty('ignored')
})

test('whatever it is, it is read or ignored', () => {
  for (const event of ['repo:push', 'pullrequest:created', 'pullrequest:comment_created', 'repo:fork', ''])
    for (const body of [{}, { push: null }, { push: { changes: [null] } }, { pullrequest: { id: -1 } }])
      expect(read(event, body)).toHaveProperty('ignored')
  expect(bitbucket.read(Buffer.from('no json'), {})).toHaveProperty('ignored')
})

const API = 'https://api.bitbucket.org/2.0'
const REPO = '/repositories/acme/web'

interface Call {
  readonly call: string
  readonly authorization: string | null
  readonly body: unknown
}

function api(
  answers: Readonly<Record<string, unknown>>,
  calls: Call[] = [],
  secrets: Omit<HostSecrets, 'webhookSecret'> = { token: 'ATCTT-secret' },
) {
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = String(input)
    expect(url.startsWith(`${API}/`)).toBe(true)
    const call = `${init?.method ?? 'GET'} ${decodeURIComponent(url.slice(API.length))}`
    const authorization = new Headers(init?.headers).get('authorization')
    calls.push({ call, authorization, body: init?.body ? JSON.parse(String(init.body)) : undefined })
    const answer = answers[call]
    if (answer instanceof Response) return answer
    return answer === undefined
      ? Response.json({ type: 'error', error: { message: 'Not found' } }, { status: 404 })
      : Response.json(answer)
  }
  const host = {
    ...{ id: 'h', kind: 'bitbucket' as const, webUrl: 'https://bitbucket.org', apiUrl: API, settings: {} },
    secrets: { webhookSecret: 's', ...secrets },
  }
  return bitbucket.api(host, { fetch, now: () => new Date() })
}

test('a token of its own is a bearer, one of a person stands beside their name; git wants other names', async () => {
  const speak = async (secrets: Omit<HostSecrets, 'webhookSecret'>) => {
    const calls: Call[] = []
    const host = api({ 'GET /user': { display_name: 'Alice' } }, calls, secrets)
    await host.check()
    return [calls[0]?.authorization, await host.cloneCredential(REPOSITORY)]
  }
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
  const clone = (userName: string) => ({ userName, password: 't', expiresAt: undefined })
  expect(await speak({ token: 't' })).toEqual(['Bearer t', clone('x-token-auth')])
  expect(await speak({ token: 't', userName: 'alice' })).toEqual([basic('alice:t'), clone('alice')])
  expect(await speak({ token: 't', userName: 'a@example.com' })).toEqual([
    basic('a@example.com:t'),
    clone('x-bitbucket-api-token-auth'),
  ])
  expect(await speak({})).toEqual([undefined, undefined])
})

test('an access token is nobody, and a wrong one is refused', async () => {
  const check = (status: number, userName?: string) =>
    api({ 'GET /user': new Response(null, { status }) }, [], {
      token: 't',
      ...(userName !== undefined && { userName }),
    }).check()
  expect(await check(403)).toEqual({ identity: 'an access token', missing: [] })
  expect(await check(401)).toHaveProperty('code', 'HOST_UNAUTHORIZED')
  expect(await check(403, 'alice')).toHaveProperty('code', 'HOST_FORBIDDEN')
})

test('permissions are those of exactly that person', async () => {
  const path = (uuid: string) => `GET /workspaces/acme/permissions/repositories/web?q=user.uuid="${uuid}"`
  const host = (values: object[]) => api({ [path(ALICE)]: { values } })
  const of = (values: object[], login = ALICE) => host(values).permissionOf(REPOSITORY, login as HostLogin)
  expect(await of([{ permission: 'write', user: { uuid: ALICE } }])).toBe('write')
  expect(await of([{ permission: 'admin', user: { uuid: ALICE } }])).toBe('admin')
  expect(await of([{ permission: 'owner', user: { uuid: ALICE } }])).toBe('none')
  expect(await of([{ permission: 'write', user: { uuid: ALICE.replace('d', 'e') } }])).toBe('none')
  expect(await of([])).toBe('none')
  expect(await of([{ permission: 'write', user: { uuid: ALICE } }], 'alice')).toBe('none')
  expect(await of([], ALICE.replace('d', 'e'))).toHaveProperty('code', 'HOST_NOT_FOUND')
})

const pullRequest = (more: object = {}) => ({
  ...{ id: 7, title: 'A bucket', state: 'OPEN', draft: false, author: alice },
  links: { html: { href: 'https://bitbucket.org/acme/web/pull-requests/7' } },
  source: {
    branch: { name: 'topic' },
    commit: { hash: B.slice(0, 12) },
    repository: { full_name: 'acme/web' },
  },
  destination: { branch: { name: 'main' }, commit: { hash: A.slice(0, 12) }, repository },
  ...more,
})
const PULL = `GET ${REPO}/pullrequests/7`
const COMMITS = `${PULL}/commits?pagelen=1`

test('the head of a pull request is asked for until it is whole', async () => {
  const facts = (answer: object, newest: unknown, more: object = {}) =>
    api({ [PULL]: answer, [COMMITS]: { values: [{ hash: newest }] }, ...more }).pullRequest(REPOSITORY, 7)
  expect(await facts(pullRequest(), B)).toEqual({
    ...{ number: 7, title: 'A bucket', url: 'https://bitbucket.org/acme/web/pull-requests/7' },
    ...{ author: ALICE, authorIsBot: false, draft: false, state: 'open', merged: false },
    ...{ headCommit: B, headBranch: 'topic', headRepository: 'acme/web', isFork: false },
    ...{ baseBranch: 'main', baseCommit: undefined, labels: [], changedFiles: 'unknown' },
  })
  await expect(facts(pullRequest(), A)).rejects.toBeInstanceOf(HostUnavailable)
  const declined = { [`GET ${REPO}/commit/${B.slice(0, 12)}`]: { hash: B } }
  expect(await facts(pullRequest({ state: 'DECLINED' }), A, declined)).toMatchObject({
    ...{ state: 'closed', merged: false, headCommit: B },
  })
  expect(await facts(pullRequest({ state: 'MERGED' }), B)).toMatchObject({ state: 'closed', merged: true })
  expect(await api({}).pullRequest(REPOSITORY, 7)).toBeUndefined()
})

test('a head in another repository, or in one that is gone, is a fork; a token is no person', async () => {
  const facts = (more: object) =>
    api({ [PULL]: pullRequest(more), [COMMITS]: { values: [{ hash: B }] } }).pullRequest(REPOSITORY, 7)
  const { source } = pullRequest()
  const fork = { ...source, repository: { full_name: 'mallory/web' } }
  expect(await facts({ source: fork })).toMatchObject({ isFork: true, headRepository: 'mallory/web' })
  expect(await facts({ source: { ...source, repository: null } })).toMatchObject({ isFork: true })
  expect(await facts({ author: { ...alice, type: 'app_user' } })).toMatchObject({ authorIsBot: true })
})

test('files are asked page by page, and never from another host', async () => {
  const path = `${REPO}/diffstat/${B}..${A}?topic=false&pagelen=500`
  const next = `${API}${path}&page=2`
  const files = (more: string) =>
    api({
      [`GET ${path}`]: { values: [{ old: { path: 'a' }, new: { path: 'b' } }], next: more },
      [`GET ${path}&page=2`]: { values: [{ old: null, new: { path: 'c' } }] },
    }).changedFiles(REPOSITORY, A as CommitId, B as CommitId)
  expect(await files(next)).toEqual(['a', 'b', 'c'])
  for (const elsewhere of ['https://evil.example/2.0/x', `${API}.evil.example/x`])
    expect(await files(elsewhere)).toHaveProperty('code', 'HOST_REFUSED')
})

test('a branch that is not there is told from a repository that is not shown', async () => {
  const branch = `GET ${REPO}/refs/branches/team/new`
  const head = (answers: object) => api({ ...answers }).branchHead(REPOSITORY, 'team/new')
  expect(await head({ [branch]: { target: { hash: B, message: 'x' } } })).toEqual({ commit: B, message: 'x' })
  expect(await head({ [`GET ${REPO}`]: repository })).toBeUndefined()
  expect(await head({})).toHaveProperty('code', 'HOST_NOT_FOUND')
})

test('a status has a key that is short enough and its own', async () => {
  const calls: Call[] = []
  const path = `POST ${REPO}/commit/${A}/statuses/build`
  const host = api({ [path]: {} }, calls)
  const url = 'https://d.example.com'
  for (const context of ['daypass/acme/web/production', 'daypass/acme/web/production-2'])
    await host.setStatus(REPOSITORY, A as CommitId, { context, state: 'running', description: 'runs', url })
  const keys = calls.map(({ body }) => (body as { key: string }).key)
  expect(keys[0]).toMatch(/^[0-9a-f]{40}$/)
  expect(keys[0]).not.toBe(keys[1])
  expect(calls[0]?.body).toMatchObject({ state: 'INPROGRESS', name: 'daypass/acme/web/production', url })
})

test('our comment is found again by who wrote it, and its marker is not seen', async () => {
  const calls: Call[] = []
  const comments = `${REPO}/pullrequests/7/comments`
  const marker = '[//]: # (daypass)'
  const comment = (id: number, uuid: string) => ({ id, user: { uuid }, content: { raw: `${marker} x` } })
  const host = api(
    {
      'GET /user': { uuid: ALICE },
      [`GET ${comments}?pagelen=100`]: { values: [comment(1, '{other}'), comment(2, ALICE)] },
      [`PUT ${comments}/2`]: { id: 2 },
      [`POST ${comments}`]: { id: 5 },
    },
    calls,
  )
  const said = { marker: '<!-- daypass -->', body: '<!-- daypass -->\nnew', commentId: undefined }
  expect(await host.upsertComment(REPOSITORY, 7, said)).toEqual({ commentId: '2' })
  expect(calls.at(-1)?.body).toEqual({ content: { raw: `${marker}\nnew` } })
  // Somebody deleted it.
  expect(await host.upsertComment(REPOSITORY, 7, { ...said, commentId: '9' })).toEqual({ commentId: '5' })
})
