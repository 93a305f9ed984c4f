/**
 * Pushes, approvals, lost access, closing, retargeting, deliveries that come late or twice, in any order: whatever is
 * deployed was trusted or approved at that moment, for the branch that it was for, as the head of an open pull request.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commit, createGitWorld, type GitWorld, type PullRequest } from '../../../test/harness/git-world.ts'

let git: GitWorld
beforeAll(async () => {
  git = await createGitWorld()
})
afterAll(() => git.close())

const BASES = ['main', 'develop'] as const
const head = fc.constantFrom(...['a', 'b', 'c'].map(commit))
/** Undefined: whatever the head is by then. */
const of = fc.option(head, { nil: undefined, freq: 2 })
/** Whether the host's event about it arrives. */
const told = fc.boolean()
const step = fc.oneof(
  fc.record({ what: fc.constant('push' as const), head, told }),
  fc.record({ what: fc.constant('retarget' as const), base: fc.constantFrom(...BASES), told }),
  fc.record({ what: fc.constant('close' as const), told }),
  fc.record({ what: fc.constant('reopen' as const), told }),
  fc.record({
    what: fc.constant('access' as const),
    login: fc.constantFrom('author', 'octo'),
    permission: fc.constantFrom('write', 'write', 'read', 'none'),
  }),
  { weight: 3, arbitrary: fc.record({ what: fc.constant('approve' as const), of }) },
  fc.record({ what: fc.constant('review' as const), of }),
  fc.record({ what: fc.constant('again' as const), which: fc.nat() }),
  fc.record({ what: fc.constant('sweep' as const) }),
)
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

/** What the host knows, and which words of approval it has told us of. */
interface Model {
  pullRequest: PullRequest
  /** Commits that somebody who could write at that moment spoke for. */
  readonly spokenFor: Set<string>
  readonly approved: Set<string>
}

const mayWrite = (login: string) => git.permissions.get(login) === 'write'
const nameOf = ({ head: at, base = 'main' }: PullRequest) => `${at} for ${base}`

async function change(
  model: Model,
  action: string,
  to: Partial<PullRequest>,
  isTold: boolean,
): Promise<void> {
  model.pullRequest = { ...model.pullRequest, ...to }
  if (isTold) await git.pullRequest(action, model.pullRequest)
  else git.pullRequests.set(7, model.pullRequest)
}

function speak(model: Model, of: string | undefined): string {
  const at = of ?? model.pullRequest.head
  model.spokenFor.add(at)
  if (mayWrite('octo') && at === model.pullRequest.head) model.approved.add(nameOf(model.pullRequest))
  return at
}

async function take(model: Model, one: Step): Promise<void> {
  switch (one.what) {
    case 'push':
      return change(model, 'synchronize', { head: one.head }, one.told)
    case 'retarget':
      return change(model, 'edited', { base: one.base }, one.told)
    case 'close':
      return change(model, 'closed', { state: 'closed' }, one.told)
    case 'reopen':
      return change(model, 'reopened', { state: 'open' }, one.told)
    case 'access':
      git.permissions.set(one.login, one.permission)
      return
    case 'approve':
      return git.comment(7, { by: 'octo', body: `/daypass approve ${speak(model, one.of)}` })
    case 'review':
      return git.review(7, { by: 'octo', commit: speak(model, one.of) })
    case 'again': {
      const deliveries = await git.deliveries()
      const delivery = deliveries[one.which % Math.max(deliveries.length, 1)]
      if (delivery === undefined) return
      // It may be any of the words that were said.
      if (model.spokenFor.has(model.pullRequest.head)) speak(model, model.pullRequest.head)
      return git.redeliver(delivery.id)
    }
    case 'sweep':
      await git.sweepPullRequests()
  }
}

test('nothing is ever deployed that is neither trusted nor approved at that moment', async () => {
  let deployed = 0
  const run = async (isFork: boolean, steps: readonly Step[]): Promise<void> => {
    await git.clear()
    for (const branch of BASES) await git.addStack(branch, { branch, previewPullRequests: true })
    git.permissions.set('author', 'write').set('octo', 'write')
    const from = { author: 'author', headRepository: isFork ? 'author/web' : 'acme/web' }
    const pullRequest: PullRequest = { number: 7, head: commit('a'), base: 'main', ...from }
    const model: Model = { pullRequest, spokenFor: new Set(), approved: new Set() }
    await git.pullRequest('opened', pullRequest)
    await git.settled()
    let before = (await git.deployments()).length
    expect(before).toBe(isFork ? 0 : 1)
    for (const one of steps) {
      await take(model, one)
      await git.settled()
      const now = await git.deployments()
      const isTrusted = !isFork && mayWrite('author')
      for (const { commit: at, stack, operation } of now.slice(before)) {
        const { head: present, base, state = 'open' } = model.pullRequest
        expect({ at, stack, operation, state }).toEqual({
          ...{ at: present, stack: base, operation: 'preview', state: 'open' },
        })
        expect(isTrusted || model.approved.has(nameOf(model.pullRequest))).toBe(true)
        deployed += 1
      }
      before = now.length
    }
  }
  const steps = fc.array(step, { minLength: 8, maxLength: 20 })
  await fc.assert(fc.asyncProperty(fc.boolean(), steps, run), { numRuns: 8, seed: 20261129 })
  // Or nothing was held against anything.
  expect(deployed).toBeGreaterThanOrEqual(8)
})
