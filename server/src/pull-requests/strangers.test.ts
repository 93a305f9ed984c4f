/**
 * Code of strangers: whatever they try, nothing of it is previewed or has a review stack, no token is minted, no credential
 * is asked for that could clone it, and no runner has anything to claim.
 */
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
  await git.addStack('prod', { previewPullRequests: true, pullRequestTemplate: true })
  for (const [login, permission] of PERMISSIONS) git.permissions.set(login, permission)
})

const PERMISSIONS = [
  ['octo', 'write'],
  ['boss', 'admin'],
  ['reader', 'read'],
  ['renovate[bot]', 'write'],
] as const
const [HEAD, NEXT] = ['a', 'b'].map(commit) as [string, string]
const FORK: PullRequest = { number: 7, head: HEAD, author: 'mallory', headRepository: 'mallory/web' }
const approve = (what = HEAD) => `/daypass approve ${what}`

async function open(pullRequest: Partial<PullRequest> = {}): Promise<void> {
  await git.pullRequest('opened', { ...FORK, ...pullRequest })
  await git.settled()
}

/** On the host; nobody tells us of it yet. */
function change(to: Partial<PullRequest>): void {
  git.pullRequests.set(7, { ...(git.pullRequests.get(7) ?? FORK), ...to })
}

async function say(body: string, by = 'octo', more: object = {}): Promise<void> {
  await git.comment(7, { by, body, ...more })
  await git.settled()
}

const answerInstead = (part: string, answer: () => Response): void => {
  git.fault = (path) => (path.includes(part) ? answer() : undefined)
}

interface Scenario {
  readonly name: string
  readonly play: () => Promise<void>
  /** Somewhere in what is said of the newest delivery. */
  readonly says: string
}

const NOBODY_APPROVED: readonly Scenario[] = [
  { name: 'a fork', play: () => open(), says: 'it comes from a fork' },
  {
    name: 'a fork of somebody who may write',
    play: () => open({ author: 'octo', headRepository: 'octo/web' }),
    says: 'it comes from a fork',
  },
  {
    name: 'a fork that was deleted',
    play: () => open({ headRepository: null }),
    says: 'it comes from a fork',
  },
  {
    name: 'a fork whose name begins like that of the repository',
    play: () => open({ headRepository: 'acme/web2' }),
    says: 'it comes from a fork',
  },
  {
    name: 'a branch of the repository by a bot that may write',
    play: () => open({ author: 'renovate[bot]', authorType: 'Bot', headRepository: 'acme/web' }),
    says: 'is a bot',
  },
  {
    name: 'a branch of somebody who may only read',
    play: () => open({ author: 'reader', headRepository: 'acme/web' }),
    says: 'reader may not write',
  },
  {
    name: 'a collaborator who is invited and has not answered',
    async play() {
      answerInstead('/collaborators/', () => new Response('{"message":"Not Found"}', { status: 404 }))
      await open({ author: 'invited', headRepository: 'acme/web' })
    },
    says: 'invited may not write',
  },
  {
    name: 'a permission that nobody knows',
    async play() {
      git.permissions.set('mallory', 'superuser')
      await open({ headRepository: 'acme/web' })
    },
    says: 'mallory may not write',
  },
  {
    name: 'a permission in another form than the host documents',
    async play() {
      answerInstead('/collaborators/', () =>
        Response.json({ permission: ['write'], user: { permission: 'admin' } }),
      )
      await open({ headRepository: 'acme/web' })
    },
    says: 'mallory may not write',
  },
  {
    name: 'a host that does not say who may write',
    async play() {
      answerInstead('/collaborators/', () => new Response('{"message":"no"}', { status: 403 }))
      await open({ author: 'octo', headRepository: 'acme/web' })
    },
    says: 'could not be asked',
  },
  {
    name: 'an event that says of a fork that it is none',
    async play() {
      answerInstead('/pulls/7', () => Response.json(pullRequestJson(FORK)))
      await open({ author: 'octo', headRepository: 'acme/web' })
    },
    says: 'it comes from a fork',
  },
  {
    name: 'an author who lost their access before a push',
    async play() {
      git.permissions.set('octo', 'none')
      await open({ author: 'octo', headRepository: 'acme/web' })
    },
    says: 'octo may not write',
  },
  {
    name: 'a host that answers for another pull request',
    async play() {
      answerInstead('/pulls/7', () => Response.json(pullRequestJson({ number: 8, head: HEAD })))
      await open()
    },
    says: 'for another pull request',
  },
  {
    name: 'a repository that was renamed, so that its name is perhaps somebody else’s',
    async play() {
      const renamed = { ...pullRequestJson({ number: 7, head: HEAD, headRepository: 'acme/web2' }) }
      const base = { sha: commit('9'), ref: 'main', repo: { full_name: 'acme/web2' } }
      answerInstead('/pulls/7', () => Response.json({ ...renamed, base }))
      await open()
    },
    says: 'renamed or moved',
  },
  {
    name: 'a host that refuses to tell of the pull request',
    async play() {
      answerInstead('/pulls/7', () => new Response('{"message":"no"}', { status: 401 }))
      await open({ author: 'octo', headRepository: 'acme/web' })
    },
    says: '401',
  },
  {
    name: 'a pull request of which the host knows nothing',
    async play() {
      answerInstead('/pulls/7', () => new Response('{"message":"Not Found"}', { status: 404 }))
      await open({ author: 'octo', headRepository: 'acme/web' })
    },
    says: 'not there any more',
  },
]

const NO_APPROVAL: readonly Scenario[] = [
  { name: 'the author themselves', play: () => say(approve(), 'mallory'), says: 'mallory may not write' },
  {
    name: 'the owner of the fork, who may write there alone',
    async play() {
      answerInstead('/repos/mallory/web/collaborators/', () => Response.json({ permission: 'admin' }))
      await say(approve(), 'mallory')
    },
    says: 'mallory may not write',
  },
  { name: 'somebody who may only read', play: () => say(approve(), 'reader'), says: 'reader may not write' },
  {
    name: 'a bot that may write',
    play: () => say(approve(), 'renovate[bot]', { type: 'Bot' }),
    says: 'is no person',
  },
  {
    name: 'an App in the name of a person',
    play: () => say(approve(), 'octo', { byApp: true }),
    says: 'is no person',
  },
  {
    name: 'somebody of whom the host does not say whether they may',
    async play() {
      answerInstead('/collaborators/', () => new Response('{"message":"no"}', { status: 403 }))
      await say(approve())
    },
    says: 'could not be asked',
  },
  {
    name: 'somebody who lost their access before it was looked at',
    async play() {
      git.permissions.set('octo', 'read')
      await say(approve())
    },
    says: 'octo may not write',
  },
  { name: 'the first twelve digits', play: () => say(approve(HEAD.slice(0, 12))), says: 'the whole commit' },
  { name: 'seven digits', play: () => say(approve(HEAD.slice(0, 7))), says: 'the whole commit' },
  { name: 'the commit in upper case', play: () => say(approve(HEAD.toUpperCase())), says: 'in lower case' },
  { name: 'no commit', play: () => say('/daypass approve'), says: 'the whole commit' },
  { name: 'the name of the branch', play: () => say(approve('topic')), says: 'the whole commit' },
  {
    name: 'a quoted comment',
    play: () => say(`> ${approve()}\n\nDid somebody say this?`),
    says: 'approves nothing',
  },
  {
    name: 'an example in a sentence',
    play: () => say(`Say ${approve()} to run it.`),
    says: 'approves nothing',
  },
  { name: 'a line among others', play: () => say(`Well.\n${approve()}\nDone.`), says: 'nothing else' },
  { name: 'a hidden line', play: () => say(`Nice!\n<!--\n${approve()}\n-->`), says: 'nothing else' },
  { name: 'a block of code', play: () => say(`\`\`\`\n${approve()}\n\`\`\``), says: 'nothing else' },
  { name: 'another commit', play: () => say(approve(NEXT)), says: `is ${HEAD} now` },
  {
    name: 'a comment that was edited into an approval',
    play: () => say(approve(), 'octo', { action: 'edited' }),
    says: 'Only new comments',
  },
  {
    name: 'a comment that was deleted',
    play: () => say(approve(), 'octo', { action: 'deleted' }),
    says: 'Only new',
  },
  {
    name: 'a comment on an issue of that number',
    play: () => say(approve(), 'octo', { isIssue: true }),
    says: 'on an issue',
  },
  {
    name: 'a head that moved between the comment and the look at it',
    async play() {
      change({ head: NEXT })
      await say(approve())
    },
    says: `is ${NEXT} now`,
  },
  {
    name: 'a head that moves while it is being decided',
    async play() {
      let asked = 0
      answerInstead('/pulls/7', () => {
        asked += 1
        return Response.json(pullRequestJson({ ...FORK, head: asked === 1 ? HEAD : NEXT }))
      })
      await say(approve())
    },
    says: NEXT,
  },
  {
    name: 'a pull request that was retargeted between the comment and the look at it',
    async play() {
      await git.addStack('develop', { previewPullRequests: true, branch: 'develop' })
      change({ base: 'develop' })
      await say(approve())
    },
    says: 'was for main and is for develop now',
  },
  {
    name: 'a pull request that was closed meanwhile',
    async play() {
      change({ state: 'closed' })
      await say(approve())
    },
    says: 'is closed',
  },
  {
    name: 'a host that answers for another pull request',
    async play() {
      answerInstead('/pulls/7', () => Response.json(pullRequestJson({ ...FORK, number: 8 })))
      await say(approve())
    },
    says: 'for another pull request',
  },
  {
    name: 'an approval of another pull request with the same commit',
    async play() {
      git.pullRequests.set(9, { ...FORK, number: 9, base: 'elsewhere' })
      await git.comment(9, { by: 'octo', body: approve() })
      await git.settled()
      await git.pullRequest('synchronize', FORK)
      await git.settled()
    },
    says: 'it comes from a fork',
  },
  {
    name: 'a review that approves a former commit',
    async play() {
      await git.pullRequest('synchronize', { ...FORK, head: NEXT })
      await git.review(7, { by: 'octo', commit: HEAD })
      await git.settled()
    },
    says: `is ${NEXT} now`,
  },
  {
    name: 'an approving review of somebody who may only read',
    async play() {
      await git.review(7, { by: 'reader', commit: HEAD })
      await git.settled()
    },
    says: 'reader may not write',
  },
  {
    name: 'a review that wants changes',
    async play() {
      await git.review(7, { by: 'octo', commit: HEAD, state: 'changes_requested' })
      await git.settled()
    },
    says: 'approves nothing',
  },
  {
    name: 'a review that was approving and was dismissed',
    async play() {
      await git.review(7, { by: 'octo', commit: HEAD, action: 'dismissed' })
      await git.settled()
    },
    says: 'Only new reviews',
  },
]

const said = async (): Promise<string> => JSON.stringify((await git.deliveries())[0] ?? {})

async function expectNothingRan(): Promise<void> {
  expect(await git.deployments()).toEqual([])
  expect((await git.world.db.query('select from review_stacks')).rowCount).toBe(0)
  expect((await git.world.db.query('select from mints')).rowCount).toBe(0)
  expect(git.tokens.filter((permissions) => permissions.includes('contents'))).toEqual([])
  expect(await git.world.claim()).toBeUndefined()
}

test.each(NOBODY_APPROVED)('nothing runs of $name', async ({ play, says }) => {
  await play()
  expect(await said()).toContain(says)
  await expectNothingRan()
})

test.each(NO_APPROVAL)('no approval: $name', async ({ play, says }) => {
  await open()
  await play()
  expect(await said()).toContain(says)
  await expectNothingRan()
  expect(
    (
      await git.world.db.query(
        'select from pull_request_approvals a join pull_requests p on p.id = a.pull_request_id where number = 7 and p.head_commit = a.commit',
      )
    ).rowCount,
  ).toBe(0)
})
