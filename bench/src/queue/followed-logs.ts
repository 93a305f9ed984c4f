/** Logs that are followed while they grow: by a reader who waits at the end, and by one who asks now and then. */
import { fileURLToPath } from 'node:url'
import { JOB_FINISH_PATH } from '@daypass/contract/job-paths.ts'
import { percentile, type Verdict } from '../bench.ts'
import { startChild } from '../child.ts'
import { connectTo } from '../connection.ts'
import { type Claim, PROJECT, runnerApi, userApi } from '../daypass/api.ts'
import { type Installation, ORGANIZATION } from '../daypass/installation.ts'

const JOBS = 20
const LINES_PER_SECOND = 1000
const MOST_BEHIND_MILLISECONDS = 300
/** As Pulumi's CLI waits before it asks again. */
const PULUMI_POLL_MILLISECONDS = 500
/** A line is about as long as those of a package manager. */
export const LINE_TEXT = 'resolved the package and all that it needs, from the cache'.padEnd(70, '.')

export interface WriteOrder {
  readonly baseUrl: string
  readonly jobTokens: readonly string[]
  readonly linesPerSecond: number
  readonly seconds: number
}

export interface ReadOrder {
  readonly baseUrl: string
  readonly accessToken: string
  readonly paths: readonly string[]
  /** 0: asks again at once, and the server answers when there is something. */
  readonly pollMilliseconds: number
}

export interface ReadReport {
  /** Of each line that arrived, how long after it was written. */
  readonly behind: readonly number[]
  /** Lines that came at another place than their own. */
  readonly astray: number
}

interface Followed {
  readonly behind: readonly number[]
  readonly written: number
  readonly lost: number
}

export async function* measureLogs(inputs: {
  readonly installation: Installation
  readonly rounds: number
  readonly seconds: number
  readonly progress: (text: string) => void
}): AsyncGenerator<Verdict> {
  const { rounds, progress } = inputs
  const [ours, theirs]: [Followed[], Followed[]] = [[], []]
  for (let round = 1; round <= rounds; round += 1) {
    ours.push(await follow({ ...inputs, round: `${round}f`, pollMilliseconds: 0 }))
    theirs.push(await follow({ ...inputs, round: `${round}p`, pollMilliseconds: PULUMI_POLL_MILLISECONDS }))
    progress(`round ${round} of ${rounds}`)
  }
  const [behind, theirBehind] = [ours, theirs].map((all) => all.flatMap((one) => one.behind))
  if (behind === undefined || theirBehind === undefined) throw new RangeError('There are two readers.')
  for (const [name, share] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    const [our, their] = [percentile(behind, share), percentile(theirBehind, share)]
    yield {
      name: `queue-log-behind-${name}`,
      ours: `${our.toFixed(0)} ms`,
      peer: `${their.toFixed(0)} ms by asking every ${PULUMI_POLL_MILLISECONDS} ms`,
      ratio: (our / their).toFixed(2),
      goal: name === 'p99' ? `< ${MOST_BEHIND_MILLISECONDS} ms` : 'none',
      reached: name !== 'p99' || our < MOST_BEHIND_MILLISECONDS,
    }
  }
  const all = [...ours, ...theirs]
  const lost = all.reduce((sum, one) => sum + one.lost, 0)
  const written = all.reduce((sum, one) => sum + one.written, 0)
  yield {
    name: 'queue-log-lost-lines',
    ours: String(lost),
    peer: `${written} written`,
    ratio: (lost / written).toFixed(2),
    goal: '0',
    reached: lost === 0,
  }
}

async function follow(inputs: {
  readonly installation: Installation
  readonly round: string
  readonly seconds: number
  readonly pollMilliseconds: number
}): Promise<Followed> {
  const { installation, round, seconds, pollMilliseconds } = inputs
  const { baseUrl, adminToken } = installation
  await using stack = new AsyncDisposableStack()
  const start = (program: string) =>
    stack.adopt(startChild([process.execPath, fileURLToPath(new URL(program, import.meta.url))]), (child) =>
      child.stop(),
    )
  const jobs = await startJobs(installation, round)
  const [writers, readers] = [start('writers-process.ts'), start('readers-process.ts')]
  const reading: ReadOrder = {
    baseUrl,
    accessToken: adminToken,
    paths: jobs.map(({ job }) => `${deploymentsOf(job.stack)}/${job.deploymentId}/logs`),
    pollMilliseconds,
  }
  const jobTokens = jobs.map(({ jobToken }) => jobToken)
  const writing: WriteOrder = { baseUrl, jobTokens, linesPerSecond: LINES_PER_SECOND, seconds }
  readers.process.stdin?.write(`${JSON.stringify(reading)}\n`)
  writers.process.stdin?.write(`${JSON.stringify(writing)}\n`)
  const written = JSON.parse(await writers.nextLine()) as readonly number[]
  await finish(baseUrl, jobs)
  const reports = JSON.parse(await readers.nextLine()) as readonly ReadReport[]
  const missing = reports.map(({ behind, astray }, at) => (written[at] ?? 0) - behind.length + astray)
  return {
    behind: reports.flatMap((report) => report.behind),
    written: written.reduce((sum, count) => sum + count, 0),
    lost: missing.reduce((sum, count) => sum + count, 0),
  }
}

async function startJobs(installation: Installation, round: string): Promise<readonly Claim[]> {
  const { baseUrl, adminToken, poolToken } = installation
  const [user, runner] = [userApi(baseUrl, ORGANIZATION, adminToken), runnerApi(baseUrl, poolToken)]
  const claims: Claim[] = []
  for (let number = 1; number <= JOBS; number += 1) {
    const stack = `logged-${round}-${number}`
    await user.createStack(stack)
    await user.requestDeployment(stack, REQUEST)
    const claim = await runner.claim(10)
    if (!claim) throw new Error(`Nobody offered the deployment of ${stack}.`)
    await runner.start(claim)
    claims.push(claim)
  }
  return claims
}

async function finish(baseUrl: string, jobs: readonly Claim[]): Promise<void> {
  const connection = connectTo(baseUrl)
  for (const { jobToken } of jobs) {
    await connection.send('POST', JOB_FINISH_PATH, `Bearer ${jobToken}`, {
      result: 'succeeded',
      failure: null,
    })
  }
  connection.close()
}

function deploymentsOf(stack: string): string {
  return `/api/stacks/${ORGANIZATION}/${PROJECT}/${stack}/deployments`
}

const REQUEST = {
  operation: 'update',
  sourceContext: { git: { repoUrl: 'https://git.example.com/contoso/core.git', branch: 'refs/heads/main' } },
}
