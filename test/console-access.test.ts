// Who may do what, by clicks: an admin lets somebody in, gives a team a stack, and makes tokens that are shown once; the
// new member sees the same pages with their buttons switched off, and a request that they force is refused.
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBrowser, type TestBrowser, type TestPage } from './harness/browser.ts'
import { barriersOf, isWiderThanScreen, keepPicture, signIn } from './harness/console.ts'
import { startServer, type TestServer } from './harness/server.ts'

let server: TestServer
let browser: TestBrowser
let admin: TestPage
let bobsToken = ''
let missing = ''

beforeAll(async () => {
  const started = await startBrowser()
  if ('missing' in started) {
    missing = started.missing
    return
  }
  browser = started
  server = await startServer()
  for (const stackName of ['dev', 'prod']) {
    await server.call('POST', '/api/stacks/main/shop', { stackName })
  }
  await server.call('PATCH', '/api/orgs/main', { setDefaultStackPermission: 0 })
  admin = await signIn(browser, server.url, server.adminToken)
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

test('an admin invites somebody, who joins by the link', async ({ skip }) => {
  skip(missing !== '', missing)
  const { page } = admin
  await page.getByRole('link', { name: 'Members' }).click()
  await page.getByRole('button', { name: 'Add member' }).click()
  await field(page, 'Login').fill('bob')
  await expectGoodDialog(page, 'new-member')
  await page.getByRole('button', { name: 'Make invitation' }).click()
  const link = await secretShownOnce(page, 'invitation')
  await expect.poll(() => page.getByRole('list', { name: 'Invitations' }).innerText()).toContain('bob')

  const bob = await browser.open(link)
  await bob.page.getByRole('button', { name: 'Join' }).click()
  bobsToken = /pul-[A-Za-z0-9]+/.exec(await bob.page.locator('body').innerText())?.[0] ?? ''
  await bob.close()
  await page.reload()
  await expect.poll(() => page.getByRole('list', { name: 'Members' }).innerText()).toContain('bob')
  expect(await page.getByRole('list', { name: 'Invitations' }).count()).toBe(0)
  expect((await server.call('GET', '/api/user', undefined, bobsToken)).body.githubLogin).toBe('bob')
})

test('an admin says what each member may do, and it counts at once', async ({ skip }) => {
  skip(missing !== '', missing)
  const { page } = admin
  await page.getByRole('link', { name: 'General' }).click()
  const each = page.getByLabel('Each member may do with every stack')
  await each.selectOption('Read')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved').waitFor()
  expect(await stacksOfBob()).toEqual(['dev', 'prod'])
  await each.selectOption('Nothing')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect.poll(stacksOfBob).toEqual([])
})

test('an admin makes a team that gives bob a stack', async ({ skip }) => {
  skip(missing !== '', missing)
  const { page } = admin
  expect(await stacksOfBob()).toEqual([])
  await page.getByRole('link', { name: 'Teams' }).click()
  await page.getByRole('button', { name: 'New team' }).click()
  await field(page, 'Name').fill('ops')
  await page.getByRole('button', { name: 'Make team' }).click()
  await page.getByRole('heading', { name: 'ops' }).waitFor()

  await page.getByRole('button', { name: 'Add to the team' }).click()
  await choose(page, 'Member', 'bob')
  await page.getByRole('button', { name: 'Add to team' }).click()
  await page.getByRole('list', { name: 'Members of the team' }).getByText('bob').waitFor()

  await page.getByRole('button', { name: 'Give a stack' }).click()
  await choose(page, 'Stack', 'shop/dev')
  await expectGoodDialog(page, 'give-stack')
  await page.getByRole('button', { name: 'Give permission' }).click()
  await expect
    .poll(() => page.getByRole('list', { name: 'Stacks of the team' }).innerText())
    .toContain('Write')
  expect(await stacksOfBob()).toEqual(['dev'])
})

test('an admin makes a pool, whose token is shown once and lets a runner in', async ({ skip }) => {
  skip(missing !== '', missing)
  const { page } = admin
  await page.getByRole('link', { name: 'Runners' }).click()
  await page.getByRole('button', { name: 'New pool' }).click()
  await field(page, 'Name').fill('eu')
  await page.getByRole('button', { name: 'Make pool' }).click()
  await page.getByText(`npx daypass runner --server ${server.url} --pool-token-file ./pool-token`).waitFor()
  const token = await secretShownOnce(page, 'pool-token')
  expect(await claimStatus(token)).toBe(204)

  await page.getByRole('link', { name: 'eu', exact: true }).click()
  await page.getByRole('list', { name: 'Runners' }).getByText('runner of the test').waitFor()
  await page.getByRole('button', { name: 'Revoke' }).click()
  await expectGoodDialog(page, 'revoke-pool-token')
  await page.getByRole('button', { name: 'Revoke token' }).click()
  await page.getByText('Make one to start a runner with it.').waitFor()
  expect(await claimStatus(token)).toBe(401)
})

test('an admin makes a token that ends, and revokes it', async ({ skip }) => {
  skip(missing !== '', missing)
  const { page } = admin
  await page.getByRole('link', { name: 'Access tokens' }).click()
  await page.getByRole('tab', { name: 'Organization' }).click()
  await page.getByRole('button', { name: 'New token' }).click()
  await field(page, 'Name').fill('nightly')
  await page.getByLabel('Ends').selectOption('In 30 days')
  await expectGoodDialog(page, 'new-token')
  await page.getByRole('button', { name: 'Make token' }).click()
  const token = await secretShownOnce(page, 'token')
  expect((await server.call('GET', '/api/user', undefined, token)).status).toBe(200)
  await expect
    .poll(() => page.getByRole('list', { name: 'Tokens of main' }).innerText())
    .toContain('ends in 29 days')
  await page.getByRole('button', { name: 'Revoke: nightly' }).click()
  await page.getByRole('button', { name: 'Revoke token' }).click()
  await page.getByText('No tokens').waitFor()
  expect((await server.call('GET', '/api/user', undefined, token)).status).toBe(401)
})

test('a member sees the pages with their buttons off and the reason, and is refused when forced', async ({
  skip,
}) => {
  skip(missing !== '', missing)
  const bob = await signIn(browser, server.url, bobsToken, { width: 380, scheme: 'dark' })
  const { page } = bob
  const places = [
    ['settings/runners', 'New pool', 'Only admins of main'],
    ['settings/members', 'Add member', 'Only admins of main'],
    ['settings/teams', 'New team', 'Only admins of main'],
    ['settings/teams/ops', 'Add to the team', 'Only admins of ops or of main'],
    ['shop/dev/settings/access', 'Give to a person', 'Only an admin of this stack'],
  ] as const
  for (const [at, button, reason] of places) {
    await page.goto(`${server.url}/main/${at}`)
    const off = page.getByRole('button', { name: button })
    await off.waitFor()
    expect(await off.isDisabled(), at).toBe(true)
    expect(await page.getByRole('note').first().innerText(), at).toContain(reason)
    expect(await barriersOf(page), at).toEqual([])
    expect(await isWiderThanScreen(page), at).toBe(false)
    await keepPicture(page, `member-${at.replaceAll('/', '-')}`)
  }
  await page.goto(`${server.url}/main/settings`)
  await page.getByRole('heading', { name: 'General' }).waitFor()
  expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
  await page.goto(`${server.url}/main/settings/tokens?of=organization`)
  await page.getByText('Only admins of main see its tokens').waitFor()
  expect(await forced(page, 'POST', 'api/orgs/main/agent-pools', { name: 'mine' })).toBe(403)
  expect(await forced(page, 'PATCH', 'api/orgs/main/members/bob', { role: 'admin' })).toBe(403)
  expect(await forced(page, 'POST', 'api/orgs/main/tokens', { name: 'mine', admin: true })).toBe(403)
  expect(
    await forced(page, 'PUT', 'api/daypass/stacks/main/shop/dev/collaborators/bob', { permission: 103 }),
  ).toBe(403)
  expect(bob.complaints).toEqual([])
  await bob.close()
})

test('an admin gives a stack to a person on its own page, who may then give it on', async ({ skip }) => {
  skip(missing !== '', missing)
  const { page } = admin
  await page.goto(`${server.url}/main/shop/prod/settings/access`)
  await page.getByRole('button', { name: 'Give to a person' }).click()
  await choose(page, 'Member', 'bob')
  await page.getByRole('radio', { name: 'Admin' }).check()
  await page.getByRole('button', { name: 'Give permission' }).click()
  await page.getByRole('list', { name: 'People of the stack' }).getByText('bob').waitFor()
  await keepPicture(page, 'access-given')

  const bob = await signIn(browser, server.url, bobsToken)
  await bob.page.goto(`${server.url}/main/shop/prod/settings/access`)
  await bob.page.getByRole('button', { name: 'Give to a team' }).click()
  await choose(bob.page, 'Team', 'ops')
  await bob.page.getByRole('radio', { name: 'Read' }).check()
  await bob.page.getByRole('button', { name: 'Give permission' }).click()
  await expect
    .poll(() => bob.page.getByRole('list', { name: 'Teams of the stack' }).innerText())
    .toContain('Read')
  expect(bob.complaints).toEqual([])
  expect(admin.complaints).toEqual([])
  await bob.close()
})

/** Reads it, as the person does who is to keep it, and sees to it that the console forgets it. */
async function secretShownOnce(page: Page, name: string): Promise<string> {
  const dialog = page.getByRole('dialog')
  await dialog.getByText('it is not shown again').waitFor()
  await expectGoodDialog(page, name)
  await dialog.getByRole('button', { name: 'Copy', exact: true }).click()
  await dialog.getByRole('button', { name: 'Copied' }).waitFor()
  const secret = await page.evaluate<string>('navigator.clipboard.readText()')
  await dialog.getByRole('button', { name: 'I have saved it' }).click()
  await dialog.waitFor({ state: 'detached' })
  const left = await page.evaluate<string>(
    'JSON.stringify([location.href, document.documentElement.outerHTML, { ...localStorage }, { ...sessionStorage }])',
  )
  expect(secret.length).toBeGreaterThan(30)
  expect(left).not.toContain(secret)
  return secret
}

async function expectGoodDialog(page: Page, name: string): Promise<void> {
  await expect.poll(() => page.getByRole('dialog').count()).toBe(1)
  expect(await barriersOf(page), name).toEqual([])
  await keepPicture(page, `dialog-${name}`)
}

function field(page: Page, name: string): Locator {
  return page.getByRole('textbox', { name, exact: true })
}

/** Of a list that is searched by typing. */
async function choose(page: Page, label: string, wanted: string): Promise<void> {
  await page.getByRole('combobox', { name: label, exact: true }).fill(wanted)
  await page.getByRole('option', { name: wanted, exact: true }).click()
}

/** What the server answers to a request of the console that its pages do not offer. */
async function forced(page: Page, method: string, path: string, body: object): Promise<number> {
  const init = JSON.stringify({
    method,
    headers: { 'X-Daypass-Console': '1', 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  return page.evaluate<number>(`fetch(${JSON.stringify(`/${path}`)}, ${init}).then(({ status }) => status)`)
}

async function stacksOfBob(): Promise<string[]> {
  const { body } = await server.call('GET', '/api/user/stacks?organization=main', undefined, bobsToken)
  return (body.stacks as { stackName: string }[]).map(({ stackName }) => stackName).toSorted()
}

/** As a runner asks for work. */
async function claimStatus(poolToken: string): Promise<number> {
  const response = await fetch(`${server.url}/api/daypass/runner/claim`, {
    method: 'POST',
    headers: { Authorization: `bearer ${poolToken}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      ...{ runnerName: 'runner of the test', runnerVersion: '0.1.0', launcher: 'plain', waitSeconds: 0 },
    }),
  })
  return response.status
}
