// A deployment as people meet it in the console: asked for by a click, watched while it runs, over a server that is
// started anew, cancelled, run again, and read by somebody who may not deploy.
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../server/src/http/free-port.ts'
import { startBrowser, type TestBrowser, type TestPage } from './harness/browser.ts'
import { barriersOf, keepPicture, signIn } from './harness/console.ts'
import { type Front, startFront } from './harness/front.ts'
import { startServer, type TestServer } from './harness/server.ts'
import { type System, startSystem } from './harness/system.ts'
import { accountTrusting, deploymentRequest, subject } from './harness/trusting-role.ts'

const SHOWN_MS = 30_000
let front: Front
let system: System
let server: TestServer
let browser: TestBrowser
let admin: TestPage
let missing = ''
beforeAll(async () => {
  const started = await startBrowser()
  if ('missing' in started) {
    missing = started.missing
    return
  }
  browser = started
  front = await startFront()
  const port = await freePort('127.0.0.1')
  front.switchTo(port)
  system = await startSystem({
    server: { flags: flagsAt(port) },
    accounts: (issuerUrl) => [accountTrusting(issuerUrl, { subjects: [subject('dev', 'update')] })],
  })
  server = system.server
  await system.addStack('dev')
  await saveSettings('node whoami.mjs > caller.txt')
  admin = await signIn(browser, server.url, server.adminToken)
  admin.page.setDefaultTimeout(SHOWN_MS)
})
afterAll(async () => {
  await browser?.close()
  if (server !== system?.server) await server?.stop()
  await system?.stop()
  await front?.close()
})

/** Of a server behind the front. */
function flagsAt(port: number): string[] {
  return ['--port', String(port), '--base-url', front.url]
}

const DEPLOYMENTS = '/api/stacks/main/shop/dev/deployments'

async function saveSettings(command: string): Promise<void> {
  const context = { preRunCommands: [command] }
  const made = deploymentRequest({ repoUrl: system.repoUrl, awsUrl: system.aws.url }, { context })
  const { operation: _, inheritSettings: __, ...settings } = made as Record<string, unknown>
  expect(await server.call('PUT', `${DEPLOYMENTS}/settings`, settings)).toMatchObject({ status: 200 })
}

/** As the page's button gives it: what the page has, wherever it is scrolled to. */
async function logOnPage(page: Page): Promise<string> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download the log' }).click(),
  ])
  return readFile(await file.path(), 'utf8')
}

/** As the API tells it afterwards, in the form of that file. */
async function logOfApi(version: number): Promise<string> {
  const { id } = (await server.call('GET', `${DEPLOYMENTS}/version/${version}`)).body
  const { log } = await system.ended('dev', id)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
  return log.replace(/^## /gm, '\n== ').replace(/\u001b\[[0-9;]*m/g, '')
}

test('an admin asks for a deployment and watches it to its end', async ({ skip }) => {
  skip(missing !== '', missing)
  const { page, complaints } = admin
  await page.getByRole('link', { name: 'shop/dev' }).click()
  await page.getByRole('tab', { name: 'Deployments' }).click()
  await page.getByRole('button', { name: 'Deploy', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: 'update' }).check()
  // What a person has for a result: the page of the deployment, with its number.
  await dialog.getByRole('button', { name: 'Deploy', exact: true }).click()
  await page.getByRole('heading', { name: '#1 update' }).waitFor()
  await page.getByRole('button', { name: 'Fetch credentials via OIDC' }).waitFor()
  await page.getByRole('button', { name: 'pulumi update' }).waitFor()
  await page.getByText('Succeeded', { exact: true }).first().waitFor()
  await page.getByRole('button', { name: 'To the end' }).waitFor()
  expect(await logOnPage(page)).toBe(await logOfApi(1))
  expect(await barriersOf(page)).toEqual([])
  expect(complaints).toEqual([])
})

test('a log that is followed goes on when the server is started anew', async ({ skip }) => {
  skip(missing !== '', missing)
  // A job gives up after 10 seconds without a server, and a busy machine needs longer to start one.
  const port = await freePort('127.0.0.1')
  const { dataFolder } = server
  const next = await startServer({ postgres: system.database, dataFolder, flags: flagsAt(port) })
  await saveSettings('for i in $(seq 40); do echo "tick $i"; sleep 0.5; done; echo -n x > caller.txt')
  const { page } = admin
  await page.getByRole('button', { name: 'Run again' }).click()
  await page.getByRole('heading', { name: '#2 update' }).waitFor()
  const lines = page.getByRole('region', { name: 'Lines of the log' })
  await lines.getByText('tick 4', { exact: true }).waitFor()
  await server.kill()
  server = next
  front.switchTo(undefined)
  await page.getByText('Reconnecting …').waitFor()
  await keepPicture(page, 'reconnecting-1280-light')
  front.switchTo(port)
  await lines.getByText('tick 40', { exact: true }).waitFor()
  await page.getByText('Succeeded', { exact: true }).first().waitFor()
  const shown = await logOnPage(page)
  expect([...shown.matchAll(/^tick (\d+)$/gm)].map(([, n]) => Number(n))).toEqual(
    Array.from({ length: 40 }, (_none, n) => n + 1),
  )
  expect(shown).toBe(await logOfApi(2))
})

test('it is cancelled by a click, and run again', async ({ skip }) => {
  skip(missing !== '', missing)
  await saveSettings('echo begun; sleep 60')
  const { page, complaints } = admin
  await page.getByRole('button', { name: 'Run again' }).click()
  await page.getByRole('heading', { name: '#3 update' }).waitFor()
  await page.getByText('begun', { exact: true }).waitFor()
  // The next one of the stack says for what it waits, and is gone when it is cancelled.
  const waiting = await system.request('dev', { operation: 'preview' })
  await page.goto(`${server.url}/main/shop/dev/deployments/4`)
  await page.getByRole('link', { name: 'Open deployment 3' }).waitFor()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByText('Failed', { exact: true }).waitFor()
  expect((await system.ended('dev', waiting)).status).toBe('failed')
  await page.goto(`${server.url}/main/shop/dev/deployments/3`)
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByText('Failed', { exact: true }).first().waitFor()
  await page.getByRole('button', { name: 'Run again' }).waitFor()
  expect(complaints).toEqual([])
})

test('who may only read sees why not, also by the keyboard, and reads the log', async ({ skip }) => {
  skip(missing !== '', missing)
  const made = await server.call('POST', '/api/daypass/users', { login: 'rita' })
  expect(made.status).toBe(201)
  await server.call('PATCH', '/api/orgs/main', { setDefaultStackPermission: 101 })
  const joined = await server.call('POST', '/api/orgs/main/members/rita', { role: 'member' })
  expect(joined.status).toBeLessThan(300)
  const { page, complaints, close } = await signIn(browser, server.url, made.body.token.tokenValue)
  await page.goto(`${server.url}/main/shop/dev/deployments`)
  const deploy = page.getByRole('button', { name: 'Deploy', exact: true })
  await page.locator('button[aria-disabled=true]', { hasText: 'Deploy' }).first().waitFor()
  await deploy.focus()
  await page.getByText(/takes the permission “write”/).waitFor()
  await page.keyboard.press('Enter')
  expect(await page.getByRole('dialog').count()).toBe(0)
  await page.getByRole('link', { name: '#1 update' }).click()
  await page.getByRole('button', { name: 'Fetch credentials via OIDC' }).waitFor()
  expect(await barriersOf(page)).toEqual([])
  expect(complaints).toEqual([])
  await close()
})

const MANY = 200_000
const AT_ONCE = 1_000

test(`${MANY} lines stay few elements, and each is reached`, async ({ skip }) => {
  skip(missing !== '', missing)
  const { page, complaints } = admin
  const version = await writeManyLines()
  await page.goto(`${server.url}/main/shop/many/deployments/${version}`)
  const lines = page.getByRole('region', { name: 'Lines of the log' })
  await page.getByRole('button', { name: 'To the end' }).waitFor({ timeout: 90_000 })
  await page.getByRole('button', { name: 'To the end' }).click()
  await lines.getByText(`line ${MANY}`, { exact: true }).waitFor()
  const drawn = () => lines.locator('[data-line]').count()
  expect(await drawn()).toBeLessThan(200)
  await page.getByLabel('Search the log').fill('line 123456')
  await page.getByText('1 of 1', { exact: true }).waitFor()
  await page.getByLabel('Search the log').press('Enter')
  await lines.getByText('line 123456', { exact: true }).waitFor()
  expect(await drawn()).toBeLessThan(200)
  await page.goto(`${server.url}/main/shop/many/deployments/${version}#L77777`)
  await page.reload()
  const linked = lines.getByRole('link', { name: 'Link to line 77777' })
  await linked.waitFor({ timeout: 90_000 })
  await linked.focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  expect(new URL(page.url()).hash).toBe('#L77778')
  expect(complaints).toEqual([])
})

/** As a runner of a pool of its own, which nobody else serves. @returns The version of the deployment. */
async function writeManyLines(): Promise<number> {
  await system.addStack('many')
  const pool = (await server.call('POST', '/api/orgs/main/agent-pools', { name: 'many' })).body
  const git = { repoUrl: system.repoUrl, branch: 'main' }
  const body = { operation: 'update', agentPoolID: pool.id, sourceContext: { git } }
  const asked = await server.call('POST', '/api/stacks/main/shop/many/deployments', body)
  expect(asked.status).toBe(202)
  const runner = { runnerName: 'many', runnerVersion: '1', launcher: 'plain', waitSeconds: 10 }
  const { jobToken } = await asJob('runner/claim', pool.tokenValue, runner)
  await asJob('job/start', jobToken, {})
  await asJob('job/step', jobToken, { step: 0, name: 'Many lines', status: 'running' })
  const timestamp = new Date().toISOString()
  for (let offset = 0; offset < MANY; offset += AT_ONCE) {
    const written = Array.from({ length: AT_ONCE }, (_none, n) => ({
      timestamp,
      line: `line ${offset + n + 1}\n`,
    }))
    await asJob('job/log', jobToken, { step: 0, offset, lines: written })
  }
  await asJob('job/step', jobToken, { step: 0, name: 'Many lines', status: 'succeeded' })
  await asJob('job/finish', jobToken, { result: 'succeeded', failure: null })
  return asked.body.version
}

// biome-ignore lint/suspicious/noExplicitAny: an answer's shape is what a test asserts
async function asJob(path: string, token: string, body: object): Promise<any> {
  const answer = await fetch(`${server.url}/api/daypass/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(answer.status, `${path} ${await answer.clone().text()}`).toBeLessThan(300)
  return answer.status === 204 ? undefined : answer.json()
}
