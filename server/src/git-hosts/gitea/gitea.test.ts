// What a real Gitea 1.26 sent (test/gitea-harness.test.ts records it), as internal events.
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { gitea } from './gitea.ts'

const FIXTURES = new URL('fixtures/', import.meta.url)
const commit = (at: number) => String(at).repeat(40)
const ABOUT = { repository: 'acme/shop', repositoryUrl: 'https://git.example.com/acme/shop.git' }
const PULL_REQUEST = {
  number: 1,
  title: 'A feature',
  author: 'alice',
  draft: false,
  state: 'open',
  merged: false,
  headBranch: 'feature',
  headRepository: 'acme/shop',
  isFork: false,
  baseBranch: 'main',
  labels: [],
  changedFiles: 'unknown',
}

function eventOf(name: string): unknown {
  const { headers, body } = JSON.parse(readFileSync(new URL(`${name}.json`, FIXTURES), 'utf8'))
  const read = gitea.read(Buffer.from(JSON.stringify(body)), headers)
  return 'ignored' in read ? read : read[0]
}

const push = (more: object) => ({
  ...ABOUT,
  kind: 'push',
  branch: 'main',
  created: false,
  deleted: false,
  changedFiles: 'unknown',
  sender: 'alice',
  ...more,
})
const pullRequest = (action: string, more: object = {}) => ({
  ...ABOUT,
  kind: 'pull-request',
  action,
  pullRequest: { ...PULL_REQUEST, ...more },
})

test.each<[string, object]>([
  ['push-first', push({ before: undefined, after: commit(1), created: true, headMessage: 'Begin\n' })],
  ['push', push({ before: commit(1), after: commit(2), headMessage: 'Commit 3\n\n[skip ci]\n' })],
  ['push-new-branch', push({ branch: 'feature', before: undefined, created: true, pusher: 'alice' })],
  ['push-forced', push({ branch: 'feature', before: commit(1), after: commit(2) })],
  ['branch-deleted', push({ branch: 'feature', before: undefined, after: undefined, deleted: true })],
  // Of a tag with a note, `after` is the tag itself.
  ['tag', { ...ABOUT, kind: 'tag', tag: 'v1.0.0', commit: commit(2) }],
  ['tag-deleted', { ...ABOUT, kind: 'tag', tag: 'v1.0.0', commit: undefined }],
  ['pull-request-opened', pullRequest('opened')],
  ['pull-request-updated', pullRequest('updated')],
  ['pull-request-draft', pullRequest('edited', { title: 'WIP: A feature', draft: true })],
  ['pull-request-ready', pullRequest('edited')],
  ['pull-request-retargeted', pullRequest('edited', { baseBranch: 'next' })],
  ['pull-request-retargeted-back', pullRequest('edited')],
  ['pull-request-labeled', pullRequest('labeled', { labels: ['try'] })],
  ['pull-request-closed', pullRequest('closed', { state: 'closed', labels: ['try'] })],
  ['pull-request-reopened', pullRequest('reopened', { labels: ['try'] })],
  ['pull-request-merged', pullRequest('closed', { state: 'closed', merged: true, labels: ['try'] })],
  [
    'fork-opened',
    pullRequest('opened', {
      number: 2,
      title: 'Please',
      author: 'mallory',
      headBranch: 'evil',
      headRepository: 'mallory/shop',
      isFork: true,
    }),
  ],
  ['comment', { kind: 'comment', pullRequest: 1, author: 'bob', body: '/daypass approve 0123456789ab' }],
  // Gitea leaves the commit empty (its API says it): the event alone approves nothing.
  ['fork-approved', { kind: 'comment', pullRequest: 2, author: 'bob', approvedCommit: undefined }],
  ['fork-rejected', { kind: 'comment', pullRequest: 2, author: 'bob', approvedCommit: undefined }],
])('%s', (name, event) => {
  expect(eventOf(name)).toMatchObject(event)
})

test('every delivery that was recorded is read above', () => {
  const names = readdirSync(FIXTURES).map((file) => file.replace(/\.json$/, ''))
  expect(names).toHaveLength(21)
  for (const name of names) expect(eventOf(name)).toHaveProperty('kind')
})
