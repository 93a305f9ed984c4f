import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  commit,
  createGitWorld,
  type GitWorld,
  type PullRequest,
  pullRequestJson,
} from '../../../test/harness/git-world.ts'

let git: GitWorld
beforeAll(async () => {
  git = await createGitWorld()
})
afterAll(() => git.close())
beforeEach(async () => {
  await git.clear()
  await git.addStack('prod', { previewPullRequests: true })
  git.permissions.set('octo', 'write')
})

const ONE: PullRequest = { number: 7, head: commit('a') }
const statuses = async () =>
  (
    await git.world.db.query<{ status: string; failure_code: string | null }>(
      'select status, failure_code from deployments order by seq',
    )
  ).rows

test('a pull request of somebody who may write is previewed at its head', async () => {
  await git.pullRequest('opened', ONE)
  await git.settled()
  expect(await git.deployments()).toEqual([
    {
      stack: 'prod',
      operation: 'preview',
      trigger: 'pull-request',
      initiator: 'octo',
      commit: commit('a'),
      ref: 'refs/heads/topic',
    },
  ])
})

test('a newer head cancels the preview of the older one, and a closed pull request the last', async () => {
  await git.pullRequest('opened', ONE)
  await git.settled()
  await git.pullRequest('synchronize', { ...ONE, head: commit('b') })
  await git.settled()
  expect(await statuses()).toEqual([
    { status: 'failed', failure_code: 'cancelled' },
    { status: 'ready', failure_code: null },
  ])
  await git.pullRequest('closed', { ...ONE, head: commit('b'), state: 'closed' })
  await git.settled()
  expect((await statuses())[1]).toEqual({ status: 'failed', failure_code: 'cancelled' })
})

test('a head that comes back is previewed again', async () => {
  for (const head of ['a', 'b', 'a']) {
    await git.pullRequest('synchronize', { ...ONE, head: commit(head) })
    await git.settled()
  }
  expect((await git.deployments()).map((one) => one.commit)).toEqual(['a', 'b', 'a'].map(commit))
})

test('a pull request that is reopened is previewed anew, at the head that it had', async () => {
  await git.pullRequest('opened', ONE)
  await git.settled()
  await git.pullRequest('closed', { ...ONE, state: 'closed' })
  await git.settled()
  await git.pullRequest('reopened', ONE)
  await git.settled()
  expect((await statuses()).map(({ status }) => status)).toEqual(['failed', 'ready'])
  await git.pullRequest('edited', ONE)
  await git.settled()
  expect(await git.deployments()).toHaveLength(2)
})

test('what the event says of itself counts for nothing: the host is asked', async () => {
  const asTheHostHasIt = pullRequestJson({ ...ONE, headRepository: 'mallory/web' })
  git.fault = (path) => (path.endsWith('/pulls/7') ? Response.json(asTheHostHasIt) : undefined)
  await git.pullRequest('opened', ONE)
  await git.settled()
  expect(await git.deployments()).toEqual([])
})

test.each([
  ['a fork', { headRepository: 'mallory/web' }, 'from a fork'],
  ['a fork that is gone', { headRepository: null }, 'from a fork'],
  ['a bot', { author: 'renovate[bot]', authorType: 'Bot' as const }, 'is a bot'],
  ['somebody who may only read', { author: 'reader' }, 'may not write'],
  ['somebody unknown', { author: 'nobody' }, 'may not write'],
])('%s waits, and nothing is created', async (_who, more, why) => {
  git.permissions.set('reader', 'read')
  git.permissions.set('renovate[bot]', 'write')
  await git.pullRequest('opened', { ...ONE, ...more })
  await git.settled()
  expect(await git.deployments()).toEqual([])
  const [delivery] = await git.deliveries()
  expect(delivery?.stacks).toMatchObject([{ result: 'waits', message: expect.stringContaining(why) }])
})

test('whose permission cannot be asked, is a stranger', async () => {
  git.fault = (path) =>
    path.includes('/collaborators/') ? new Response('{"message":"no"}', { status: 403 }) : undefined
  await git.pullRequest('opened', ONE)
  await git.settled()
  expect(await git.deployments()).toEqual([])
  expect((await git.deliveries())[0]?.stacks[0]).toMatchObject({ result: 'waits' })
})

test('a draft, another base and a filtered one are not previewed', async () => {
  await git.clear()
  await git.addStack('prod', { previewPullRequests: true, paths: ['infra/**'] })
  git.permissions.set('octo', 'write')
  git.pullRequestFiles.set(7, ['docs/x'])
  await git.pullRequest('opened', ONE)
  await git.pullRequest('opened', { ...ONE, number: 8, draft: true })
  await git.pullRequest('opened', { ...ONE, number: 9, base: 'develop' })
  await git.settled()
  expect(await git.deployments()).toEqual([])
  expect((await git.deliveries()).map(({ notConcerned }) => notConcerned)).toEqual([
    { other_base_branch: 1 },
    { pull_request_draft: 1 },
    { no_file_matches: 1 },
  ])
})
