// What an admin does about git hosts in the console, with what the hosts, the server and a runner make of it: a stranger's
// commit is let through, a secret is replaced, and a remote that tells nobody is looked at.
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGitHost } from '../demo/git-host.ts'
import { startBrowser, type TestBrowser, type TestPage } from './harness/browser.ts'
import { barriersOf, keepPicture, signIn } from './harness/console.ts'
import { actsOn } from './harness/github/acts.ts'
import { startGitHub } from './harness/github/github.ts'
import { type System, startSystem } from './harness/system.ts'

const HOSTS = '/api/daypass/orgs/main/git-hosts'
let system: System
let browser: TestBrowser
let admin: TestPage
let missing = ''
const closers: (() => Promise<unknown>)[] = []
beforeAll(async () => {
  const started = await startBrowser()
  if ('missing' in started) {
    missing = started.missing
    return
  }
  browser = started
  closers.push(browser.close)
  system = await startSystem({ server: { flags: ['--allow-private-git-hosts'] } })
  closers.push(system.stop)
  admin = await signIn(browser, system.server.url, system.server.adminToken)
})
afterAll(async () => {
  for (const close of closers.toReversed()) await close()
})

async function call(method: string, path: string, body?: object) {
  const answer = await system.server.call(method, path, body)
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
  return answer.body
}

async function open(host: string): Promise<TestPage['page']> {
  await admin.page.goto(`${system.server.url}/main/settings/git-hosts/${host}`)
  return admin.page
}

test('a stranger’s pull request waits until its commit is approved, and no other commit is', async ({
  skip,
}) => {
  skip(missing !== '', missing)
  const github = await startGitHub()
  closers.push(github.close)
  await github.makeRepository('acme/shop', { private: true })
  const host = await call('POST', HOSTS, {
    name: 'github',
    kind: 'github-enterprise',
    webUrl: github.webUrl,
    appId: github.app.id,
    privateKey: github.app.privateKey,
  })
  await system.addStack('web')
  await call('PUT', '/api/stacks/main/shop/web/deployments/settings', {
    sourceContext: { git: { branch: 'main' } },
    gitHub: { repository: 'acme/shop', previewPullRequests: true },
  })
  const url = `${system.server.url}/api/daypass/git-hosts/${host.id}/events`
  const acts = actsOn(github, { url, secret: host.webhookSecret })
  const program = (word: string) => `name: shop\nruntime: yaml\noutputs:\n  word: ${word}\n`
  await acts.push('acme/shop', { branch: 'main', files: { 'Pulumi.yaml': program('ours') } })
  await github.makeRepository('mallory/shop', { forkOf: 'acme/shop' })
  const theirs = { branch: 'gift', files: { 'Pulumi.yaml': program('theirs') } }
  const { commit } = await acts.push('mallory/shop', theirs)
  const head = { repository: 'mallory/shop', branch: 'gift' }
  const opened = await acts.openPullRequest('acme/shop', { author: 'mallory', head })
  expect(await opened.send()).toBe(202)

  const page = await open('github')
  await page.getByRole('button', { name: /1 waits for an approval/ }).click()
  await page.getByText(/it comes from a fork/).waitFor()
  await page.getByRole('button', { name: 'Approve a commit' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Repository').fill('acme/shop')
  await dialog.getByLabel('Number of the pull request').fill(String(opened.pullRequest.number))
  await dialog.getByLabel('Commit').fill('0'.repeat(40))
  await dialog.getByRole('button', { name: 'Approve this commit' }).click()
  await dialog.getByRole('alert').waitFor()
  const deployments = async () =>
    (await call('GET', '/api/stacks/main/shop/web/deployments')).deployments as { id: string }[]
  expect(await deployments()).toEqual([])
  await keepPicture(page, 'approve-1280-light')
  expect(await barriersOf(page)).toEqual([])

  await dialog.getByLabel('Commit').fill(commit)
  await dialog.getByRole('button', { name: 'Approve this commit' }).click()
  await page.getByText('Approved for main').waitFor()
  await expect.poll(deployments, { timeout: 30_000 }).toHaveLength(1)
  const { status, log } = await system.ended('web', (await deployments())[0]?.id ?? '')
  expect(status).toBe('succeeded')
  expect(log).toContain('theirs')
  expect(github.mistakes).toEqual([])
})

test('a new secret counts at once, and the old one no more', async ({ skip }) => {
  skip(missing !== '', missing)
  const made = { name: 'plain', kind: 'custom', webUrl: 'https://git.example.com' }
  const host = await call('POST', HOSTS, made)
  const page = await open('plain')
  await page.getByRole('button', { name: 'New secret' }).click()
  await page.getByRole('button', { name: 'Make a new secret' }).click()
  await page.getByText('Copy it now').waitFor()
  await page.getByRole('button', { name: 'Copy', exact: true }).click()
  const secret: string = await page.evaluate('navigator.clipboard.readText()')
  expect(secret).not.toBe(host.webhookSecret)
  await page.getByRole('button', { name: 'I have saved it' }).click()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  expect(await page.content()).not.toContain(secret)

  expect(await tell(host.eventsUrl, host.webhookSecret)).toBe(404)
  expect(await tell(host.eventsUrl, secret)).toBe(202)
})

/** @returns The status that was answered. */
async function tell(eventsUrl: string, secret: string): Promise<number> {
  const push = { event: 'push', repoUrl: 'https://git.example.com/acme/shop.git', branch: 'main' }
  const body = JSON.stringify({ ...push, commit: '0123456789'.repeat(4) })
  const signature = `v1=${createHmac('sha256', secret).update(body).digest('hex')}`
  const headers = { 'content-type': 'application/json', 'x-generic-vcs-signature': signature }
  return (await fetch(eventsUrl, { method: 'POST', headers, body })).status
}

test('a remote that tells nobody says when it was looked at, and why a look failed', async ({ skip }) => {
  skip(missing !== '', missing)
  const git = await startGitHost(`${import.meta.dirname}/fixtures/pushed-program`)
  closers.push(git.close)
  await call('POST', HOSTS, {
    name: 'remote',
    kind: 'polling',
    webUrl: git.webUrl,
    repositories: [git.repository, 'acme/nowhere'],
    everySeconds: 5,
  })
  const page = await open('remote')
  await page.getByText('Looked at every 5 s').waitFor()
  expect(await page.getByRole('button', { name: 'New secret' }).count()).toBe(0)
  const polled = async (name: string) =>
    (await call('GET', `${HOSTS}/remote`)).polling.repositories.find(
      ({ repository }: { repository: string }) => repository === name,
    )
  await expect.poll(async () => (await polled(git.repository)).lastLook, { timeout: 40_000 }).toBeTruthy()
  await expect.poll(async () => (await polled('acme/nowhere')).failure, { timeout: 40_000 }).toBeTruthy()
  const { failure } = await polled('acme/nowhere')
  await page.reload()
  await page.getByText(failure.message).first().waitFor()
  await page.getByText('acme/nowhere', { exact: true }).waitFor()
  await keepPicture(page, 'polled-1280-light')
  expect(await barriersOf(page)).toEqual([])
  expect(admin.complaints).toEqual([])
})
