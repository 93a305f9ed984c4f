import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { commit, createGitWorld, type GitWorld, type PullRequest } from '../../../test/harness/git-world.ts'

const [ONE, TWO, THREE] = ['a', 'b', 'c'].map(commit) as [string, string, string]
const REVIEW = 'pr-acme-web-7'
const PULL: PullRequest = { number: 7, head: ONE }
const OIDC = { aws: { roleArn: 'arn:aws:iam::123456789012:role/deploy', sessionName: 'review' } }
const SETTINGS = '/api/stacks/acme/web'
let git: GitWorld
beforeAll(async () => {
  git = await createGitWorld()
})
afterAll(() => git.close())
beforeEach(async () => {
  await git.clear()
  git.permissions.set('octo', 'write')
  await git.addStack('template', { pullRequestTemplate: true, deployCommits: false, paths: ['infra/**'] })
  git.pullRequestFiles.set(7, ['infra/Pulumi.yaml'])
})

async function pull(action: string, to: Partial<PullRequest> = {}): Promise<void> {
  await git.pullRequest(action, { ...PULL, ...to })
  await git.settled()
}
async function configure(body: object): Promise<void> {
  const answer = await git.world.call('POST', `${SETTINGS}/template/deployments/settings`, { body })
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200 })
}
const close = (to: Partial<PullRequest> = {}) => pull('closed', { state: 'closed', ...to })
const settingsOf = async (stack = REVIEW) =>
  (await git.world.call('GET', `${SETTINGS}/${stack}/deployments/settings`)).body
const exists = async (stack = REVIEW) => (await git.world.call('GET', `${SETTINGS}/${stack}`)).status === 200
const newest = async () => (await git.deliveries())[0]
/** Claims what waits and ends it, as a runner does; answers what it was. */
async function run(result: 'succeeded' | 'failed' = 'succeeded') {
  const job = await git.world.claim()
  if (!job) throw new Error('Nothing waits.')
  await git.world.job('POST', '/api/daypass/job/start', job.jobToken, {})
  const finished = await git.world.job('POST', '/api/daypass/job/finish', job.jobToken, {
    result,
    failure: null,
  })
  expect(finished.status).toBe(204)
  return job.job
}
const operations = async () =>
  (await git.deployments()).map(({ stack, operation, commit: at }) => [stack, operation, at])
const tokenOf = async (stack: string): Promise<boolean> => {
  const { rows } = await git.world.db.query('select from retired_stack_names where name = $1', [stack])
  return rows.length === 0
}

test('a review stack is made on open, updated on push, and destroyed and removed on close', async () => {
  await configure({
    operationContext: {
      oidc: OIDC,
      preRunCommands: ['true'],
      environmentVariables: { PLAIN: 'p', HIDDEN: { secret: 'hush' } },
    },
  })
  await pull('opened')
  expect(await git.deployments()).toEqual([
    {
      stack: REVIEW,
      operation: 'update',
      trigger: 'review-stack',
      initiator: 'octo',
      commit: ONE,
      ref: 'refs/heads/topic',
    },
  ])
  const settings = await settingsOf()
  expect(settings.operationContext.oidc).toBeUndefined()
  expect(settings).toMatchObject({
    source: 'github-review-stack',
    sourceContext: { git: { commit: ONE } },
    gitHub: { repository: 'acme/web', deployPullRequest: 7 },
    operationContext: { preRunCommands: ['true'], environmentVariables: { PLAIN: 'p' } },
  })
  const { rows } = await git.world.db.query(
    `select git ->> 'templateStack' as template, git ->> 'pullRequest' as number from deployments`,
  )
  expect(rows).toEqual([{ template: 'acme/web/template', number: '7' }])
  const job = await run()
  expect(job).toMatchObject({
    stack: REVIEW,
    operation: 'update',
    pullRequestNumber: 7,
    templateStack: 'template',
    identity: null,
    environment: [
      { name: 'PLAIN', value: 'p', secret: false },
      { name: 'HIDDEN', value: 'hush', secret: true },
    ],
  })

  await pull('synchronize', { head: TWO })
  await pull('synchronize', { head: TWO })
  await pull('synchronize', { head: THREE })
  expect((await settingsOf()).sourceContext.git.commit).toBe(THREE)
  expect((await operations()).slice(1)).toEqual([
    [REVIEW, 'update', TWO],
    [REVIEW, 'update', THREE],
  ])
  expect((await run()).source).toMatchObject({ commit: THREE })

  // A push together with the close: nobody has looked at that commit.
  await close({ head: TWO })
  expect((await operations()).at(-1)).toEqual([REVIEW, 'destroy', THREE])
  expect(await run()).toMatchObject({ operation: 'destroy', source: { commit: THREE } })
  expect(await exists()).toBe(false)
  expect(await exists('template')).toBe(true)
})

test('a reopened pull request has its stack again, under a name that is its own', async () => {
  await pull('opened')
  await run()
  await close()
  await pull('reopened')
  expect((await newest())?.stacks).toMatchObject([{ result: 'refused', message: /being destroyed/ }])
  await run()
  expect(await tokenOf(REVIEW)).toBe(false)
  await pull('labeled')
  expect((await operations()).at(-1)).toEqual([REVIEW, 'update', ONE])
  expect(await tokenOf(REVIEW)).toBe(true)
})

test('a name that somebody else gave up stays without a token', async () => {
  await git.world.addStack(REVIEW)
  await git.world.call('DELETE', `${SETTINGS}/${REVIEW}`)
  await pull('opened')
  expect((await newest())?.stacks).toMatchObject([
    { result: 'deployed', message: /no token until an organization admin releases/ },
  ])
  await run()
  await close()
  await run()
  await pull('reopened')
  expect((await operations()).at(-1)).toEqual([REVIEW, 'update', ONE])
  expect(await tokenOf(REVIEW)).toBe(false)
})

test('nobody’s stack is taken for a review stack', async () => {
  const theirs = await git.world.addStack(REVIEW)
  await pull('opened')
  expect(await operations()).toEqual([[`${REVIEW}-template`, 'update', ONE]])
  await close()
  await run().catch(() => undefined)
  const { rows } = await git.world.db.query('select from stacks where id = $1', [theirs])
  expect(rows).toHaveLength(1)
})

test('a close that nobody told of is found, and a destruction that failed is tried a few times', async () => {
  await pull('opened')
  await run()
  git.pullRequests.set(7, { ...PULL, state: 'closed' })
  expect(await git.sweepPullRequests()).toBe(1)
  await git.settled()
  expect((await operations()).at(-1)).toEqual([REVIEW, 'destroy', ONE])
  expect(await git.sweepReviewStacks()).toBe(0)
  await run('failed')
  expect(await git.sweepReviewStacks()).toBe(1)
  await run('failed')
  expect(await git.sweepReviewStacks()).toBe(1)
  await run('failed')
  expect(await git.sweepReviewStacks()).toBe(0)
  expect(await exists()).toBe(true)
})

test('the stack ends with its pull request whatever became of the template', async () => {
  await pull('opened')
  await run()
  await git.world.db.query('delete from stacks where name = $1', ['template'])
  await close()
  expect((await operations()).at(-1)).toEqual([REVIEW, 'destroy', ONE])
  await run()
  expect(await exists()).toBe(false)
})

test('paths, labels and the base branch choose', async () => {
  git.pullRequestFiles.set(7, ['README.md'])
  await pull('opened')
  git.pullRequestFiles.set(7, ['infra/x'])
  await pull('synchronize', { base: 'other' })
  await configure({ gitHub: { reviewStackLabels: ['review'] } })
  await pull('edited')
  expect(await operations()).toEqual([])
  await pull('labeled', { labels: ['review'] })
  expect(await operations()).toEqual([[REVIEW, 'update', ONE]])
  await pull('labeled', { labels: [] })
  expect(await operations()).toHaveLength(1)
})

test('an admin limits how many there are, and allows the oidc block', async () => {
  const rules = '/api/daypass/stacks/acme/web/template/review-stacks'
  const put = (body: object, token?: string) =>
    git.world.call('PUT', rules, { body, ...(token !== undefined && { token }) })
  expect((await put({ inheritsOidc: true, mostLive: 5 }, git.world.tokens.member)).status).toBe(403)
  expect((await git.world.call('GET', rules)).body).toEqual({
    inheritsOidc: false,
    mostLive: 20,
    reviewStacks: [],
  })
  expect((await put({ inheritsOidc: true, mostLive: 1 })).status).toBe(200)
  await configure({ operationContext: { oidc: OIDC } })
  await pull('opened')
  expect((await settingsOf()).operationContext.oidc).toMatchObject(OIDC)
  expect((await git.world.call('GET', rules)).body.reviewStacks).toMatchObject([
    { stack: `acme/web/${REVIEW}`, repository: 'acme/web', pullRequest: 7, destroying: false },
  ])
  git.pullRequestFiles.set(8, ['infra/x'])
  await git.pullRequest('opened', { number: 8, head: TWO })
  await git.settled()
  expect((await newest())?.stacks).toMatchObject([{ result: 'refused', message: /has 1 already/ }])
  expect(await operations()).toHaveLength(1)
  const { rows } = await git.world.db.query(
    "select details from audit_log where action = 'review_stack_rules.changed'",
  )
  expect(rows).toMatchObject([{ details: { inheritsOidc: true, mostLive: 1 } }])
})

test('a commit of a stranger makes, updates and mints nothing until it is approved', async () => {
  const stranger = { author: 'mallory', headRepository: 'mallory/web' }
  await pull('opened', stranger)
  expect((await newest())?.stacks).toMatchObject([{ stack: `acme/web/${REVIEW}`, result: 'waits' }])
  expect(await exists()).toBe(false)
  await git.comment(7, { by: 'mallory', body: `/daypass approve ${ONE}` })
  await git.settled()
  expect(await operations()).toEqual([])
  await git.comment(7, { by: 'octo', body: `/daypass approve ${ONE}` })
  await git.settled()
  expect(await operations()).toEqual([[REVIEW, 'update', ONE]])
  await run()

  await pull('synchronize', { ...stranger, head: TWO })
  expect((await newest())?.stacks).toMatchObject([{ stack: `acme/web/${REVIEW}`, result: 'waits' }])
  expect(await operations()).toHaveLength(1)
  expect((await settingsOf()).sourceContext.git.commit).toBe(ONE)
  await close({ ...stranger, head: TWO })
  expect((await operations()).at(-1)).toEqual([REVIEW, 'destroy', ONE])
  expect((await git.world.db.query('select from mints')).rowCount).toBe(0)
})
