/** How late a line of a log is on the screen: by the console, and by a page that would ask every second. */
import { fileURLToPath } from 'node:url'
import type { TestBrowser, TestPage } from '../../../test/harness/browser.ts'
import { signIn } from '../../../test/harness/console.ts'
import { percentile, type Verdict } from '../bench.ts'
import { type Child, startChild } from '../child.ts'
import { connectTo } from '../connection.ts'
import { type Claim, PROJECT, runnerApi, userApi } from '../daypass/api.ts'
import { type Installation, ORGANIZATION } from '../daypass/installation.ts'
import { nowMilliseconds } from '../queue/fleet.ts'
import type { ReadOrder, ReadReport, WriteOrder } from '../queue/followed-logs.ts'

const DEPLOYMENTS = 50
/** Of them so many in the browser, which has to draw each line; the others are followed by the same streams. */
const PAGES = 3
const LINES_PER_SECOND = 10
const SECONDS = 20
const POLL_MILLISECONDS = 1000
const BEAT_MILLISECONDS = 4000
const MOST_BEHIND_MILLISECONDS = 250
/** A page draws what is in sight: of lines that come in between, it may leave out some. */
const LEAST_SHARE_DRAWN = 0.9

interface Bed {
  readonly browser: TestBrowser
  readonly installation: Installation
}

export async function measureLogLines({ browser, installation }: Bed): Promise<Verdict> {
  await allowAllAtOnce(installation)
  const ours = await behindOnScreen(browser, installation)
  const theirs = await behindByAsking(installation)
  const [our, their] = [percentile(ours, 0.99), percentile(theirs, 0.99)]
  return {
    name: 'console-log-line-p99',
    ours: `${our.toFixed(0)} ms`,
    peer: `${their.toFixed(0)} ms by asking every second`,
    ratio: (our / their).toFixed(2),
    goal: `< ${MOST_BEHIND_MILLISECONDS} ms`,
    reached: our < MOST_BEHIND_MILLISECONDS,
  }
}

async function behindOnScreen(browser: TestBrowser, installation: Installation): Promise<readonly number[]> {
  await using stack = new AsyncDisposableStack()
  const { claims, leave } = await startJobs(installation, 'shown')
  stack.defer(leave)
  const pages: TestPage[] = []
  for (const { job } of claims.slice(0, PAGES)) {
    const { baseUrl, adminToken } = installation
    const opened = stack.adopt(await signIn(browser, baseUrl, adminToken), (page) => page.close())
    await opened.page.goto(`${baseUrl}/${ORGANIZATION}/${PROJECT}/${job.stack}/deployments/1`)
    await opened.page.getByText('Live', { exact: true }).waitFor()
    await opened.page.evaluate(noteLines(Date.now() - nowMilliseconds()))
    pages.push(opened)
  }
  const gone = new AbortController()
  stack.defer(() => gone.abort())
  for (const { job } of claims.slice(PAGES)) void drain(installation, job, gone.signal)
  const writers = stack.adopt(startProgram('writers-process.ts'), (child) => child.stop())
  const written = await write(writers, installation, claims)
  const behind: number[] = []
  for (const [at, { page }] of pages.entries()) {
    await page.getByText(new RegExp(`^${(written[at] ?? 0) - 1} `)).waitFor()
    const drawn = (await page.evaluate('[...noted.values()]')) as number[]
    const expected = (written[at] ?? 0) * LEAST_SHARE_DRAWN
    if (drawn.length < expected) throw new Error(`A page drew ${drawn.length} of ${written[at]} lines.`)
    behind.push(...drawn)
  }
  await finish(installation, claims)
  return behind
}

/**
 * Of each line, when the frame that shows it begins, less when it was written.
 *
 * @param offset From the writer's clock to the page's, which counts from 1970.
 */
const noteLines = (offset: number): string => `
  globalThis.noted = new Map()
  const note = () => {
    const now = performance.timeOrigin + performance.now()
    for (const number of document.querySelectorAll('[data-line]')) {
      const [, line, writtenAt] = /^(\\d+) (\\d+\\.?\\d*) /.exec(number.nextElementSibling.textContent) ?? []
      if (line && !noted.has(line)) noted.set(line, now - Number(writtenAt) - ${offset})
    }
  }
  new MutationObserver(() => requestAnimationFrame(note)).observe(document.body, {
    subtree: true, childList: true, characterData: true,
  })`

async function behindByAsking(installation: Installation): Promise<readonly number[]> {
  await using stack = new AsyncDisposableStack()
  const { claims, leave } = await startJobs(installation, 'asked')
  stack.defer(leave)
  const start = (program: string) => stack.adopt(startProgram(program), (child) => child.stop())
  const [writers, readers] = [start('writers-process.ts'), start('readers-process.ts')]
  const order: ReadOrder = {
    baseUrl: installation.baseUrl,
    accessToken: installation.adminToken,
    paths: claims.map(
      ({ job: { stack: name, deploymentId } }) =>
        `/api/stacks/${ORGANIZATION}/${PROJECT}/${name}/deployments/${deploymentId}/logs`,
    ),
    pollMilliseconds: POLL_MILLISECONDS,
  }
  readers.process.stdin?.write(`${JSON.stringify(order)}\n`)
  await write(writers, installation, claims)
  await finish(installation, claims)
  const reports = JSON.parse(await readers.nextLine()) as readonly ReadReport[]
  return reports.flatMap(({ behind }) => behind)
}

async function allowAllAtOnce({ baseUrl, adminToken }: Installation): Promise<void> {
  const connection = connectTo(baseUrl)
  const path = `/api/daypass/orgs/${ORGANIZATION}/deployment-limits`
  await connection.send('PATCH', path, `token ${adminToken}`, { concurrency: DEPLOYMENTS })
  connection.close()
}

function startProgram(name: string): Child {
  return startChild([process.execPath, fileURLToPath(new URL(`../queue/${name}`, import.meta.url))])
}

/** @returns How many lines each has written. */
async function write(
  writers: Child,
  { baseUrl }: Installation,
  claims: readonly Claim[],
): Promise<readonly number[]> {
  const jobTokens = claims.map(({ jobToken }) => jobToken)
  const order: WriteOrder = { baseUrl, jobTokens, linesPerSecond: LINES_PER_SECOND, seconds: SECONDS }
  writers.process.stdin?.write(`${JSON.stringify(order)}\n`)
  return JSON.parse(await writers.nextLine()) as readonly number[]
}

interface Jobs {
  readonly claims: readonly Claim[]
  /** From now on somebody else says that they are alive. */
  readonly leave: () => void
}

async function startJobs(installation: Installation, name: string): Promise<Jobs> {
  const { baseUrl, adminToken, poolToken } = installation
  const [user, runner] = [userApi(baseUrl, ORGANIZATION, adminToken), runnerApi(baseUrl, poolToken)]
  const claims: Claim[] = []
  const beats = setInterval(() => {
    for (const claim of claims) runner.beat(claim).catch(() => {})
  }, BEAT_MILLISECONDS)
  const numbers = Array.from({ length: DEPLOYMENTS }, (_none, number) => number + 1)
  await Promise.all(
    numbers.map(async (number) => {
      await user.createStack(`${name}-${number}`)
      await user.requestDeployment(`${name}-${number}`, REQUEST)
      const claim = await runner.claim(20)
      if (!claim) throw new Error('Nobody offered a deployment.')
      await runner.start(claim)
      claims.push(claim)
    }),
  )
  return { claims, leave: () => clearInterval(beats) }
}

async function finish({ baseUrl, poolToken }: Installation, claims: readonly Claim[]): Promise<void> {
  const runner = runnerApi(baseUrl, poolToken)
  for (const claim of claims) await runner.finish(claim)
}

async function drain(
  { baseUrl, adminToken }: Installation,
  { stack, deploymentId }: Claim['job'],
  signal: AbortSignal,
): Promise<void> {
  const path = `/api/daypass/stacks/${ORGANIZATION}/${PROJECT}/${stack}/deployments/${deploymentId}/log-stream`
  const headers = { authorization: `token ${adminToken}` }
  const answer = await fetch(baseUrl + path, { headers, signal })
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`)
  await answer.body?.pipeTo(new WritableStream(), { signal }).catch(() => {})
}

const REQUEST = {
  operation: 'update',
  sourceContext: { git: { repoUrl: 'https://git.example.com/contoso/core.git', branch: 'refs/heads/main' } },
}
