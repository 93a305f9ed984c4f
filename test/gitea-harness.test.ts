// The real git host that other tests stand on: what they do with it works, and what it tells is what the fixtures of the
// adapter hold. `npm test -- gitea-harness -u` records them anew.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gitea as adapter } from '../server/src/git-hosts/gitea/gitea.ts'
import { type Gitea, type GiteaUser, startGitea } from './harness/gitea.ts'
import { recordingOf } from './harness/gitea-recording.ts'
import { type Received, type Receiver, startReceiver } from './harness/receiver.ts'
import { type WorkingCopy, workingCopyOf } from './harness/working-copy.ts'

const SECRET = 'the secret of this webhook'
const REPOSITORY = '/repos/acme/shop'
let gitea: Gitea
let missing = ''
let receiver: Receiver
let [alice, bob, mallory]: GiteaUser[] = []
let work: WorkingCopy
const copies: WorkingCopy[] = []

beforeAll(async () => {
  receiver = await startReceiver()
  const started = await startGitea()
  if ('missing' in started) {
    missing = started.missing
    return
  }
  gitea = started
  alice = await gitea.makeUser('alice')
  bob = await gitea.makeUser('bob')
  mallory = await gitea.makeUser('mallory')
  await asAlice('POST', '/orgs', { username: 'acme' })
  await asAlice('POST', '/orgs/acme/repos', { name: 'shop', default_branch: 'main' })
  await asAlice('PUT', `${REPOSITORY}/collaborators/bob`, { permission: 'write' })
  await asAlice('POST', `${REPOSITORY}/hooks`, {
    type: 'gitea',
    active: true,
    events: [
      'create',
      'delete',
      'push',
      'pull_request',
      'pull_request_comment',
      'pull_request_review',
      'issue_comment',
    ],
    config: { url: `${receiver.url}/events`, content_type: 'json', secret: SECRET },
  })
  work = await copyOf('acme/shop', alice)
})
afterAll(async () => {
  await Promise.all(copies.map((copy) => copy.remove()))
  await gitea?.stop()
  await receiver.close()
})

const asAlice: (method: string, path: string, body?: object) => ReturnType<Gitea['api']> = (...call) =>
  gitea.api(userNamed(alice), ...call)

function userNamed(user: GiteaUser | undefined): GiteaUser {
  if (user === undefined) throw new Error('Nobody has made that user.')
  return user
}

async function copyOf(repository: string, user: GiteaUser | undefined): Promise<WorkingCopy> {
  const copy = await workingCopyOf(`${gitea.url}/${repository}.git`, userNamed(user))
  copies.push(copy)
  return copy
}

/** The one delivery of the event that an act leads to. */
async function toldOf(event: string, act: () => Promise<unknown>): Promise<Received> {
  const before = receiver.received.length
  await act()
  const found = () => receiver.received.slice(before).find((one) => one.headers['x-gitea-event'] === event)
  await expect.poll(found).toBeDefined()
  return found() as Received
}

/** The delivery is signed, and is what the fixture of that name holds. */
async function expectFixture(name: string, told: Received): Promise<void> {
  const headers = Object.fromEntries(Object.entries(told.headers).map(([key, value]) => [key, String(value)]))
  expect(adapter.verify(told.body, headers, SECRET)).toBe(true)
  expect(adapter.verify(told.body, headers, `${SECRET}.`)).toBe(false)
  await expect(recordingOf(told, gitea.url)).toMatchFileSnapshot(
    `../server/src/git-hosts/gitea/fixtures/${name}.json`,
  )
}

test('pushes of branches and tags over HTTP', async ({ skip }) => {
  skip(missing !== '', missing)
  const push = (name: string, act: () => Promise<unknown>) =>
    toldOf('push', act).then((told) => expectFixture(name, told))
  await push('push-first', async () => {
    await work.commit('Begin', { 'Pulumi.yaml': 'name: shop\n' })
    await work.git('push', 'origin', 'main')
  })
  await push('push', async () => {
    for (const at of [1, 2, 3])
      await work.commit(`Commit ${at}\n\n[skip ci]`, { [`infra/${at}.ts`]: `${at}` })
    await work.git('push', 'origin', 'main')
  })
  await push('push-new-branch', async () => {
    await work.git('checkout', '--quiet', '-b', 'feature')
    await work.commit('A feature', { 'infra/feature.ts': '1', 'infra/1.ts': null })
    await work.git('push', 'origin', 'feature')
  })
  await push('push-forced', async () => {
    await work.git('commit', '--quiet', '--amend', '-m', 'A better feature')
    await work.git('push', '--force', 'origin', 'feature')
  })
  await push('tag', async () => {
    await work.git('tag', '-a', '-m', 'A note', 'v1.0.0', 'main')
    await work.git('push', 'origin', 'v1.0.0')
  })
  await expectFixture(
    'tag-deleted',
    await toldOf('delete', () => work.git('push', 'origin', '--delete', 'v1.0.0')),
  )
})

test('a pull request of the same repository, from its opening to its end', async ({ skip }) => {
  skip(missing !== '', missing)
  const told = (name: string, act: () => Promise<unknown>) =>
    toldOf('pull_request', act).then((one) => expectFixture(name, one))
  const edit = (change: object) => asAlice('PATCH', `${REPOSITORY}/pulls/1`, change)
  const open = { head: 'feature', base: 'main', title: 'A feature' }
  await told('pull-request-opened', () => asAlice('POST', `${REPOSITORY}/pulls`, open))
  await told('pull-request-updated', async () => {
    await work.commit('More', { 'infra/more.ts': '1' })
    await work.git('push', 'origin', 'feature')
  })
  await told('pull-request-draft', () => edit({ title: 'WIP: A feature' }))
  await told('pull-request-ready', () => edit({ title: 'A feature' }))
  await work.git('push', '--quiet', 'origin', 'main:next')
  await told('pull-request-retargeted', () => edit({ base: 'next' }))
  await told('pull-request-retargeted-back', () => edit({ base: 'main' }))
  const label = await asAlice('POST', `${REPOSITORY}/labels`, { name: 'try', color: '#00ff00' })
  await told('pull-request-labeled', () =>
    asAlice('POST', `${REPOSITORY}/issues/1/labels`, { labels: [label.id] }),
  )
  const comment = { body: '/daypass approve 0123456789ab' }
  await expectFixture(
    'comment',
    await toldOf('issue_comment', () =>
      gitea.api(userNamed(bob), 'POST', `${REPOSITORY}/issues/1/comments`, comment),
    ),
  )
  await told('pull-request-closed', () => edit({ state: 'closed' }))
  await told('pull-request-reopened', () => edit({ state: 'open' }))
  await told('pull-request-merged', () => asAlice('POST', `${REPOSITORY}/pulls/1/merge`, { Do: 'merge' }))
  await expectFixture(
    'branch-deleted',
    await toldOf('delete', () => work.git('push', 'origin', '--delete', 'feature')),
  )
})

test('a pull request of a fork, its review, and who may write', async ({ skip }) => {
  skip(missing !== '', missing)
  await gitea.api(userNamed(mallory), 'POST', `${REPOSITORY}/forks`, {})
  const fork = await copyOf('mallory/shop', mallory)
  await fork.git('checkout', '--quiet', '-b', 'evil')
  const commit = await fork.commit('Please', { 'infra/evil.ts': '1' })
  await fork.git('push', '--quiet', 'origin', 'evil')
  const opened = await toldOf('pull_request', () =>
    gitea.api(userNamed(mallory), 'POST', `${REPOSITORY}/pulls`, {
      head: 'mallory:evil',
      base: 'main',
      title: 'Please',
    }),
  )
  await expectFixture('fork-opened', opened)

  const review = { event: 'APPROVED', body: 'Fine', commit_id: commit }
  await expect(
    gitea.api(userNamed(mallory), 'POST', `${REPOSITORY}/pulls/2/reviews`, review),
  ).rejects.toThrow('approve your own pull is not allowed')
  const approved = await toldOf('pull_request_approved', () =>
    gitea.api(userNamed(bob), 'POST', `${REPOSITORY}/pulls/2/reviews`, review),
  )
  await expectFixture('fork-approved', approved)
  // The delivery leaves the commit empty; this is where it is to be had.
  expect(await asAlice('GET', `${REPOSITORY}/pulls/2/reviews`)).toMatchObject([
    { state: 'APPROVED', user: { login: 'bob' }, commit_id: commit, stale: false },
  ])
  const rejected = await toldOf('pull_request_rejected', () =>
    gitea.api(userNamed(bob), 'POST', `${REPOSITORY}/pulls/2/reviews`, {
      ...review,
      event: 'REQUEST_CHANGES',
    }),
  )
  await expectFixture('fork-rejected', rejected)

  const permissions = ['alice', 'bob', 'mallory'].map(async (login) => {
    const answer = await asAlice('GET', `${REPOSITORY}/collaborators/${login}/permission`)
    return answer.permission
  })
  expect(await Promise.all(permissions)).toEqual(['owner', 'write', 'read'])
  const refused = fork.git(
    'push',
    new URL(`${gitea.url}/acme/shop.git`).href.replace('//', '//mallory:x@'),
    'evil',
  )
  await expect(refused).rejects.toThrow(/Authentication failed|denied|403/i)

  await gitea.api(userNamed(mallory), 'DELETE', '/repos/mallory/shop')
  const { head } = await asAlice('GET', `${REPOSITORY}/pulls/2`)
  expect(head).toMatchObject({ sha: commit, repo: null })
})

test('statuses of a commit', async ({ skip }) => {
  skip(missing !== '', missing)
  const head = await work.git('rev-parse', 'HEAD')
  await asAlice('POST', `${REPOSITORY}/statuses/${head}`, { context: 'daypass', state: 'pending' })
  await asAlice('POST', `${REPOSITORY}/statuses/${head}`, { context: 'daypass', state: 'success' })
  const { state, statuses } = await asAlice('GET', `${REPOSITORY}/commits/${head}/status`)
  expect({ state, count: statuses.length }).toEqual({ state: 'success', count: 1 })
})
