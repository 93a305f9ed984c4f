/**
 * A pull request that is previewed, on a real Gitea where there is one: only a host with an API can be asked who may write,
 * so the bare repository of the rest of the demo, which tells of pushes alone, has no pull requests.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Gitea } from '../test/harness/gitea.ts'
import { workingCopyOf } from '../test/harness/working-copy.ts'
import type { Api } from './api.ts'
import { type Followed, follow } from './follow.ts'
import { newerThan } from './push.ts'

export const PULL_REQUEST_PROJECT = 'site'
const [OWNER, NAME] = ['acme', PULL_REQUEST_PROJECT]
const REPOSITORY = `${OWNER}/${NAME}`
const REPORT_LIMIT_MILLISECONDS = 20_000

const program = (word: string) => `name: ${PULL_REQUEST_PROJECT}
runtime: yaml
resources:
  word:
    type: pulumi:index:Stash
    properties:
      input: ${word}
`

export interface Previewed extends Followed {
  /** The head of the pull request. */
  readonly commit: string
  readonly previewedCommit: string | undefined
  /** Each comment on the pull request, as Gitea has it. */
  readonly comments: readonly string[]
  /** What Gitea has of the commit. */
  readonly commitState: string
}

/** @param api Of the project. */
export async function previewPullRequest(
  api: Api,
  stack: string,
  gitea: Gitea,
  write: (text: string) => void,
): Promise<Previewed> {
  const alice = await gitea.makeUser('alice')
  const asAlice = (method: string, path: string, body?: object) => gitea.api(alice, method, path, body)
  await asAlice('POST', '/orgs', { username: OWNER })
  await asAlice('POST', `/orgs/${OWNER}/repos`, { name: NAME, default_branch: 'main', private: true })
  const work = await workingCopyOf(`${gitea.url}/${REPOSITORY}.git`, alice)
  try {
    await work.commit('A program', { 'Pulumi.yaml': program('one') })
    await work.git('push', '--quiet', 'origin', 'main')
    await api.createStack(stack)
    await api.saveSettings(stack, {
      sourceContext: { git: { branch: 'main' } },
      vcs: { provider: 'gitea', repository: REPOSITORY, deployCommits: false, previewPullRequests: true },
    })
    const about = { name: 'gitea', kind: 'gitea', webUrl: gitea.url, token: alice.token }
    const { eventsUrl, webhookSecret } = await api.connectGitHost(about)
    await asAlice('POST', `/repos/${REPOSITORY}/hooks`, {
      type: 'gitea',
      active: true,
      events: ['push', 'pull_request', 'pull_request_sync'],
      config: { url: eventsUrl, content_type: 'json', secret: webhookSecret },
    })
    await work.git('switch', '--quiet', '-c', 'feature')
    const commit = await work.commit('Another word', { 'Pulumi.yaml': program('two') })
    await work.git('push', '--quiet', 'origin', 'feature')
    const change = { title: 'Another word', head: 'feature', base: 'main' }
    const { number } = await asAlice('POST', `/repos/${REPOSITORY}/pulls`, change)
    write(`pull request ${number} of ${REPOSITORY} on Gitea: commit ${commit.slice(0, 12)}\n`)
    const { id } = await newerThan(api, stack, 0, 'the pull request')
    const followed = await follow(api, stack, id, write)
    const reported = await reportOn(asAlice, number, commit)
    return { ...followed, ...reported, commit, previewedCommit: followed.configuration?.source?.git?.commit }
  } finally {
    await work.remove()
  }
}

/** Told a moment after the preview has ended. */
async function reportOn(
  ask: (method: string, path: string) => ReturnType<Gitea['api']>,
  number: number,
  commit: string,
): Promise<Pick<Previewed, 'comments' | 'commitState'>> {
  for (const deadline = Date.now() + REPORT_LIMIT_MILLISECONDS; ; await sleep(100)) {
    const { state } = await ask('GET', `/repos/${REPOSITORY}/commits/${commit}/status`)
    const found: { body: string }[] = await ask('GET', `/repos/${REPOSITORY}/issues/${number}/comments`)
    const comments = found.map(({ body }) => body)
    const isTold =
      state !== 'pending' && state !== '' && comments.some((one) => / succeeded| failed/.test(one))
    if (isTold || Date.now() > deadline) return { comments, commitState: String(state) }
  }
}
