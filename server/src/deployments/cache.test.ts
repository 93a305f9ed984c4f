import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'
import type { StoredSettings } from '../settings/settings.ts'
import { mayWriteCache } from './cache.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.addStack('one')
  await world.addStack('two')
})
afterAll(() => world.close())

const MAIN = { repoUrl: 'https://git.example.com/a', branch: 'main' }
const saved: StoredSettings = { sourceContext: { git: MAIN } }
const of = (git: object, more: object = {}): StoredSettings => ({
  sourceContext: { git: { ...MAIN, ...git } },
  ...more,
})
const { branch: _branch, ...WITHOUT_BRANCH } = MAIN

test.each([
  ['an update of the configured branch', 'update', of({}), true],
  ['the branch in its long form', 'update', of({ branch: 'refs/heads/main' }), true],
  ['a preview', 'preview', of({}), false],
  ['a destroy', 'destroy', of({}), false],
  ['another branch', 'update', of({ branch: 'mine' }), false],
  ['a tag of the same name', 'update', of({ branch: 'refs/tags/main' }), false],
  ['another repository', 'update', of({ repoUrl: 'https://git.example.com/fork' }), false],
  ['a commit', 'update', { sourceContext: { git: { ...WITHOUT_BRANCH, commit: 'abcdef1' } } }, false],
  ['a pull request', 'update', of({}, { gitHub: { deployPullRequest: 3 } }), false],
  ['a template', 'update', { sourceContext: { template: { sourceUrl: MAIN.repoUrl } } }, false],
  ['no source', 'update', {}, false],
] as const)('%s may leave something: %s', (_what, operation, used, expected) => {
  expect(mayWriteCache(operation, used, saved)).toBe(expected)
})

test('where nothing is saved, nothing is the configured branch', () => {
  expect(mayWriteCache('update', of({}), {})).toBe(false)
})

const path = (stack: string): string => `/api/stacks/acme/web/${stack}/deployments`
async function cacheOfNext(stack: string, cacheOptions: object = { enable: true }) {
  const body = { operation: 'update', sourceContext: { git: GIT }, cacheOptions }
  expect((await world.call('POST', path(stack), { body })).status).toBe(202)
  const claim = await world.claim()
  await world.job('POST', '/api/daypass/job/start', claim?.jobToken ?? '', {})
  await world.job('POST', '/api/daypass/job/finish', claim?.jobToken ?? '', {
    result: 'succeeded',
    failure: null,
  })
  return claim?.job.cache
}

test('a job has a cache of its own stack when the settings ask for one, and clearing is for the project', async () => {
  expect(await cacheOfNext('one', { enable: false })).toBeNull()
  const [first, second] = [await cacheOfNext('one'), await cacheOfNext('two')]
  expect(first).toMatchObject({ generation: 0, mayWrite: false })
  expect(first?.scope.split('/')).toEqual([
    world.sharedPool.id,
    world.organizationIds.acme,
    'web',
    expect.any(String),
  ])
  expect(second?.scope).not.toBe(first?.scope)

  const cleared = await world.call('DELETE', `${path('one')}/cache`, { token: world.tokens.member })
  expect(cleared).toMatchObject({ status: 200, body: undefined })
  expect(await cacheOfNext('one')).toMatchObject({ generation: 1 })
  expect(await cacheOfNext('two')).toMatchObject({ generation: 1 })
  const { rows } = await world.database.db.query(
    "select actor, target from audit_log where action = 'deployment_cache.cleared'",
  )
  expect(rows).toEqual([{ actor: 'user:member', target: 'acme/web' }])
})

test('an update of the saved branch may write', async () => {
  await world.call('PUT', `${path('one')}/settings`, { body: { sourceContext: { git: GIT } } })
  expect(await cacheOfNext('one')).toMatchObject({ mayWrite: true })
})

test('who may not see the stack, and a running job, clear nothing', async () => {
  const stranger = await world.call('DELETE', `${path('one')}/cache`, { token: world.tokens.stranger })
  expect(stranger.status).toBe(404)
  expect((await world.call('DELETE', `${path('none')}/cache`)).status).toBe(404)
  const body = { operation: 'update', sourceContext: { git: GIT } }
  await world.call('POST', path('one'), { body })
  const claim = await world.claim()
  await world.job('POST', '/api/daypass/job/start', claim?.jobToken ?? '', {})
  const job = await world.call('DELETE', `${path('one')}/cache`, { token: claim?.job.stackToken ?? '' })
  expect(job.status).toBe(403)
})
