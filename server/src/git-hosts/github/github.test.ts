import { createHmac } from 'node:crypto'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import type { GitEvent } from '../../git-events/git-event.ts'
import { github } from './github.ts'

interface Example {
  readonly name: string
  readonly examples: readonly Readonly<Record<string, unknown>>[]
}

// GitHub's own examples, as it publishes them.
const EXAMPLES: readonly Example[] = createRequire(import.meta.url)('@octokit/webhooks-examples')
const examplesOf = (name: string) => EXAMPLES.find((one) => one.name === name)?.examples ?? []
const read = (name: string, body: unknown) =>
  github.read(Buffer.from(JSON.stringify(body)), { 'x-github-event': name })
const events = (name: string): GitEvent[] =>
  examplesOf(name).flatMap((one) => {
    const found = read(name, one)
    return 'ignored' in found ? [] : found
  })

test('every example of every event is read or ignored with a sentence, and none throws', () => {
  let count = 0
  for (const { name, examples } of EXAMPLES) {
    for (const example of examples) {
      const found = read(name, example)
      if ('ignored' in found) expect(found.ignored).toMatch(/^[A-Z].*\.$/)
      else expect(found).toHaveLength(1)
      count += 1
    }
  }
  expect(count).toBeGreaterThan(150)
})

test('pushes to branches and tags', () => {
  const about = {
    repository: 'Codertocat/Hello-World',
    repositoryUrl: 'https://github.com/Codertocat/Hello-World.git',
    sender: 'Codertocat',
  }
  const commit = '6113728f27ae82c7b1a177c8d03f9e96e0adf246'
  const found = events('push')
  expect(found).toHaveLength(7)
  expect(found[0]).toEqual({ kind: 'tag', ...about, tag: 'simple-tag', commit })
  expect(found[1]).toEqual({ kind: 'tag', ...about, tag: 'simple-tag', commit: undefined })
  expect(found[4]).toEqual({
    kind: 'push',
    ...about,
    branch: 'master',
    before: undefined,
    after: commit,
    created: true,
    deleted: false,
    forced: false,
    headMessage: 'Initial commit',
    changedFiles: 'unknown',
    pusher: 'Codertocat',
  })
})

const [branchPush] = examplesOf('push').filter(({ ref }) => ref === 'refs/heads/master')
const push = (more: object) => {
  const found = read('push', { ...branchPush, created: false, before: 'a'.repeat(40), ...more })
  const [event] = 'ignored' in found ? [] : found
  if (event?.kind !== 'push') throw new Error(JSON.stringify(found))
  return event
}

test('what changed is known from the commits of an ordinary push, and from no other', () => {
  const commits = [
    { added: ['a'], removed: ['b'], modified: [] },
    { added: [], removed: [], modified: ['a', 'c'] },
  ]
  expect(push({ commits }).changedFiles).toEqual(['a', 'b', 'c'])
  expect(push({ commits, forced: true }).changedFiles).toBe('unknown')
  expect(push({ commits, created: true }).changedFiles).toBe('unknown')
  expect(push({ commits: [] }).changedFiles).toBe('unknown')
  expect(push({ commits: [{ added: ['a'] }] }).changedFiles).toBe('unknown')
  expect(push({ commits: Array.from({ length: 2048 }, () => commits[0]) }).changedFiles).toBe('unknown')
})

test('a deleted branch has no commit', () => {
  expect(push({ deleted: true, after: '0'.repeat(40) })).toMatchObject({ deleted: true, after: undefined })
})

test('pull requests, and which of their events count', () => {
  const found = events('pull_request')
  expect(found.map((one) => one.kind === 'pull-request' && one.action)).toEqual(
    expect.arrayContaining(['opened', 'updated', 'reopened', 'labeled', 'ready', 'closed']),
  )
  expect(found[0]).toMatchObject({
    action: 'opened',
    pullRequest: {
      number: 2,
      title: 'Update the README with new information.',
      author: 'Codertocat',
      authorIsBot: false,
      draft: false,
      state: 'open',
      headCommit: 'ec26c3e57ca3a959ca5aad62de7213c562f8c821',
      headBranch: 'changes',
      isFork: false,
      baseBranch: 'master',
    },
  })
})

test('of whose head the host says nothing, is a fork', () => {
  const [example] = examplesOf('pull_request') as readonly { pull_request: { head: object } }[]
  const gone = { ...example?.pull_request, head: { ...example?.pull_request.head, repo: null } }
  expect(read('pull_request', { ...example, pull_request: gone })).toMatchObject([
    { pullRequest: { isFork: true, headRepository: undefined } },
  ])
})

test('a review approves the commit that it looked at', () => {
  const [example] = examplesOf('pull_request_review') as readonly { review: object }[]
  const commit = 'b'.repeat(40)
  const reviewed = (state: string) =>
    read('pull_request_review', { ...example, review: { ...example?.review, state, commit_id: commit } })
  expect(reviewed('approved')).toMatchObject([{ kind: 'comment', approvedCommit: commit }])
  expect(reviewed('commented')).toMatchObject([{ kind: 'comment', approvedCommit: undefined }])
})

test('a comment counts on a pull request, once, as it was written', () => {
  const [example] = examplesOf('issue_comment') as readonly { issue: object }[]
  const on = (more: object, action = 'created') =>
    read('issue_comment', { ...example, action, issue: { ...example?.issue, ...more } })
  expect(on({ pull_request: {} })).toMatchObject([{ kind: 'comment', author: 'Codertocat' }])
  expect(on({})).toEqual({ ignored: 'The comment is on an issue.' })
  expect(on({ pull_request: {} }, 'edited')).toEqual({ ignored: 'Only new comments count.' })
})

test('a signature is over the bytes, and everything else is none', () => {
  const raw = Buffer.from('{ "a": 1 }')
  const sign = (secret: string) => createHmac('sha256', secret).update(raw).digest('hex')
  const isGood = (given: string | undefined, bytes = raw, secret = 'it') =>
    github.verify(bytes, { 'x-hub-signature-256': given }, secret)
  expect(isGood(`sha256=${sign('it')}`)).toBe(true)
  expect(isGood(`sha256=${sign('it')}`, Buffer.from('{"a":1}'))).toBe(false)
  expect(isGood(`sha256=${sign('other')}`)).toBe(false)
  expect(isGood(sign('it'))).toBe(false)
  expect(isGood(`sha1=${sign('it')}`)).toBe(false)
  expect(isGood(`sha256=${sign('it')}0`)).toBe(false)
  expect(isGood('sha256=')).toBe(false)
  expect(isGood(undefined)).toBe(false)
  expect(isGood(`sha256=${sign('')}`, raw, '')).toBe(false)
})

test.each([
  '',
  'null',
  '[]',
  '{',
  '{"ref":1}',
  '{"repository":{"full_name":"../..","clone_url":"file:///etc"}}',
])('what is no delivery of GitHub is ignored: %s', (body) => {
  expect(github.read(Buffer.from(body), { 'x-github-event': 'push' })).toHaveProperty('ignored')
})
