/** From a git host's webhook to the claim of its deployment, at a steady rate, by the real server over HTTP. */
import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Bench, holdBelow, percentile, type Verdict } from '../bench.ts'
import { type RunnerApi, runnerApi, userApi } from '../daypass/api.ts'
import { startBenchDatabase } from '../daypass/database.ts'
import { type Installation, ORGANIZATION, startInstallation } from '../daypass/installation.ts'

const PER_SECOND = 20
const STACKS = 60
const RUNNERS = 20
const WARM_UP_PUSHES = 100
const CLAIMED_P99_LIMIT_MILLISECONDS = 250
const ANSWERED_P99_LIMIT_MILLISECONDS = 50

export const benchGitPush: Bench = async function* ({ environment, rounds, seconds, progress }) {
  await using stack = new AsyncDisposableStack()
  const database = stack.adopt(await startBenchDatabase(), (started) => started.stop())
  const installation = stack.adopt(
    await startInstallation({ databaseUrl: database.url, environment, on: (command) => command }),
    (started) => started.stop(),
  )
  const host = await connectHost(installation)
  const runner = runnerApi(installation.baseUrl, installation.poolToken)
  progress(`${STACKS} stacks, and pushes until the code is compiled`)
  await pushAll(host, runner, WARM_UP_PUSHES)
  const samples: Sample[] = []
  for (let round = 1; round <= rounds; round += 1) {
    progress(`${PER_SECOND} pushes a second for ${seconds} s, round ${round} of ${rounds}`)
    samples.push(...(await pushAll(host, runner, PER_SECOND * seconds)))
  }
  const answered = samples.map(({ answeredMs }) => answeredMs)
  const claimed = samples.map(({ claimedMs }) => claimedMs)
  yield verdict('answered-p99', percentile(answered, 0.99), ANSWERED_P99_LIMIT_MILLISECONDS)
  yield verdict('claimed-p50', percentile(claimed, 0.5), CLAIMED_P99_LIMIT_MILLISECONDS)
  yield verdict('claimed-p99', percentile(claimed, 0.99), CLAIMED_P99_LIMIT_MILLISECONDS)
}

function verdict(which: string, milliseconds: number, limit: number): Verdict {
  return holdBelow(`git-push-to-${which}`, { value: milliseconds, limit, unit: 'ms' })
}

interface Host {
  readonly eventsUrl: string
  readonly webhookSecret: string
}

async function connectHost({ baseUrl, adminToken }: Installation): Promise<Host> {
  const call = async (method: string, path: string, body: object): Promise<unknown> => {
    const headers = { authorization: `token ${adminToken}`, 'content-type': 'application/json' }
    const response = await fetch(baseUrl + path, { method, headers, body: JSON.stringify(body) })
    if (!response.ok)
      throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`)
    return response.json()
  }
  const user = userApi(baseUrl, ORGANIZATION, adminToken)
  for (let number = 0; number < STACKS; number += 1) {
    await user.createStack(`pushed-${number}`)
    await call('PUT', `/api/stacks/${ORGANIZATION}/bench/pushed-${number}/deployments/settings`, {
      sourceContext: { git: { branch: 'refs/heads/main' } },
      gitHub: { repository: repositoryOf(number), deployCommits: true, paths: ['infra/**', '!**/*.md'] },
    })
  }
  const path = `/api/daypass/orgs/${ORGANIZATION}/git-hosts`
  return (await call('POST', path, { name: 'hub', kind: 'github' })) as Host
}

function repositoryOf(number: number): string {
  return `acme/repository-${number % STACKS}`
}

interface Sample {
  readonly answeredMs: number
  readonly claimedMs: number
}

async function pushAll(host: Host, runner: RunnerApi, count: number): Promise<Sample[]> {
  const claimedAt = new Map<string, number>()
  let left = count
  const claimers = Array.from({ length: RUNNERS }, async () => {
    while (left > 0) {
      const claim = await runner.claim(1)
      if (!claim) continue
      claimedAt.set(claim.job.source?.commit ?? '', performance.now())
      left -= 1
      await runner.start(claim)
      await runner.finish(claim)
    }
  })
  const start = performance.now()
  const pushes = Array.from({ length: count }, async (_, number) => {
    await sleep(Math.max(0, start + (number * 1000) / PER_SECOND - performance.now()))
    return push(host, number)
  })
  const sent = await Promise.all(pushes)
  await Promise.all(claimers)
  return sent.map(({ commit, sentAt, answeredAt }) => ({
    answeredMs: answeredAt - sentAt,
    claimedMs: (claimedAt.get(commit) ?? Number.NaN) - sentAt,
  }))
}

/** Where each branch is. */
const heads = new Map<string, string>()

async function push({ eventsUrl, webhookSecret }: Host, number: number) {
  const repository = repositoryOf(number)
  const commit = randomBytes(20).toString('hex')
  // What follows on nothing that is known would have the server ask a host.
  const before = heads.get(repository) ?? randomBytes(20).toString('hex')
  heads.set(repository, commit)
  const body = JSON.stringify({
    ref: 'refs/heads/main',
    before,
    after: commit,
    created: false,
    deleted: false,
    forced: false,
    repository: { full_name: repository, clone_url: `https://github.com/${repository}.git` },
    sender: { login: 'octo' },
    head_commit: { message: 'Mend it' },
    commits: [{ added: ['infra/index.ts'], removed: [], modified: ['README.md'] }],
  })
  const sentAt = performance.now()
  const response = await fetch(eventsUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': `sha256=${createHmac('sha256', webhookSecret).update(body).digest('hex')}`,
    },
    body,
  })
  if (response.status !== 202) throw new Error(`A push was answered ${response.status}.`)
  await response.arrayBuffer()
  return { commit, sentAt, answeredAt: performance.now() }
}
