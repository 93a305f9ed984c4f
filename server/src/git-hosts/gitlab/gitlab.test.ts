import { expect, test } from 'vitest'
import type { CommitId, GitEvent, HostLogin, RepositoryName } from '../../git-events/git-event.ts'
import { HostUnavailable } from '../adapter.ts'
import { gitlab } from './gitlab.ts'

const A = 'a'.repeat(40)
const B = 'b'.repeat(40)
const ZEROS = '0'.repeat(40)
const project = {
  path_with_namespace: 'group/sub/web',
  git_http_url: 'https://gitlab.example.com/group/sub/web.git',
}
const ABOUT = {
  repository: project.path_with_namespace,
  repositoryUrl: project.git_http_url,
  sender: 'alice',
}

function read(body: object) {
  return gitlab.read(Buffer.from(JSON.stringify({ project, ...body })), {})
}
function event(body: object): GitEvent {
  const found = read(body)
  const [first] = 'ignored' in found ? [] : found
  if (!first) throw new Error(JSON.stringify(found))
  return first
}

test('the secret itself is what a delivery proves itself with, to the letter', () => {
  const verify = (token: string | undefined, secret = 's3cret') =>
    gitlab.verify(Buffer.from('{}'), { 'x-gitlab-token': token }, secret)
  expect(verify('s3cret')).toBe(true)
  for (const wrong of [undefined, '', 'S3cret', 's3cret ', 's3cre', 's3crett'])
    expect(verify(wrong)).toBe(false)
  expect(verify('', '')).toBe(false)
})

const push = (more: object = {}) =>
  event({
    ...{ object_kind: 'push', ref: 'refs/heads/main', before: A, after: B, user_username: 'alice' },
    total_commits_count: 1,
    commits: [
      { id: B, message: 'Add a bucket\n\nbody', added: ['infra/a.ts'], modified: ['b'], removed: [] },
    ],
    ...more,
  })

test('pushes say what changed only where all commits are listed', () => {
  expect(push()).toEqual({
    kind: 'push',
    ...ABOUT,
    ...{ branch: 'main', before: A, after: B, created: false, deleted: false, forced: false },
    ...{ headMessage: 'Add a bucket\n\nbody', changedFiles: ['infra/a.ts', 'b'], pusher: 'alice' },
  })
  expect(push({ total_commits_count: 21 })).toMatchObject({ changedFiles: 'unknown' })
  expect(push({ before: ZEROS })).toMatchObject({ created: true, before: undefined, changedFiles: 'unknown' })
  expect(push({ commits: [], total_commits_count: 0 })).toMatchObject({
    changedFiles: 'unknown',
    headMessage: '',
  })
  expect(push({ after: ZEROS, commits: [] })).toMatchObject({ deleted: true, after: undefined })
})

test('of an annotated tag the commit counts, not the tag object', () => {
  const tag = {
    object_kind: 'tag_push',
    ref: 'refs/tags/v1',
    before: ZEROS,
    after: A,
    user_username: 'alice',
  }
  expect(event({ ...tag, checkout_sha: B })).toEqual({ kind: 'tag', ...ABOUT, tag: 'v1', commit: B })
  expect(event({ ...tag, checkout_sha: null, after: ZEROS })).toMatchObject({ commit: undefined })
})

const mergeRequest = (attributes: object, more: object = {}) =>
  read({
    object_kind: 'merge_request',
    user: { id: 5, username: 'alice' },
    labels: [{ title: 'preview' }],
    object_attributes: {
      ...{ iid: 7, author_id: 5, title: 'A bucket', url: 'https://gitlab.example.com/x/-/merge_requests/7' },
      ...{ action: 'open', state: 'opened', draft: false, work_in_progress: false },
      ...{ source_branch: 'topic', target_branch: 'main', last_commit: { id: B } },
      source: { path_with_namespace: 'group/sub/web' },
      ...attributes,
    },
    ...more,
  })

test('a merge request is a pull request of its author, also where somebody else acts on it', () => {
  expect(mergeRequest({})).toMatchObject([
    {
      ...{ kind: 'pull-request', action: 'opened', ...ABOUT },
      pullRequest: {
        ...{ number: 7, author: 'alice', isFork: false, draft: false, state: 'open', merged: false },
        ...{ headCommit: B, headBranch: 'topic', baseBranch: 'main', labels: ['preview'] },
      },
    },
  ])
  expect(mergeRequest({ author_id: 9 })).toMatchObject([{ pullRequest: { author: 'id:9' } }])
  const bot = mergeRequest({}, { user: { id: 5, username: 'project_12_bot_4f' } })
  expect(bot).toMatchObject([{ pullRequest: { authorIsBot: true } }])
})

test('a head in another project, or in one that is not said, is a fork', () => {
  const fork = { source: { path_with_namespace: 'mallory/web' } }
  expect(mergeRequest(fork)).toMatchObject([{ pullRequest: { isFork: true, headRepository: 'mallory/web' } }])
  expect(mergeRequest({ source: null })).toMatchObject([{ pullRequest: { isFork: true } }])
})

test.each([
  ['updated', { action: 'update', oldrev: A }, {}],
  ['ready', { action: 'update' }, { changes: { draft: { previous: true, current: false } } }],
  ['labeled', { action: 'update' }, { changes: { labels: {} } }],
  ['edited', { action: 'update' }, { changes: { title: {} } }],
  ['reopened', { action: 'reopen' }, {}],
  ['closed', { action: 'close', state: 'closed' }, {}],
  ['closed', { action: 'merge', state: 'merged' }, {}],
] as const)('%s', (action, attributes, more) => {
  expect(mergeRequest(attributes, more)).toMatchObject([{ action }])
})

test('an approval names no commit, so it approves none', () => {
  for (const action of ['approved', 'approval', 'unapproved'])
    expect(mergeRequest({ action })).toHaveProperty('ignored')
})

test('new comments on merge requests count, others do not', () => {
  const note = (attributes: object) =>
    read({
      object_kind: 'note',
      user: { username: 'alice' },
      merge_request: { iid: 7 },
      object_attributes: { id: 3, note: '/daypass approve', noteable_type: 'MergeRequest', ...attributes },
    })
  expect(note({ action: 'create' })).toMatchObject([
    { kind: 'comment', pullRequest: 7, author: 'alice', commentId: '3' },
  ])
  expect(note({ action: 'update' })).toHaveProperty('ignored')
  expect(note({ noteable_type: 'Issue' })).toHaveProperty('ignored')
})

test('whatever it is, it is read or ignored', () => {
  for (const body of [
    {},
    { object_kind: 'push' },
    { object_kind: 'pipeline' },
    { object_kind: 'merge_request' },
    { object_kind: 'note' },
  ])
    expect(read(body)).toHaveProperty('ignored')
  expect(gitlab.read(Buffer.from('no json'), {})).toHaveProperty('ignored')
})

const REPOSITORY = project.path_with_namespace as RepositoryName

function api(answers: Readonly<Record<string, unknown>>, calls: string[] = []) {
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const { pathname, search } = new URL(String(input))
    const call = `${init?.method ?? 'GET'} ${pathname.replace('/api/v4', '')}${search}`
    calls.push(call)
    expect(new Headers(init?.headers).get('private-token')).toBe('glpat-secret')
    const answer = answers[call]
    if (answer instanceof Response) return answer
    return answer === undefined
      ? Response.json({ message: '404 Not found' }, { status: 404 })
      : Response.json(answer)
  }
  const host = {
    ...{ id: 'h', kind: 'gitlab' as const, webUrl: 'https://gitlab.example.com', settings: {} },
    apiUrl: 'https://gitlab.example.com/api/v4',
    secrets: { webhookSecret: 's', token: 'glpat-secret' },
  }
  return gitlab.api(host, { fetch, now: () => new Date() })
}
const PROJECT = '/projects/group%2Fsub%2Fweb'

test('write access is that of an active developer, by name and by number, inherited or not', async () => {
  const member = (access_level: number, state = 'active') => ({ access_level, state })
  const { permissionOf } = api({
    'GET /users?username=alice': [{ id: 5, username: 'alice' }],
    'GET /users?username=nobody': [],
    'GET /users?username=al': [{ id: 6, username: 'alice' }],
    [`GET ${PROJECT}/members/all/5`]: member(30),
    [`GET ${PROJECT}/members/all/9`]: member(40),
    [`GET ${PROJECT}/members/all/10`]: member(20),
    [`GET ${PROJECT}/members/all/11`]: member(40, 'blocked'),
  })
  const of = (login: string) => permissionOf(REPOSITORY, login as HostLogin)
  expect(await of('alice')).toBe('write')
  expect(await of('id:9')).toBe('admin')
  expect(await of('id:10')).toBe('read')
  expect(await of('id:11')).toBe('none')
  expect(await of('id:12')).toBe('none')
  expect(await of('al')).toBe('none')
  expect(await of('nobody')).toBe('none')
})

test('a comparison that was cut says so', async () => {
  const path = `GET ${PROJECT}/repository/compare?from=${A}&to=${B}&straight=true`
  const files = (diffs: number, compare_timeout: boolean) =>
    api({
      [path]: {
        compare_timeout,
        diffs: Array.from({ length: diffs }, (_, n) => ({ old_path: `${n}`, new_path: 'x' })),
      },
    }).changedFiles(REPOSITORY, A as CommitId, B as CommitId)
  expect(await files(2, false)).toEqual(['0', 'x', '1'])
  expect(await files(100, false)).toBe('unknown')
  expect(await files(2, true)).toBe('unknown')
})

test('a status that the host already has is no failure, and one comment is kept', async () => {
  const calls: string[] = []
  const status = `POST ${PROJECT}/statuses/${A}`
  const again = Response.json({ message: 'Cannot transition status via :run from :running' }, { status: 400 })
  const notes = `${PROJECT}/merge_requests/7/notes`
  const host = api(
    {
      [status]: again,
      'GET /user': { id: 3 },
      [`GET ${notes}?per_page=100&page=1`]: [
        { id: 1, author: { id: 9 }, body: '<!-- daypass --> forged' },
        { id: 2, author: { id: 3 }, body: '<!-- daypass --> ours' },
      ],
      [`PUT ${notes}/2`]: { id: 2 },
    },
    calls,
  )
  const said = {
    context: 'daypass',
    state: 'running',
    description: 'runs',
    url: 'https://d.example.com',
  } as const
  expect(await host.setStatus(REPOSITORY, A as CommitId, said)).toBeUndefined()
  const comment = { marker: '<!-- daypass -->', body: 'new', commentId: undefined }
  expect(await host.upsertComment(REPOSITORY, 7, comment)).toEqual({ commentId: '2' })
  expect(calls.at(-1)).toBe(`PUT ${notes}/2`)
})

test('too many requests is an outage with an end', async () => {
  const limited = new Response(null, { status: 429, headers: { 'retry-after': '30' } })
  const asked = api({ [`GET ${PROJECT}/merge_requests/7`]: limited }).pullRequest(REPOSITORY, 7)
  await expect(asked).rejects.toBeInstanceOf(HostUnavailable)
})

test('a merge request is answered with the facts that an event has, its base commit besides', async () => {
  const answer = {
    ...{
      iid: 7,
      title: 'A bucket',
      web_url: 'u',
      draft: false,
      work_in_progress: false,
      state: 'opened',
      sha: B,
    },
    ...{ source_branch: 'topic', target_branch: 'main', labels: ['preview'], author: { username: 'alice' } },
    diff_refs: { base_sha: A },
  }
  const facts = (source_project_id: number) =>
    api({
      [`GET ${PROJECT}/merge_requests/7`]: { ...answer, source_project_id, target_project_id: 1 },
    }).pullRequest(REPOSITORY, 7)
  expect(await facts(1)).toMatchObject({
    author: 'alice',
    headCommit: B,
    baseCommit: A,
    isFork: false,
    labels: ['preview'],
  })
  expect(await facts(2)).toMatchObject({ isFork: true, headRepository: undefined })
})
