/** A world with a git host that delivers over HTTP and answers as GitHub does, well or badly, and the worker of deliveries. */
import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto'
import { expect, vi } from 'vitest'
import type { GitDelivery } from '../../contract/src/git-hosts.ts'
import { type GitWork, startGitWork } from '../../server/src/git-deliveries/work.ts'
import { linkedRepositories } from '../../server/src/git-hosts/linked.ts'
import { findLostPushes, type Seen } from '../../server/src/git-push/sweep.ts'
import { findChangedPullRequests } from '../../server/src/pull-requests/sweep.ts'
import { destroyOverdue } from '../../server/src/review-stacks/sweep.ts'
import { gitTrigger } from '../../server/src/triggers/git.ts'
import { createWorld, type World } from './world.ts'

/** 40 times the same digit. */
export const commit = (digit: string): string => digit.repeat(40)

export interface Connected {
  readonly id: string
  readonly secret: string
}

export interface PushOptions {
  readonly to?: Connected
  readonly branch?: string
  readonly message?: string
  /** Null: the payload lists no commits. */
  readonly files?: readonly string[] | null
  readonly forced?: boolean
  /** Makes the body another one, as a second webhook does. */
  readonly nonce?: string
  readonly id?: string
}

export interface PullRequest {
  readonly number: number
  readonly head: string
  readonly author?: string
  readonly authorType?: 'User' | 'Bot'
  readonly headRepository?: string | null
  readonly base?: string
  readonly draft?: boolean
  readonly state?: 'open' | 'closed'
  readonly title?: string
  readonly labels?: readonly string[]
}

export interface Said {
  readonly by: string
  readonly type?: 'User' | 'Bot'
  readonly body?: string
  readonly action?: string
  /** It is on an issue. */
  readonly isIssue?: boolean
  /** An App wrote it in the name of a person. */
  readonly byApp?: boolean
  readonly id?: string
}

export interface Deployed {
  readonly stack: string
  readonly operation: string
  readonly trigger: string
  readonly initiator: string
  readonly commit: string
  readonly ref: string
}

export interface GitWorld {
  readonly world: World
  readonly hub: Connected
  /** What the host answers. */
  readonly heads: Map<string, string>
  readonly changed: Map<string, readonly string[]>
  readonly permissions: Map<string, string>
  readonly pullRequests: Map<number, PullRequest>
  readonly pullRequestFiles: Map<number, readonly string[]>
  /** Answered instead, while it answers anything. */
  fault: (path: string) => Response | undefined
  /** Of what was asked: method and path. */
  readonly asked: string[]
  /** What tokens of the host were asked for may do, as JSON. */
  readonly tokens: string[]
  connect(name: string): Promise<Connected>
  addStack(
    name: string,
    block?: Readonly<Record<string, unknown>> & { readonly branch?: string },
  ): Promise<string>
  push(before: string, after: string, options?: PushOptions): Promise<number>
  tag(name: string, at: string | undefined): Promise<void>
  pullRequest(action: string, pullRequest: PullRequest): Promise<void>
  comment(number: number, said: Said): Promise<void>
  review(number: number, said: Said & { readonly commit: string; readonly state?: string }): Promise<void>
  /** Of the hub, the newest first. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer's shape is what a test asserts
  deliveries(): Promise<(Omit<GitDelivery, 'stacks'> & { readonly stacks: any })[]>
  redeliver(id: string): Promise<void>
  /** When nothing is due any more. */
  settled(): Promise<void>
  /** Looks at branches; answers how many are elsewhere than is known. */
  sweep(): Promise<number>
  /** Looks at open pull requests; answers how many have changed, and nobody told of it. */
  sweepPullRequests(): Promise<number>
  /** Looks at review stacks of closed pull requests; answers how many destructions were asked for. */
  sweepReviewStacks(): Promise<number>
  /** As if the server died: what it had taken is nobody's, and another one begins. */
  restart(): Promise<void>
  /** In the order of the requests. */
  deployments(): Promise<Deployed[]>
  clear(): Promise<void>
  close(): Promise<void>
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

export async function createGitWorld(): Promise<GitWorld> {
  const heads = new Map<string, string>()
  const changed = new Map<string, readonly string[]>()
  const permissions = new Map<string, string>()
  const pullRequests = new Map<number, PullRequest>()
  const pullRequestFiles = new Map<number, readonly string[]>()
  const asked: string[] = []
  const tokens: string[] = []
  let seen: Seen = new Map()

  /** GitHub's API, as far as it is used: everything else is a fault of the test. */
  const answerTo = (method: string, path: string): Response => {
    const [, compared] = /\/compare\/([0-9a-f.]+)/.exec(path) ?? []
    const [, login] = /\/collaborators\/([^/]+)\/permission/.exec(path) ?? []
    const [, number, files] = /\/pulls\/(\d+)(\/files)?/.exec(path) ?? []
    const [, branch] = /\/branches\/(.+)$/.exec(path) ?? []
    if (path.endsWith('/installation')) return Response.json({ id: 1 })
    if (method === 'POST' && path.endsWith('/access_tokens')) {
      return Response.json({ token: 'ghs_short', expires_at: new Date(Date.now() + 3_600_000).toISOString() })
    }
    if (compared !== undefined) {
      const names = changed.get(compared)
      if (!names) return new Response('{"message":"Not Found"}', { status: 404 })
      return Response.json({ status: 'ahead', files: names.map((filename) => ({ filename })) })
    }
    if (login !== undefined) return Response.json({ permission: permissions.get(login) ?? 'none' })
    if (files !== undefined) {
      const names = pullRequestFiles.get(Number(number)) ?? []
      return Response.json(names.map((filename) => ({ filename })))
    }
    if (path.endsWith('/pulls')) {
      const open = [...pullRequests.values()].filter(({ state = 'open' }) => state === 'open')
      return Response.json(open.map(pullRequestJson))
    }
    if (number !== undefined) {
      const found = pullRequests.get(Number(number))
      return found ? Response.json(pullRequestJson(found)) : new Response('{}', { status: 404 })
    }
    if (branch !== undefined) {
      const head = heads.get(branch)
      if (head === undefined) return new Response('{"message":"Branch not found"}', { status: 404 })
      return Response.json({ commit: { sha: head, commit: { message: 'found' } } })
    }
    throw new Error(`Nothing here answers ${method} ${path}.`)
  }

  const hostFetch: typeof globalThis.fetch = async (input, init) => {
    const { pathname, search } = new URL(String(input))
    const method = init?.method ?? 'GET'
    asked.push(`${method} ${pathname}${search}`)
    if (pathname.endsWith('/access_tokens'))
      tokens.push(JSON.stringify(JSON.parse(String(init?.body)).permissions))
    return git.fault(pathname) ?? answerTo(method, pathname)
  }
  const hostApi = { fetch: hostFetch, now: () => new Date() }
  const world = await createWorld({ hostFetch, poolSize: 20 })
  await world.call('PATCH', '/api/orgs/acme', { body: { setDefaultStackPermission: 101 } })
  const listener = await world.database.listen()
  const services = {
    ...world,
    randomUuid: randomUUID,
    hostApi,
    linked: linkedRepositories({ ...world, hostApi }),
    log: { info: () => {}, warn: () => {}, error: (details: object) => console.error(details) },
  }
  const start = (): GitWork =>
    startGitWork({
      ...services,
      listener,
      now: () => new Date(),
      // Nothing in a test waits for seconds.
      random: () => -1,
      handle: gitTrigger(services),
      sweepSeconds: 0.05,
    })
  let work = start()

  async function connect(name: string): Promise<Connected> {
    const { body } = await world.call('POST', '/api/daypass/orgs/acme/git-hosts', {
      body: { name, kind: 'github-app', appId: '7', privateKey: PEM },
    })
    return { id: body.id, secret: body.webhookSecret }
  }

  async function deliver(
    event: string,
    payload: object,
    { to = git.hub, id = randomUUID() }: Pick<PushOptions, 'to' | 'id'> = {},
  ): Promise<number> {
    const about = {
      repository: { full_name: 'acme/web', clone_url: 'https://github.com/acme/web.git' },
      sender: { login: 'octo' },
    }
    const raw = JSON.stringify({ ...about, ...payload })
    const answer = await world.call('POST', `/api/daypass/git-hosts/${to.id}/events`, {
      raw,
      token: null,
      headers: {
        'x-github-event': event,
        'x-github-delivery': id,
        'x-hub-signature-256': `sha256=${createHmac('sha256', to.secret).update(raw).digest('hex')}`,
      },
    })
    return answer.status
  }

  const git: GitWorld & { hub: Connected } = {
    world,
    hub: { id: '', secret: '' },
    heads,
    changed,
    permissions,
    pullRequests,
    pullRequestFiles,
    fault: () => undefined,
    asked,
    tokens,
    connect,
    async addStack(name, { branch = 'main', ...block } = {}) {
      const id = await world.addStack(name)
      const { status, body } = await world.call('PUT', `/api/stacks/acme/web/${name}/deployments/settings`, {
        body: {
          sourceContext: { git: { branch: `refs/heads/${branch}` } },
          gitHub: { repository: 'acme/web', deployCommits: true, ...block },
        },
      })
      if (status !== 200) throw new Error(JSON.stringify(body))
      return id
    },
    push(
      before,
      after,
      { branch = 'main', message = 'x', files = ['x'], forced = false, nonce, ...to } = {},
    ) {
      const isNew = /^0+$/.test(before)
      return deliver(
        'push',
        {
          ref: `refs/heads/${branch}`,
          before,
          after,
          created: isNew && !forced,
          forced,
          commits: files === null ? [] : [{ added: files, removed: [], modified: [] }],
          head_commit: { message },
          nonce,
        },
        to,
      )
    },
    async tag(name, at) {
      const [before, after] = at === undefined ? ['1', '0'].map(commit) : [commit('0'), at]
      await deliver('push', {
        ref: `refs/tags/${name}`,
        before,
        after,
        deleted: at === undefined,
        head_commit: at === undefined ? null : { id: at, message: 'tagged' },
        commits: [],
      })
    },
    async pullRequest(action, pullRequest) {
      pullRequests.set(pullRequest.number, pullRequest)
      await deliver('pull_request', {
        action,
        nonce: randomUUID(),
        pull_request: pullRequestJson(pullRequest),
      })
    },
    async comment(number, { by, type = 'User', body = '', action = 'created', isIssue = false, ...more }) {
      const payload = {
        action,
        issue: { number, ...(!isIssue && { pull_request: {} }) },
        comment: {
          id: 100,
          body,
          user: { login: by, type },
          performed_via_github_app: more.byApp === true ? { id: 1 } : null,
        },
        sender: { login: by },
        nonce: more.id ?? randomUUID(),
      }
      await deliver('issue_comment', payload, { ...(more.id !== undefined && { id: more.id }) })
    },
    async review(number, { by, type = 'User', body = '', action = 'submitted', state = 'approved', ...at }) {
      const review = { id: 200, body, state, commit_id: at.commit, user: { login: by, type } }
      const payload = { action, pull_request: { number }, review, nonce: randomUUID(), sender: { login: by } }
      await deliver('pull_request_review', payload)
    },
    async deliveries() {
      return (await world.call('GET', '/api/daypass/orgs/acme/git-hosts/hub/deliveries')).body.deliveries
    },
    async redeliver(id) {
      const path = `/api/daypass/orgs/acme/git-hosts/hub/deliveries/${id}/redeliver`
      expect(await world.call('POST', path)).toMatchObject({ status: 202 })
    },
    settled: () =>
      vi.waitFor(
        async () => {
          const { rows } = await world.db.query<{ n: number }>(
            'select count(*) as n from git_deliveries where due_at is not null',
          )
          expect(rows[0]?.n).toBe(0)
        },
        { timeout: 20_000, interval: 20 },
      ),
    async sweep() {
      seen = await findLostPushes(services, seen)
      return seen.size
    },
    sweepPullRequests: () => findChangedPullRequests(services),
    sweepReviewStacks: () => destroyOverdue(services),
    async restart() {
      const former = work
      await world.db.query(
        "update git_deliveries set due_at = clock_timestamp() - interval '1 s', lease_id = gen_random_uuid() where due_at is not null",
      )
      work = start()
      await former.stop()
    },
    async deployments() {
      const { rows } = await world.db.query<Deployed>(
        `select s.name as stack, d.operation, d.trigger, d.initiator, d.git ->> 'commit' as commit, d.git ->> 'ref' as ref
           from deployments d join stacks s on s.id = d.stack_id order by d.seq`,
      )
      return rows
    },
    async clear() {
      git.fault = () => undefined
      for (const map of [heads, changed, permissions, pullRequests, pullRequestFiles]) map.clear()
      asked.length = 0
      tokens.length = 0
      seen = new Map()
      await world.db.query('delete from git_hosts')
      await world.db.query('delete from deployments')
      await world.db.query('delete from stacks')
      await world.db.query('delete from review_stacks')
      await world.db.query('delete from retired_stack_names')
      git.hub = await connect('hub')
    },
    async close() {
      await work.stop()
      await listener.close()
      await world.close()
    },
  }
  await git.clear()
  return git
}

/** As GitHub has it in events and answers. */
export function pullRequestJson(pullRequest: PullRequest): object {
  const { number, head, author = 'octo', authorType = 'User', base = 'main', labels = [] } = pullRequest
  const { headRepository = 'acme/web', draft = false, state = 'open', title = 'Mend' } = pullRequest
  return {
    number,
    title,
    html_url: `https://github.com/acme/web/pull/${number}`,
    user: { login: author, type: authorType },
    draft,
    state,
    merged: false,
    head: { sha: head, ref: 'topic', repo: headRepository === null ? null : { full_name: headRepository } },
    base: { sha: commit('0').replaceAll('0', '9'), ref: base, repo: { full_name: 'acme/web' } },
    labels: labels.map((name) => ({ name })),
  }
}
