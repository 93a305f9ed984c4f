import { expect, test } from 'vitest'
import type { CommitId, HostLogin, RepositoryName } from '../../git-events/git-event.ts'
import { azureDevOps } from './azure-devops.ts'

const A = 'a'.repeat(40)
const B = 'b'.repeat(40)
const ZEROS = '0'.repeat(40)
const REPOSITORY = 'acme/Shop Front/web' as RepositoryName
const repository = {
  name: 'web',
  project: { name: 'Shop Front' },
  remoteUrl: 'https://acme@dev.azure.com/acme/Shop%20Front/_git/web',
}
const alice = { id: '54d125f7-69f7-4191-904f-c5b96b6261c8', uniqueName: 'alice@example.com' }
const ABOUT = {
  repository: REPOSITORY,
  repositoryUrl: 'https://dev.azure.com/acme/Shop%20Front/_git/web',
  sender: 'alice@example.com',
}

const read = (body: object) => azureDevOps.read(Buffer.from(JSON.stringify(body)), {})

test('the secret is the password of Basic authentication, to the letter', () => {
  const verify = (authorization: string | undefined, secret = 's3:cret') =>
    azureDevOps.verify(Buffer.from('{}'), { authorization }, secret)
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
  expect(verify(basic('anybody:s3:cret'))).toBe(true)
  expect(verify(basic(':s3:cret'))).toBe(true)
  for (const wrong of ['s3:cret', 'x:cret', 'x:s3:cret ', 'x:S3:cret', 'x:', ''])
    expect(verify(basic(wrong))).toBe(false)
  for (const wrong of [undefined, '', 'Basic', 'Bearer s3:cret', 's3:cret']) expect(verify(wrong)).toBe(false)
  expect(verify(basic('x:'), '')).toBe(false)
  expect(azureDevOps.keptHeaders).not.toContain('authorization')
})

const push = (refUpdates: object[], more: object = {}) =>
  read({
    eventType: 'git.push',
    resource: {
      commits: [{ commitId: B, comment: 'Add a bucket' }],
      refUpdates,
      repository,
      pushedBy: alice,
      ...more,
    },
  })
const update = (name: string, oldObjectId: string, newObjectId: string) => ({
  name,
  oldObjectId,
  newObjectId,
})

test('one push moves several branches', () => {
  expect(
    push([
      update('refs/heads/main', A, B),
      update('refs/heads/new', ZEROS, B),
      update('refs/heads/gone', A, ZEROS),
      update('refs/heads/strange', A, 'no commit'),
    ]),
  ).toEqual([
    {
      kind: 'push',
      ...ABOUT,
      ...{ branch: 'main', before: A, after: B, created: false, deleted: false, forced: false },
      ...{ headMessage: 'Add a bucket', changedFiles: 'unknown', pusher: 'alice@example.com' },
    },
    expect.objectContaining({ branch: 'new', before: undefined, created: true }),
    expect.objectContaining({ branch: 'gone', after: undefined, deleted: true }),
  ])
})

test('a tag counts where it is known to name a commit', () => {
  expect(push([update('refs/tags/v1', ZEROS, B)])).toEqual([{ kind: 'tag', ...ABOUT, tag: 'v1', commit: B }])
  expect(push([update('refs/tags/v1', B, ZEROS)])).toMatchObject([{ kind: 'tag', commit: undefined }])
  expect(push([update('refs/tags/v1', ZEROS, A)])).toHaveProperty('ignored')
})

test.each([
  ['https://acme.visualstudio.com/DefaultCollection/_git/web', 'web', 'acme/web/web'],
  ['https://dev.azure.com/acme/_git/web', 'web', 'acme/web/web'],
  ['https://git.example.com/tfs/Main/Shop%20Front/_git/web', 'Shop Front', 'Main/Shop Front/web'],
  ['https://git.example.com/tfs/Main/_git/web', 'web', 'Main/web/web'],
])('%s is of the organization in it', (remoteUrl, project, name) => {
  const at = { name: 'web', project: { name: project }, remoteUrl }
  expect(push([update('refs/heads/main', A, B)], { repository: at })).toMatchObject([{ repository: name }])
})

test.each([
  ['git.pullrequest.created', 'active', 'opened'],
  ['git.pullrequest.updated', 'active', 'updated'],
  ['git.pullrequest.updated', 'abandoned', 'closed'],
  ['git.pullrequest.merged', 'active', 'updated'],
  ['git.pullrequest.merged', 'completed', 'closed'],
])('%s of one that is %s', (eventType, status, action) => {
  const resource = { repository, pullRequestId: 7, status, createdBy: alice }
  expect(read({ eventType, resource })).toEqual([
    { kind: 'pull-request', ...ABOUT, action, pullRequest: { number: 7 } },
  ])
})

test('new comments count', () => {
  const comment = (more: object) =>
    read({
      eventType: 'ms.vss-code.git-pullrequest-comment-event',
      resource: {
        comment: { id: 2, author: alice, content: 'Fine', publishedDate: 'x', lastUpdatedDate: 'x', ...more },
        pullRequest: { pullRequestId: 7, repository },
      },
    })
  expect(comment({})).toMatchObject([
    { kind: 'comment', ...ABOUT, pullRequest: 7, commentId: '2', body: 'Fine' },
  ])
  expect(comment({ lastUpdatedDate: 'y' })).toHaveProperty('ignored')
})

test('whatever it is, it is read or ignored', () => {
  const kinds = [
    'git.push',
    'git.pullrequest.created',
    'ms.vss-code.git-pullrequest-comment-event',
    'build.complete',
  ]
  for (const eventType of kinds)
    for (const resource of [
      undefined,
      null,
      {},
      { repository },
      { repository: { ...repository, remoteUrl: 'x' } },
    ])
      expect(read({ eventType, resource })).toHaveProperty('ignored')
  expect(azureDevOps.read(Buffer.from('no json'), {})).toHaveProperty('ignored')
})

const REPO = '/acme/Shop Front/_apis/git/repositories/web'
const V = 'api-version=7.1'

function api(answers: Readonly<Record<string, unknown>>, bodies: unknown[] = []) {
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = String(input).replace('https://dev.azure.com', '')
    const authorization = new Headers(init?.headers).get('authorization')
    expect(authorization).toBe(`Basic ${Buffer.from(':pat').toString('base64')}`)
    if (init?.body) bodies.push(JSON.parse(String(init.body)))
    const answer = answers[`${init?.method ?? 'GET'} ${decodeURIComponent(url)}`]
    if (answer instanceof Response) return answer
    return answer === undefined ? Response.json({ message: 'none' }, { status: 404 }) : Response.json(answer)
  }
  const web = 'https://dev.azure.com'
  const host = { id: 'h', kind: 'azure-devops' as const, webUrl: web, apiUrl: web, settings: {} }
  const secrets = { webhookSecret: 's', token: 'pat' }
  return azureDevOps.api({ ...host, secrets }, { fetch, now: () => new Date() })
}

const pullRequest = {
  ...{ pullRequestId: 7, title: 'A bucket', status: 'active', isDraft: false, createdBy: alice },
  ...{ sourceRefName: 'refs/heads/topic', targetRefName: 'refs/heads/main', labels: [{ name: 'preview' }] },
  ...{ lastMergeSourceCommit: { commitId: B }, lastMergeTargetCommit: { commitId: A } },
}

test('a pull request is of the repository itself unless it says another', async () => {
  const facts = (more: object) =>
    api({ [`GET ${REPO}/pullRequests/7?${V}`]: { ...pullRequest, ...more } }).pullRequest(REPOSITORY, 7)
  expect(await facts({})).toEqual({
    ...{ number: 7, title: 'A bucket', author: 'alice@example.com', authorIsBot: false, draft: false },
    url: 'https://dev.azure.com/acme/Shop%20Front/_git/web/pullrequest/7',
    ...{ state: 'open', merged: false, headCommit: B, headBranch: 'topic', headRepository: REPOSITORY },
    ...{ isFork: false, baseBranch: 'main', baseCommit: A, labels: ['preview'], changedFiles: 'unknown' },
  })
  const fork = { repository: { ...repository, name: 'web.mallory', remoteUrl: repository.remoteUrl } }
  expect(await facts({ forkSource: fork })).toMatchObject({ isFork: true })
  expect(await facts({ forkSource: {} })).toMatchObject({ isFork: true, headRepository: undefined })
  expect(await facts({ status: 'completed' })).toMatchObject({ state: 'closed', merged: true })
})

test('nobody is known to have write access, so that every pull request waits', async () => {
  expect(await api({}).permissionOf(REPOSITORY, 'alice@example.com' as HostLogin)).toBe('none')
})

test('a comparison that was cut says so, and a folder is no file', async () => {
  const between = `baseVersionType=commit&baseVersion=${A}&targetVersionType=commit&targetVersion=${B}`
  const path = `GET ${REPO}/diffs/commits?${between}&diffCommonCommit=false&$top=2000&${V}`
  const changes = [
    { item: { path: '/infra', isFolder: true } },
    { item: { path: '/infra/a.ts' }, sourceServerItem: '/b.ts' },
  ]
  const files = (allChangesIncluded: boolean) =>
    api({ [path]: { allChangesIncluded, changes } }).changedFiles(REPOSITORY, A as CommitId, B as CommitId)
  expect(await files(true)).toEqual(['infra/a.ts', 'b.ts'])
  expect(await files(false)).toBe('unknown')
})

test('a branch is not one whose name begins alike', async () => {
  const refs = [
    { name: 'refs/heads/main-2', objectId: A },
    { name: 'refs/heads/main', objectId: B },
  ]
  const head = (value: object[]) =>
    api({
      [`GET ${REPO}/refs?filter=heads/main&${V}`]: { value },
      [`GET ${REPO}/commits/${B}?${V}`]: { comment: 'x' },
    }).branchHead(REPOSITORY, 'main')
  expect(await head(refs)).toEqual({ commit: B, message: 'x' })
  expect(await head(refs.slice(0, 1))).toBeUndefined()
})

test('the sign-in page is what a wrong token is answered with', async () => {
  const page = new Response('<html>', { status: 203 })
  const answer = await api({ [`GET ${REPO}/pullRequests/7?${V}`]: page }).pullRequest(REPOSITORY, 7)
  expect(answer).toHaveProperty('code', 'HOST_UNAUTHORIZED')
})

test('one thread is kept, found by who began it', async () => {
  const bodies: unknown[] = []
  const threads = `${REPO}/pullRequests/7/threads`
  const thread = (id: number, author: string) => ({
    id,
    comments: [{ author: { id: author }, content: '<!-- d --> x' }],
  })
  const host = api(
    {
      'GET /acme/_apis/connectionData?api-version=7.1-preview': { authenticatedUser: { id: 'us' } },
      [`GET ${threads}?${V}`]: { value: [thread(1, 'them'), thread(2, 'us')] },
      [`PATCH ${threads}/2/comments/1?${V}`]: {},
      [`POST ${threads}?${V}`]: { id: 5 },
    },
    bodies,
  )
  const said = { marker: '<!-- d -->', body: 'new', commentId: undefined }
  expect(await host.upsertComment(REPOSITORY, 7, said)).toEqual({ commentId: '2' })
  expect(await host.upsertComment(REPOSITORY, 7, { ...said, commentId: '9' })).toEqual({ commentId: '5' })
  expect(bodies.at(-1)).toMatchObject({ status: 'closed', comments: [{ content: 'new' }] })
})

test('a status stands under our name', async () => {
  const bodies: unknown[] = []
  const host = api({ [`POST ${REPO}/commits/${A}/statuses?${V}`]: {} }, bodies)
  const said = {
    context: 'daypass/prod',
    state: 'failure',
    description: 'no',
    url: 'https://d.example.com',
  } as const
  expect(await host.setStatus(REPOSITORY, A as CommitId, said)).toBeUndefined()
  expect(bodies).toEqual([
    {
      ...{ state: 'failed', description: 'no', targetUrl: 'https://d.example.com' },
      context: { genre: 'daypass', name: 'daypass/prod' },
    },
  ])
})
