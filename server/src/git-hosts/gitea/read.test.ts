import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { gitea } from './gitea.ts'

const [A, B] = ['a'.repeat(40), 'b'.repeat(40)]
const ABOUT = {
  repository: { full_name: 'acme/web', clone_url: 'https://git.example.com/acme/web.git' },
  sender: { login: 'octo' },
}
const read = (event: string, body: object, type = event) =>
  gitea.read(Buffer.from(JSON.stringify({ ...ABOUT, ...body })), {
    'x-gitea-event': event,
    'x-gitea-event-type': type,
  })

test('either of its signatures will do, and a wrong one of its own does not fall back on the other', () => {
  const raw = Buffer.from('{}')
  const hex = createHmac('sha256', 'it').update(raw).digest('hex')
  const isGood = (headers: Record<string, string>) => gitea.verify(raw, headers, 'it')
  expect(isGood({ 'x-gitea-signature': hex })).toBe(true)
  expect(isGood({ 'x-hub-signature-256': `sha256=${hex}` })).toBe(true)
  expect(isGood({ 'x-gitea-signature': '0'.repeat(64), 'x-hub-signature-256': `sha256=${hex}` })).toBe(false)
  expect(isGood({})).toBe(false)
})

test('a push says not all that changed, so that it has to be asked', () => {
  const commits = [{ id: B, message: 'Mend it', added: ['x'], removed: [], modified: [] }]
  const body = { ref: 'refs/heads/main', before: A, after: B, commits, pusher: { login: 'pusher' } }
  expect(read('push', body)).toEqual([
    {
      kind: 'push',
      repository: 'acme/web',
      repositoryUrl: 'https://git.example.com/acme/web.git',
      sender: 'octo',
      branch: 'main',
      before: A,
      after: B,
      created: false,
      deleted: false,
      forced: false,
      headMessage: 'Mend it',
      changedFiles: 'unknown',
      pusher: 'pusher',
    },
  ])
})

test('tags, deleted branches and deleted tags', () => {
  // Of a tag with a note, `after` is the tag itself.
  const tag = { ref: 'refs/tags/v1', before: '0'.repeat(40), after: A }
  const head = { head_commit: { id: B } }
  expect(read('push', { ...tag, ...head })).toMatchObject([{ kind: 'tag', tag: 'v1', commit: B }])
  expect(read('push', tag)).toHaveProperty('ignored')
  expect(read('delete', { ref: 'topic', ref_type: 'branch' })).toMatchObject([
    { kind: 'push', branch: 'topic', deleted: true, after: undefined },
  ])
  expect(read('delete', { ref: 'v1', ref_type: 'tag' })).toMatchObject([{ kind: 'tag', commit: undefined }])
  expect(read('create', { ref: 'topic', ref_type: 'branch' })).toHaveProperty('ignored')
})

const pullRequest = (more: object = {}) => ({
  number: 3,
  title: 'Mend it',
  html_url: 'https://git.example.com/acme/web/pulls/3',
  user: { login: 'octo' },
  state: 'open',
  merged: false,
  head: { sha: B, ref: 'topic', repo: { full_name: 'acme/web' } },
  base: { sha: A, ref: 'main', repo: { full_name: 'acme/web' } },
  labels: [{ name: 'preview' }],
  ...more,
})

test('pull requests, by Gitea’s own words', () => {
  for (const [word, action] of [
    ['opened', 'opened'],
    ['synchronized', 'updated'],
    ['label_updated', 'labeled'],
    ['closed', 'closed'],
  ]) {
    expect(read('pull_request', { action: word, pull_request: pullRequest() })).toMatchObject([
      { kind: 'pull-request', action, pullRequest: { number: 3, isFork: false, labels: ['preview'] } },
    ])
  }
  expect(read('pull_request', { action: 'assigned', pull_request: pullRequest() })).toHaveProperty('ignored')
})

test('drafts by a field, or by the title where there is none; a fork, also when it is gone', () => {
  const facts = (more: object) => {
    const found = read('pull_request', { action: 'opened', pull_request: pullRequest(more) })
    return 'ignored' in found || found[0]?.kind !== 'pull-request' ? undefined : found[0].pullRequest
  }
  expect(facts({})).toMatchObject({ draft: false })
  expect(facts({ draft: true })).toMatchObject({ draft: true })
  expect(facts({ title: 'WIP: mend it' })).toMatchObject({ draft: true })
  const head = (repo: object | null) => ({ head: { sha: B, ref: 'refs/pull/3/head', repo } })
  expect(facts(head({ full_name: 'mallory/web' }))).toMatchObject({ isFork: true })
  expect(facts(head(null))).toMatchObject({ isFork: true, headRepository: undefined })
})

test('a comment counts on a pull request, and a review approves the commit that it names', () => {
  const comment = { id: 9, body: '/daypass approve', user: { login: 'octo' } }
  const said = { action: 'created', issue: { number: 3 }, comment }
  expect(read('issue_comment', { ...said, is_pull: true })).toMatchObject([
    { kind: 'comment', pullRequest: 3, author: 'octo', body: '/daypass approve', commentId: '9' },
  ])
  expect(read('issue_comment', said)).toHaveProperty('ignored')
  const review = { action: 'reviewed', pull_request: pullRequest(), review: { content: 'Good.' } }
  const type = 'pull_request_review_approved'
  expect(read('pull_request_approved', { ...review, commit_id: B }, type)).toMatchObject([
    { approvedCommit: B },
  ])
  // Of which commit it speaks, it does not say.
  expect(read('pull_request_approved', review, type)).toMatchObject([{ approvedCommit: undefined }])
  expect(read('pull_request_rejected', { ...review, commit_id: B })).toMatchObject([
    { approvedCommit: undefined },
  ])
})

test.each(['', 'null', '[]', '{', '{"repository":{"full_name":"x"}}'])('no delivery: %s', (body) => {
  expect(gitea.read(Buffer.from(body), { 'x-gitea-event': 'push' })).toHaveProperty('ignored')
})
