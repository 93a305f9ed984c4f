/** What an approval is good for: exactly the commit, for exactly the branch that it was given for. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { commit, createGitWorld, type GitWorld, type PullRequest } from '../../../test/harness/git-world.ts'

let git: GitWorld
beforeAll(async () => {
  git = await createGitWorld()
})
afterAll(() => git.close())
beforeEach(async () => {
  await git.clear()
  await git.world.db.query('delete from audit_log')
  await git.addStack('prod', { previewPullRequests: true })
  git.permissions.set('octo', 'write')
  await git.pullRequest('opened', FORK)
  await git.settled()
  expect(await git.deployments()).toEqual([])
})

const [HEAD, NEXT] = ['a', 'b'].map(commit) as [string, string]
const FORK: PullRequest = { number: 7, head: HEAD, author: 'mallory', headRepository: 'mallory/web' }
const approve = (what = HEAD) => `/daypass approve ${what}`
const APPROVALS = '/api/daypass/orgs/acme/git-hosts/hub/approvals'

async function push(pullRequest: Partial<PullRequest>, action = 'synchronize'): Promise<void> {
  await git.pullRequest(action, { ...FORK, ...pullRequest })
  await git.settled()
}

async function say(body: string, by = 'octo'): Promise<void> {
  await git.comment(7, { by, body })
  await git.settled()
}

const previewed = async () => (await git.deployments()).map((one) => `${one.stack} ${one.commit.slice(0, 2)}`)
const audited = async () =>
  (
    await git.world.db.query<{ actor: string; target: string; details: unknown }>(
      `select actor, target, details from audit_log where action = 'pull_request.approved' order by seq`,
    )
  ).rows

test('a comment of somebody who may write lets exactly that commit be previewed, and is on record', async () => {
  await say(`  ${approve()}\n`)
  expect(await git.deployments()).toEqual([
    {
      stack: 'prod',
      operation: 'preview',
      trigger: 'pull-request',
      initiator: 'mallory',
      commit: HEAD,
      ref: 'refs/heads/topic',
    },
  ])
  const details = { commit: HEAD, baseBranch: 'main', author: 'mallory' }
  expect(await audited()).toEqual([
    {
      actor: 'git:hub:octo',
      target: 'hub acme/web#7',
      details: { ...details, approvedBy: 'octo', through: 'comment' },
    },
  ])
})

test('the status that its preview will have says what it waits for', async () => {
  const statuses = async () =>
    (
      await git.world.db.query(
        'select context, state, description, pull_request, deployment_id from git_statuses where commit = $1',
        [HEAD],
      )
    ).rows
  const context = 'daypass/acme/web/prod (preview)'
  expect(await statuses()).toEqual([
    {
      ...{ context, state: 'pending', pull_request: 7, deployment_id: null },
      description: `From a fork: somebody with write access has to comment: /daypass approve ${HEAD}`,
    },
  ])
  await say(approve())
  expect(await statuses()).toMatchObject([
    { context, state: null, pull_request: 7, deployment_id: expect.any(String) },
  ])
})

test('so does an approving review of exactly that commit', async () => {
  await git.review(7, { by: 'octo', commit: HEAD })
  await git.settled()
  expect(await previewed()).toEqual(['prod aa'])
  expect((await audited())[0]).toMatchObject({ details: { through: 'review' } })
})

test('so does an admin here, and nobody else', async () => {
  const body = { repository: 'acme/web', pullRequest: 7, commit: HEAD }
  expect(await git.world.call('POST', APPROVALS, { body, token: git.world.tokens.member })).toMatchObject({
    status: 403,
  })
  expect(await git.world.call('POST', APPROVALS, { body: { ...body, commit: NEXT } })).toMatchObject({
    status: 409,
    body: { message: expect.stringContaining(`is ${HEAD} now`) },
  })
  const { status } = await git.world.call('POST', APPROVALS, {
    body: { ...body, commit: HEAD.slice(0, 12) },
  })
  expect(status).toBe(400)
  expect(await git.deployments()).toEqual([])
  for (let times = 0; times < 2; times += 1) {
    expect(await git.world.call('POST', APPROVALS, { body })).toMatchObject({
      status: 201,
      body: { ...body, baseBranch: 'main', author: 'mallory' },
    })
  }
  await git.settled()
  expect(await previewed()).toEqual(['prod aa'])
  expect(await audited()).toMatchObject([{ actor: 'user:admin', details: { through: 'admin' } }])
})

test('a host that does not answer an admin has approved nothing', async () => {
  git.fault = () => new Response('', { status: 500 })
  const body = { repository: 'acme/web', pullRequest: 7, commit: HEAD }
  expect(await git.world.call('POST', APPROVALS, { body })).toMatchObject({ status: 409 })
  expect(await audited()).toEqual([])
})

test('a later push waits again, until it is approved itself', async () => {
  await say(approve())
  await push({ head: NEXT })
  expect(await previewed()).toEqual(['prod aa'])
  expect((await git.deliveries())[0]?.stacks).toMatchObject([{ result: 'waits' }])
  await say(approve(NEXT))
  expect(await previewed()).toEqual(['prod aa', 'prod bb'])
})

test('what is approved for one branch is not approved for another', async () => {
  await git.addStack('develop', { previewPullRequests: true, branch: 'develop' })
  await say(approve())
  await push({ base: 'develop' }, 'edited')
  expect(await previewed()).toEqual(['prod aa'])
  expect((await git.deliveries())[0]?.stacks).toMatchObject([{ stack: 'acme/web/develop', result: 'waits' }])
  await say(approve())
  expect(await previewed()).toEqual(['prod aa', 'develop aa'])
})

test('a pull request that was retargeted unheard of is approved by the second word, when it has been seen', async () => {
  await git.addStack('develop', { previewPullRequests: true, branch: 'develop' })
  git.pullRequests.set(7, { ...FORK, base: 'develop' })
  await say(approve())
  expect(await previewed()).toEqual([])
  await say(approve())
  expect(await previewed()).toEqual(['develop aa'])
})

test('a bot that may write is trusted with what a person approved', async () => {
  git.permissions.set('renovate[bot]', 'write')
  await push({ author: 'renovate[bot]', authorType: 'Bot', headRepository: 'acme/web' })
  expect(await previewed()).toEqual([])
  await say(approve())
  expect(await previewed()).toEqual(['prod aa'])
})

test('an approval that is delivered twice, or sent again after a push, deploys nothing more', async () => {
  const twice = { by: 'octo', body: approve(), id: 'b0a7d0de-0000-4000-8000-000000000001' }
  await git.comment(7, twice)
  await git.comment(7, twice)
  await git.settled()
  const [delivery] = await git.deliveries()
  await push({ head: NEXT })
  await git.redeliver(delivery?.id ?? '')
  await git.settled()
  expect(await previewed()).toEqual(['prod aa'])
})

test('whoever was trusted when it was previewed is not asked for an approval by an edited title', async () => {
  await push({ number: 8, author: 'octo', headRepository: 'acme/web' }, 'opened')
  git.permissions.set('octo', 'none')
  await push({ number: 8, author: 'octo', headRepository: 'acme/web', title: 'Other' }, 'edited')
  expect((await git.deliveries())[0]?.stacks).toMatchObject([{ result: 'deployed-before' }])
})

test('a close that nobody told us of is found, and cancels what waits', async () => {
  await say(approve())
  git.pullRequests.set(7, { ...FORK, state: 'closed' })
  expect(await git.sweepPullRequests()).toBe(1)
  expect(await git.sweepPullRequests()).toBe(0)
  await git.settled()
  expect((await git.world.db.query('select status, failure_code from deployments')).rows).toEqual([
    { status: 'failed', failure_code: 'cancelled' },
  ])
  expect((await git.world.db.query('select state from pull_requests')).rows).toEqual([{ state: 'closed' }])
  expect(await git.sweepPullRequests()).toBe(0)
})

test('a pull request that is gone with its host’s database is closed', async () => {
  await say(approve())
  git.pullRequests.clear()
  expect(await git.sweepPullRequests()).toBe(1)
  await git.settled()
  expect((await git.world.db.query('select state from pull_requests')).rows).toEqual([{ state: 'closed' }])
  expect((await git.world.db.query('select status from deployments')).rows).toEqual([{ status: 'failed' }])
})

test('a push to a pull request that nobody told us of is found, and waits', async () => {
  git.pullRequests.set(7, { ...FORK, head: NEXT })
  expect(await git.sweepPullRequests()).toBe(1)
  await git.settled()
  expect((await git.deliveries())[0]).toMatchObject({ origin: 'daypass', stacks: [{ result: 'waits' }] })
  git.fault = () => new Response('', { status: 500 })
  expect(await git.sweepPullRequests()).toBe(0)
})
