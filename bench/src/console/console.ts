/** The console in a real browser: how much it loads, how soon it answers, and how late a line of a log is. */
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { startBrowser, type TestBrowser } from '../../../test/harness/browser.ts'
import { signIn } from '../../../test/harness/console.ts'
import { type Bench, holdBelow, percentile } from '../bench.ts'
import { startBenchDatabase } from '../daypass/database.ts'
import { type Installation, ORGANIZATION, startInstallation } from '../daypass/installation.ts'
import { millisecondsToResult } from './click.ts'
import { measureLogLines } from './log-lines.ts'
import { addStacks } from './many-stacks.ts'

const JAVASCRIPT_LIMIT_KILOBYTES = 200
const INTERACTIVE_LIMIT_MILLISECONDS = 1000
const QUIET_MILLISECONDS = 500
const RESULT_LIMIT_MILLISECONDS = 1000
const STACKS = 10_000
const STACKS_LIMIT_MILLISECONDS = 300

export const benchConsole: Bench = async function* ({ environment, rounds, progress }) {
  await using stack = new AsyncDisposableStack()
  const database = stack.adopt(await startBenchDatabase(), (started) => started.stop())
  const installation = stack.adopt(
    await startInstallation({ databaseUrl: database.url, environment, on: (command) => command }),
    (started) => started.stop(),
  )
  const started = await startBrowser()
  if ('missing' in started) throw new Error(started.missing)
  const browser = stack.adopt(started, (open) => open.close())
  progress('the first load, and until the sign-in can be used')
  yield holdBelow('console-javascript', {
    value: await kilobytesOfJavaScript(browser, installation),
    limit: JAVASCRIPT_LIMIT_KILOBYTES,
    unit: 'kB',
  })
  const interactive = await repeat(rounds, () => millisecondsToSignIn(browser, installation))
  yield holdBelow('console-interactive', {
    value: percentile(interactive, 0.5),
    limit: INTERACTIVE_LIMIT_MILLISECONDS,
    unit: 'ms',
  })
  progress(`${STACKS} stacks`)
  await addStacks(database.db, { organization: ORGANIZATION, count: STACKS })
  const listed = await millisecondsToList(browser, installation, rounds)
  yield holdBelow('console-10000-stacks', {
    value: percentile(listed, 0.5),
    limit: STACKS_LIMIT_MILLISECONDS,
    unit: 'ms',
  })
  // After the list, before whose first stack theirs would stand.
  progress('lines of a log, from the job to the screen')
  yield await measureLogLines({ browser, installation })
  progress('from the click on Deploy to its result')
  yield holdBelow('console-click-to-result', {
    value: percentile(await millisecondsToResult(browser, installation, rounds), 0.5),
    limit: RESULT_LIMIT_MILLISECONDS,
    unit: 'ms',
  })
}

async function repeat(times: number, measure: () => Promise<number>): Promise<number[]> {
  const measured: number[] = []
  for (let time = 0; time < times; time += 1) measured.push(await measure())
  return measured
}

async function kilobytesOfJavaScript(browser: TestBrowser, { baseUrl, adminToken }: Installation) {
  const { page, close } = await browser.open('about:blank')
  let bytes = 0
  const counted: Promise<void>[] = []
  page.on('response', (response) => {
    if (!new URL(response.url()).pathname.endsWith('.js')) return
    counted.push(
      response.body().then((body) => {
        bytes += gzipSync(body, { level: 9 }).length
      }),
    )
  })
  await page.goto(baseUrl)
  // What a page does last; it goes on, so that the network is never idle.
  const followed = page.waitForResponse((response) => response.url().endsWith('/events'))
  await page.getByLabel('Access token').fill(adminToken)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Stacks', exact: true }).waitFor()
  await followed
  await page.waitForTimeout(QUIET_MILLISECONDS)
  await Promise.all(counted)
  await close()
  return bytes / 1000
}

async function millisecondsToSignIn(browser: TestBrowser, { baseUrl }: Installation): Promise<number> {
  const { page, close } = await browser.open('about:blank')
  const startedAt = performance.now()
  await page.goto(baseUrl, { waitUntil: 'commit' })
  const field = page.getByLabel('Access token')
  await field.press('p')
  const milliseconds = performance.now() - startedAt
  if ((await field.inputValue()) !== 'p') throw new Error('The sign-in did not take the letter.')
  await close()
  return milliseconds
}

async function millisecondsToList(browser: TestBrowser, installation: Installation, rounds: number) {
  const { baseUrl, adminToken } = installation
  const { page, close } = await signIn(browser, baseUrl, adminToken)
  await openList(page, baseUrl)
  const measured = await repeat(rounds, () => openList(page, baseUrl))
  await close()
  return measured
}

/** From a page of one stack back to the list, as a person goes, after the list was forgotten. */
async function openList(page: Page, baseUrl: string): Promise<number> {
  const startedAt = performance.now()
  await page.goto(`${baseUrl}/${ORGANIZATION}`, { waitUntil: 'commit' })
  await page.getByRole('link', { name: 'bench/many-00000' }).waitFor()
  return performance.now() - startedAt
}
