/**
 * Deliveries that are doubled, reordered or lost, hosts that answer badly, and servers that die: each push is deployed once,
 * and the branch ends where it is.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { commit, createGitWorld, type GitWorld } from '../../../test/harness/git-world.ts'
import { readCommitId } from '../git-events/git-event.ts'
import { placePush } from './place.ts'

let git: GitWorld
beforeAll(async () => {
  git = await createGitWorld()
})
afterAll(() => git.close())
beforeEach(() => git.clear())

test.each([401, 403, 404, 500])('a host that answers %i', async (status) => {
  await git.addStack('prod', { paths: ['infra/**'] })
  let count = 0
  git.fault = () => {
    count += 1
    return status === 500 && count > 2 ? undefined : new Response('{"message":"no"}', { status })
  }
  git.changed.set(`${commit('a')}...${commit('b')}`, ['infra/x'])
  await git.push(commit('a'), commit('b'), { files: null })
  await git.settled()
  expect((await git.deployments()).map((one) => one.commit)).toEqual([commit('b')])
  const [delivery] = await git.deliveries()
  // Deployed to be safe: what changed is not known.
  if (status !== 500) expect(delivery?.problem).toMatch(new RegExp(`${status}|not installed`))
  else expect(delivery?.attempts).toBeGreaterThan(1)
})

test('a host that takes no more requests until a time is asked again at that time', async () => {
  await git.addStack('prod', { paths: ['infra/**'] })
  let limited = 0
  git.fault = () => {
    limited += 1
    if (limited > 1) return undefined
    const reset = String(Math.ceil(Date.now() / 1000) + 1)
    return new Response('{}', {
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset },
    })
  }
  git.changed.set(`${commit('a')}...${commit('b')}`, ['infra/x'])
  const began = Date.now()
  await git.push(commit('a'), commit('b'), { files: null })
  await git.settled()
  expect(Date.now() - began).toBeGreaterThan(500)
  expect(await git.deployments()).toHaveLength(1)
})

test('a server that dies between receiving and queueing, and while it queues', async () => {
  for (const name of ['one', 'two', 'three']) await git.addStack(name)
  const pushes = ['1', '2', '3', '4', '5', '6']
  let before = commit('a')
  for (const digit of pushes) {
    await git.push(before, commit(digit))
    before = commit(digit)
    await git.restart()
  }
  await git.settled()
  const deployed = await git.deployments()
  for (const stack of ['one', 'two', 'three']) {
    expect(deployed.filter((one) => one.stack === stack).map((one) => one.commit)).toEqual(pushes.map(commit))
  }
})

test('a first push that several servers handle at the same time is one move', async () => {
  for (const name of ['one', 'two', 'three', 'four', 'five']) {
    const ref = { hostId: git.hub.id, repository: 'acme/web', ref: `refs/heads/${name}` }
    const push = {
      before: readCommitId(commit('a')),
      after: readCommitId(commit('b')),
      created: false,
    }
    const placed = await Promise.all(
      Array.from({ length: 8 }, () => placePush(git.world.db, ref, push, async () => 'unknown')),
    )
    expect(placed.map(({ kind }) => kind).toSorted()).toEqual([...Array(7).fill('known'), 'next'])
    expect(placed.map((one) => 'moves' in one && one.moves)).toEqual(Array(8).fill(1))
  }
})

/** A small generator of its own: the same numbers in every run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

test.each([1, 2, 3, 4])('doubled, reordered and lost deliveries, seed %i', async (seed) => {
  const random = randomOf(seed)
  await git.addStack('prod')
  const digits = ['1', '2', '3', '4', '5', '6', '7', '8']
  await git.push(commit('0'), commit('a'))
  await git.settled()
  const pushes = digits.map((digit, index) => ({
    before: commit(digits[index - 1] ?? 'a'),
    after: commit(digit),
    position: index + random(4),
  }))
  git.heads.set('main', commit('8'))
  const lost = new Set([random(8), random(8)])
  const sent = pushes.filter((_push, index) => !lost.has(index)).sort((a, b) => a.position - b.position)
  for (const { before, after } of sent) {
    await git.push(before, after)
    if (random(3) === 0) await git.push(before, after, { nonce: randomUUID() })
    if (random(4) === 0) await git.restart()
  }
  await git.settled()
  for (let look = 0; look < 2; look += 1) {
    await git.sweep()
    await git.settled()
  }
  const deployed = (await git.deployments()).map((one) => one.commit)
  expect(new Set(deployed).size).toBe(deployed.length)
  expect(deployed.at(-1)).toBe(commit('8'))
  const order = deployed.slice(1).map((one) => digits.indexOf(one[0] ?? ''))
  expect(order).toEqual(order.toSorted((a, b) => a - b))
})
