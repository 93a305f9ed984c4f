/** From a delivery over HTTP to deployments in the queue, by the whole server but its runner. */
import { createHmac, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { commit, createGitWorld, type GitWorld } from '../../../test/harness/git-world.ts'

let git: GitWorld
beforeAll(async () => {
  git = await createGitWorld()
})
afterAll(() => git.close())
beforeEach(() => git.clear())

const REPOSITORY = 'acme/web'

test('a push deploys the stacks of its branch, each once, in the name of the host', async () => {
  await git.addStack('prod')
  await git.addStack('other', { branch: 'develop' })
  await git.addStack('still', { deployCommits: false })
  await git.addStack('elsewhere', { repository: 'acme/other' })
  await git.push(commit('a'), commit('b'), { message: 'Mend it\n\nWell.' })
  await git.settled()
  expect(await git.deployments()).toEqual([
    {
      stack: 'prod',
      operation: 'update',
      trigger: 'git-push',
      initiator: 'octo',
      commit: commit('b'),
      ref: 'refs/heads/main',
    },
  ])
  const [delivery] = await git.deliveries()
  expect(delivery).toMatchObject({
    state: 'handled',
    stacks: [{ stack: 'acme/web/prod', result: 'deployed' }],
    notConcerned: { other_branch: 1, commits_not_deployed: 1 },
  })
})

test('the same push told twice deploys once, also when it is sent again by hand', async () => {
  await git.addStack('prod')
  await git.push(commit('a'), commit('b'))
  await git.push(commit('a'), commit('b'), { nonce: randomUUID() })
  await git.settled()
  const [second, first] = await git.deliveries()
  expect(second?.stacks[0].result).toBe('deployed-before')
  await git.redeliver(first?.id ?? '')
  await git.settled()
  expect(await git.deployments()).toHaveLength(1)
})

test('a commit that comes back is deployed again', async () => {
  await git.addStack('prod')
  for (const [before, after] of [
    ['a', 'b'],
    ['b', 'a'],
    ['a', 'b'],
  ] as const) {
    await git.push(commit(before), commit(after), { nonce: randomUUID() })
  }
  await git.settled()
  expect((await git.deployments()).map((one) => one.commit)).toEqual([commit('b'), commit('a'), commit('b')])
})

test('what was overtaken is not deployed after what overtook it', async () => {
  await git.addStack('prod')
  git.heads.set('main', commit('d'))
  await git.push(commit('c'), commit('d'))
  await git.push(commit('a'), commit('b'))
  await git.push(commit('b'), commit('c'))
  await git.settled()
  expect((await git.deployments()).map((one) => one.commit)).toEqual([commit('d')])
  expect((await git.deliveries()).map(({ stacks }) => stacks[0].result)).toEqual([
    'superseded',
    'superseded',
    'deployed',
  ])
})

test('a forced push deploys what the branch is now', async () => {
  await git.addStack('prod', { paths: ['infra/**'] })
  await git.push(commit('a'), commit('b'), { files: ['infra/x'] })
  git.heads.set('main', commit('c'))
  await git.push(commit('0'), commit('c'), { forced: true })
  await git.settled()
  expect((await git.deployments()).map((one) => one.commit)).toEqual([commit('b'), commit('c')])
})

test('a tag deploys at its commit, and a deleted one does nothing', async () => {
  await git.addStack('prod', { deployTags: true, tagFilters: ['v*'] })
  await git.tag('v1', commit('a'))
  await git.tag('v1', undefined)
  await git.tag('test', commit('b'))
  await git.settled()
  expect(await git.deployments()).toMatchObject([{ stack: 'prod', commit: commit('a'), ref: 'refs/tags/v1' }])
})

test('path filters: the payload says what changed, and the host is asked where it does not', async () => {
  await git.addStack('infra', { paths: ['infra/**'] })
  await git.addStack('docs', { paths: ['docs/**'] })
  await git.push(commit('a'), commit('b'), { files: ['infra/x'] })
  git.changed.set(`${commit('b')}...${commit('c')}`, ['docs/y'])
  await git.push(commit('b'), commit('c'), { files: null })
  await git.settled()
  expect((await git.deployments()).map(({ stack, commit: at }) => [stack, at])).toEqual([
    ['infra', commit('b')],
    ['docs', commit('c')],
  ])
})

test('who connected the host has to be able to write the stack when it happens', async () => {
  await git.addStack('prod')
  await git.world.db.query('update git_hosts set acts_for = $1', [git.world.userIds.member])
  await git.push(commit('a'), commit('b'))
  await git.settled()
  expect(await git.deployments()).toEqual([])
  const [delivery] = await git.deliveries()
  expect(delivery?.stacks).toEqual([
    {
      stack: 'acme/web/prod',
      result: 'refused',
      message: 'member, who connected the git host, may not write this stack.',
    },
  ])
})

test('a second connection that hears of the repository, too, deploys nothing', async () => {
  await git.addStack('prod')
  const second = await git.connect('second')
  await git.push(commit('a'), commit('b'), { to: second })
  await git.push(commit('a'), commit('b'))
  await git.settled()
  expect(await git.deployments()).toHaveLength(1)
})

test('a stack that names its repository by the other case of its letters is meant', async () => {
  await git.addStack('prod', { repository: REPOSITORY.toUpperCase() })
  await git.push(commit('a'), commit('b'))
  await git.settled()
  expect(await git.deployments()).toHaveLength(1)
})

test('a push that nobody told of is found by its branch, once', async () => {
  await git.addStack('prod')
  await git.push(commit('a'), commit('b'))
  await git.settled()
  git.heads.set('main', commit('c'))
  expect(await git.sweep()).toBe(1)
  await git.settled()
  // Its event may still be on the way.
  expect(await git.deployments()).toHaveLength(1)
  await git.sweep()
  await git.settled()
  await git.sweep()
  await git.push(commit('b'), commit('c'))
  await git.settled()
  expect((await git.deployments()).map((one) => one.commit)).toEqual([commit('b'), commit('c')])
})

test('a stack whose source is only the block is cloned with the credential of the host', async () => {
  await git.addStack('prod')
  const answer = await git.world.call('POST', '/api/stacks/acme/web/prod/deployments', {
    body: { operation: 'update' },
  })
  expect(answer).toMatchObject({ status: 202 })
  const claim = await git.world.claim()
  expect(claim?.job.source).toMatchObject({ repoUrl: 'https://github.com/acme/web.git', authFromHost: true })
  await git.world.job('POST', '/api/daypass/job/start', claim?.jobToken ?? '', {})
  const credential = await git.world.job('POST', '/api/daypass/job/source-credential', claim?.jobToken ?? '')
  expect(credential.body).toEqual({
    auth: { kind: 'basic', username: 'x-access-token', password: 'ghs_short' },
  })
})

test('a push by Pulumi’s Custom VCS deploys the stacks whose provider is custom', async () => {
  await git.addStack('prod')
  await git.world.call('PUT', '/api/stacks/acme/web/prod/deployments/settings', {
    body: {
      sourceContext: { git: { branch: 'main' } },
      vcs: { provider: 'custom', repository: 'acme/web', deployCommits: true },
    },
  })
  const { body } = await git.world.call('POST', '/api/daypass/orgs/acme/git-hosts', {
    body: { name: 'vcs', kind: 'custom', webUrl: 'https://git.example.com' },
  })
  const raw = JSON.stringify({
    event: 'push',
    commit: commit('b'),
    branch: 'main',
    repoUrl: 'https://git.example.com/acme/web.git',
  })
  const signature = createHmac('sha256', body.webhookSecret).update(raw).digest('hex')
  const answer = await git.world.call('POST', '/workflow/generic-vcs', {
    raw,
    token: null,
    headers: { 'x-generic-vcs-integration-id': body.id, 'x-generic-vcs-signature': `v1=${signature}` },
  })
  expect(answer.status).toBe(202)
  await git.settled()
  expect(await git.deployments()).toMatchObject([{ stack: 'prod', commit: commit('b') }])
})
