import { expect, test } from 'vitest'
import type {
  CommitId,
  HostLogin,
  KnownEvent,
  PullRequestEvent,
  PullRequestFacts,
  Push,
  RepositoryName,
} from '../git-events/git-event.ts'
import type { StoredSettings } from '../settings/settings.ts'
import { decideReviewStack } from './review-rules.ts'
import { decideFor, deciderOf } from './rules.ts'
import { stackRuleOf } from './stack-rule.ts'

const BEFORE = 'b'.repeat(40) as CommitId
const AFTER = 'a'.repeat(40) as CommitId
const ABOUT = {
  repository: 'acme/shop' as RepositoryName,
  repositoryUrl: 'https://git.example.com/acme/shop.git',
  sender: 'alice' as HostLogin,
}

function rule(block: object = {}, { branch = 'main', tags = {} }: { branch?: string; tags?: object } = {}) {
  const settings: StoredSettings = {
    sourceContext: { git: { branch, repoDir: 'infra' } },
    gitHub: {
      repository: 'acme/shop',
      deployCommits: true,
      deployTags: true,
      previewPullRequests: true,
      ...block,
    },
  }
  const read = stackRuleOf(settings, tags as Record<string, string>)
  if (read === undefined) throw new Error('no rule')
  return read
}

function push(more: Partial<Push> = {}): Push {
  return {
    ...ABOUT,
    kind: 'push',
    branch: 'main',
    before: BEFORE,
    after: AFTER,
    created: false,
    deleted: false,
    forced: false,
    headMessage: 'Mend it',
    changedFiles: ['infra/main.ts'],
    pusher: 'alice' as HostLogin,
    ...more,
  }
}

function pullRequest(
  action: PullRequestEvent['action'] = 'opened',
  more: Partial<PullRequestFacts> = {},
): PullRequestEvent {
  return {
    ...ABOUT,
    kind: 'pull-request',
    action,
    pullRequest: {
      number: 7,
      title: 'Mend it',
      url: 'https://git.example.com/acme/shop/pulls/7',
      author: 'alice' as HostLogin,
      authorIsBot: false,
      draft: false,
      state: action === 'closed' ? 'closed' : 'open',
      merged: false,
      headCommit: AFTER,
      headBranch: 'mend',
      headRepository: ABOUT.repository,
      isFork: false,
      baseBranch: 'main',
      baseCommit: BEFORE,
      labels: [],
      changedFiles: ['infra/main.ts'],
      ...more,
    },
  }
}

const tag = (name: string, commit?: CommitId): KnownEvent => ({
  ...ABOUT,
  kind: 'tag',
  tag: name,
  commit,
})
const ignored = (code: string) => ({ ignored: code, sentence: expect.stringMatching(/^[A-Z].*[.)"]$/s) })

test('a push to the branch deploys exactly its commit', () => {
  expect(decideFor(push(), rule())).toEqual({
    deploy: 'update',
    event: 'push',
    branch: 'main',
    ref: 'refs/heads/main',
    commit: AFTER,
    triggerKey: `push:refs/heads/main:${BEFORE}:${AFTER}`,
    note: undefined,
  })
})

test.each(['main', 'refs/heads/main'])('the branch may be written %s', (branch) => {
  expect(decideFor(push(), rule({}, { branch }))).toMatchObject({ deploy: 'update' })
})

test.each([
  ['main', 'mainline', 'other_branch'],
  ['main', 'Main', 'other_branch'],
  ['release/1', 'release', 'other_branch'],
  ['refs/tags/main', 'main', 'no_branch'],
  ['refs/pull/1/head', 'refs/pull/1/head', 'no_branch'],
])('settings of branch %s and a push to %s: %s', (branch, pushed, code) => {
  expect(decideFor(push({ branch: pushed }), rule({}, { branch }))).toEqual(ignored(code))
})

test('a stack without a branch in its settings says what is missing', () => {
  const settings: StoredSettings = { gitHub: { repository: 'acme/shop', deployCommits: true } }
  const unbranched = stackRuleOf(settings, {})
  expect(unbranched && decideFor(push(), unbranched)).toEqual(ignored('no_branch'))
})

test('a flag that is not there is off, as clients leave out what is false', () => {
  const off = rule({ deployCommits: undefined, deployTags: undefined, previewPullRequests: undefined })
  expect(decideFor(push(), off)).toEqual(ignored('commits_not_deployed'))
  expect(decideFor(tag('v1', AFTER), off)).toEqual(ignored('tags_not_deployed'))
  expect(decideFor(pullRequest(), off)).toEqual(ignored('pull_requests_not_previewed'))
})

test('a stack that no repository is connected to has no rule, and the vcs block counts like gitHub', () => {
  const git = { branch: 'main', repoUrl: 'https://git.example.com/a/b' }
  expect(stackRuleOf({ sourceContext: { git } }, {})).toBeUndefined()
  expect(stackRuleOf({ gitHub: { deployCommits: true } }, {})).toBeUndefined()
  const vcs = { provider: 'gitlab', repository: 'a/b', deployCommits: true, paths: ['x', '', 7] }
  expect(stackRuleOf({ vcs }, {})).toMatchObject({
    deployCommits: true,
    paths: { includes: [{ text: 'x' }] },
  })
})

test('path filters choose the stacks of a monorepo, each by itself', () => {
  const decide = deciderOf(push({ changedFiles: ['stacks/web/main.ts', 'docs/web.md'] }))
  expect(decide(rule({ paths: ['stacks/web/**'] }))).toMatchObject({ deploy: 'update', note: undefined })
  expect(decide(rule({ paths: ['stacks/api/**'] }))).toEqual(ignored('no_file_matches'))
  expect(decide(rule({ paths: ['docs/**', '!**/*.md'] }))).toEqual(ignored('no_file_matches'))
  expect(decide(rule())).toMatchObject({ deploy: 'update' })
})

test('the folder that is deployed does not filter', () => {
  expect(decideFor(push({ changedFiles: ['elsewhere/a'] }), rule())).toMatchObject({ deploy: 'update' })
})

test.each([
  ['is not known', { changedFiles: 'unknown' as const }],
  ['was cut off', { changedFiles: Array.from({ length: 300 }, (_, at) => `docs/${at}`) }],
  ['is that of a force push, which lacks what was lost', { changedFiles: ['docs/a'], forced: true }],
])('a list of files that %s may match, and the note says so', (_, more) => {
  const decision = decideFor(push(more), rule({ paths: ['infra/**'] }))
  expect(decision).toMatchObject({ deploy: 'update', note: expect.stringContaining('may match') })
  expect(decideFor(push(more), rule())).toMatchObject({ deploy: 'update', note: undefined })
})

test('a host whose lists are whole is believed', () => {
  const changedFiles = Array.from({ length: 1_000 }, (_, at) => `docs/${at}`)
  const options = { listedAtMost: Number.POSITIVE_INFINITY }
  expect(decideFor(push({ changedFiles }), rule({ paths: ['infra/**'] }), options)).toEqual(
    ignored('no_file_matches'),
  )
})

test('a new branch deploys, also by the first push to a repository', () => {
  const created = push({ before: undefined, created: true, changedFiles: 'unknown' })
  expect(decideFor(created, rule())).toMatchObject({
    deploy: 'update',
    triggerKey: `push:refs/heads/main::${AFTER}`,
  })
})

test('a force push deploys what the branch has now', () => {
  expect(decideFor(push({ forced: true }), rule({ paths: ['infra/**'] }))).toMatchObject({
    deploy: 'update',
    commit: AFTER,
    note: undefined,
  })
})

test('a deleted branch and a deleted tag deploy nothing', () => {
  const decision = decideFor(push({ after: undefined, deleted: true }), rule())
  expect(decision).toEqual(ignored('branch_deleted'))
  expect(decideFor(push({ deleted: true }), rule())).toEqual(ignored('branch_deleted'))
  expect(decideFor(tag('v1'), rule())).toEqual(ignored('tag_deleted'))
})

test('a renamed default branch deploys nothing until the settings name it, and says so', () => {
  const renamed = [
    push({ after: undefined, deleted: true }),
    push({ branch: 'trunk', before: undefined, created: true }),
  ]
  const [gone, made] = renamed.map((event) => decideFor(event, rule()))
  expect(gone).toMatchObject({
    ignored: 'branch_deleted',
    sentence: expect.stringContaining('If it was renamed'),
  })
  expect(made).toEqual(ignored('other_branch'))
  expect(decideFor(push({ branch: 'trunk' }), rule({}, { branch: 'trunk' }))).toMatchObject({
    deploy: 'update',
  })
})

test('words in the message of the last commit skip a push, and nothing else', () => {
  const headMessage = 'Mend the readme [skip ci]'
  expect(decideFor(push({ headMessage }), rule())).toEqual(ignored('skip_words'))
  expect(decideFor(pullRequest('opened', { title: headMessage }), rule())).toMatchObject({
    deploy: 'preview',
  })
  expect(decideFor(tag('v1', AFTER), rule())).toMatchObject({ deploy: 'update' })
})

test('tags pass tagFilters by the rules of path filters', () => {
  const filtered = rule({ tagFilters: ['v*', '!v*-rc*'] })
  expect(decideFor(tag('v1.2.0', AFTER), filtered)).toEqual({
    deploy: 'update',
    event: 'tag',
    tag: 'v1.2.0',
    ref: 'refs/tags/v1.2.0',
    commit: AFTER,
    triggerKey: `tag:v1.2.0:${AFTER}`,
    note: undefined,
  })
  expect(decideFor(tag('v1.2.0-rc1', AFTER), filtered)).toEqual(ignored('tag_does_not_match'))
  expect(decideFor(tag('nightly/1', AFTER), filtered)).toEqual(ignored('tag_does_not_match'))
  expect(decideFor(tag('anything/at/all', AFTER), rule())).toMatchObject({ deploy: 'update' })
})

test('tag filters that take too long deploy nothing', () => {
  const tagFilters = Array.from({ length: 100 }, () => `!*${'a'.repeat(120)}{b,c,d,e}?`)
  expect(decideFor(tag('a'.repeat(250), AFTER), rule({ tagFilters }))).toEqual(ignored('tag_does_not_match'))
})

test('filters that cannot be read deploy nothing, and are named', () => {
  const decision = decideFor(push(), rule({ paths: ['infra/'] }))
  expect(decision).toMatchObject({
    ignored: 'bad_filter',
    sentence: expect.stringContaining('"infra/" ends with'),
  })
  expect(decideFor(tag('v1', AFTER), rule({ tagFilters: ['{'] }))).toMatchObject({ ignored: 'bad_filter' })
})

test('a pull request for the branch is previewed at its head', () => {
  expect(decideFor(pullRequest(), rule())).toEqual({
    deploy: 'preview',
    event: 'pull-request',
    pullRequest: 7,
    commit: AFTER,
    triggerKey: `pr:7:${AFTER}:main`,
    note: undefined,
  })
})

test.each(['opened', 'updated', 'reopened', 'edited', 'ready'] as const)('%s previews', (action) => {
  expect(decideFor(pullRequest(action), rule())).toMatchObject({ deploy: 'preview' })
})

test('closing and labels preview nothing', () => {
  expect(decideFor(pullRequest('closed', { merged: true }), rule())).toEqual(ignored('pull_request_closed'))
  expect(decideFor(pullRequest('updated', { state: 'closed' }), rule())).toEqual(
    ignored('pull_request_closed'),
  )
  expect(decideFor(pullRequest('labeled'), rule())).toEqual(ignored('pull_request_unchanged'))
})

test('a draft waits until it is ready, unless a tag of the stack says otherwise', () => {
  const draft = pullRequest('updated', { draft: true })
  expect(decideFor(draft, rule())).toEqual(ignored('pull_request_draft'))
  expect(decideFor(pullRequest('ready'), rule())).toMatchObject({ deploy: 'preview' })
  const eager = rule({}, { tags: { 'daypass:previewDrafts': 'true' } })
  expect(decideFor(draft, eager)).toMatchObject({ deploy: 'preview' })
})

test('retargeting away from the branch previews nothing, towards it previews anew', () => {
  expect(decideFor(pullRequest('edited', { baseBranch: 'next' }), rule())).toEqual(
    ignored('other_base_branch'),
  )
  const [main, next] = ['main', 'next'].map((branch) =>
    decideFor(pullRequest('edited', { baseBranch: branch }), rule({}, { branch })),
  )
  expect(main).toMatchObject({ triggerKey: `pr:7:${AFTER}:main` })
  expect(next).toMatchObject({ triggerKey: `pr:7:${AFTER}:next` })
})

test('path filters judge all that a pull request changes', () => {
  const docs = pullRequest('opened', { changedFiles: ['docs/a.md'] })
  expect(decideFor(docs, rule({ paths: ['infra/**'] }))).toEqual(ignored('no_file_matches'))
  const unknown = pullRequest('opened', { changedFiles: 'unknown' })
  expect(decideFor(unknown, rule({ paths: ['infra/**'] }))).toMatchObject({
    deploy: 'preview',
    note: expect.stringContaining('may match'),
  })
})

test('comments and pings are no triggers', () => {
  expect(decideFor({ kind: 'ping', events: [] }, rule())).toEqual(ignored('not_a_trigger'))
})

test('a review stack is made for a pull request with one of the labels', () => {
  const template = rule({ pullRequestTemplate: true, reviewStackLabels: ['try', 'demo'] })
  const labelled = (action: PullRequestEvent['action'], ...labels: string[]) =>
    decideReviewStack(pullRequest(action, { labels }), template, false)
  expect(labelled('opened', 'demo', 'x')).toEqual({
    review: 'create',
    pullRequest: 7,
    commit: AFTER,
    note: undefined,
  })
  expect(labelled('labeled', 'try')).toMatchObject({ review: 'create' })
  expect(labelled('opened')).toEqual(ignored('no_label_matches'))
  expect(labelled('opened', 'Demo')).toEqual(ignored('no_label_matches'))
  const all = rule({ pullRequestTemplate: true })
  expect(decideReviewStack(pullRequest(), all, false)).toMatchObject({ review: 'create' })
  expect(decideReviewStack(pullRequest(), rule(), false)).toEqual(ignored('no_template'))
})

test('base branch, drafts and path filters keep a pull request from a review stack', () => {
  const template = rule({ pullRequestTemplate: true, paths: ['infra/**'] })
  const decide = (more: Partial<PullRequestFacts>) =>
    decideReviewStack(pullRequest('opened', more), template, false)
  expect(decide({ baseBranch: 'next' })).toEqual(ignored('other_base_branch'))
  expect(decide({ draft: true })).toEqual(ignored('pull_request_draft'))
  expect(decide({ changedFiles: ['docs/a'] })).toEqual(ignored('no_file_matches'))
})

test('a review stack that stands follows its pull request and goes with it, whatever the settings say by then', () => {
  const off = rule({ paths: ['nothing'], reviewStackLabels: ['x'] })
  const decide = (action: PullRequestEvent['action'], more: Partial<PullRequestFacts> = {}) =>
    decideReviewStack(pullRequest(action, more), off, true)
  expect(decide('updated', { baseBranch: 'next' })).toMatchObject({ review: 'update', commit: AFTER })
  expect(decide('labeled')).toEqual(ignored('pull_request_unchanged'))
  expect(decide('closed', { merged: true })).toEqual({ review: 'destroy', pullRequest: 7 })
  expect(decide('closed')).toEqual({ review: 'destroy', pullRequest: 7 })
})
