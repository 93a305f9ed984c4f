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
  await saveSettings('for i in $(seq 40); do echo "tick $i"; sleep 0.5; done; echo -n x > caller.txt')
  const { page } = admin
  await page.getByRole('button', { name: 'Run again' }).click()
  await page.getByRole('heading', { name: '#2 update' }).waitFor()
  const lines = page.getByRole('region', { name: 'Lines of the log' })
  await lines.getByText('tick 4', { exact: true }).waitFor()
  // A job gives up after 10 seconds without a server, and a busy machine needs most of them to start one.
  const port = await freePort('127.0.0.1')
  const { dataFolder } = server
  const next = await startServer({ postgres: system.database, dataFolder, flags: flagsAt(port) })
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
