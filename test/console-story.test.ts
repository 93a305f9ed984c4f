// The story that the console is for: a person who has never seen Daypass signs in, finds a stack, turns on AWS, applies the
// trust policy that the page shows, clicks Deploy, and sees the step that fetched credentials. And a member, who may not.
import { randomBytes } from 'node:crypto'
import { readLocalAwsConfig } from '@daypass/local-clouds/aws/config.ts'
import { type LocalAws, startLocalAws } from '@daypass/local-clouds/aws/local-aws.ts'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GitHost, startGitHost } from '../demo/git-host.ts'
import { startBrowser, type TestBrowser, type TestPage } from './harness/browser.ts'
import { barriersOf, keepPicture, signIn } from './harness/console.ts'
import { startServer, type TestServer } from './harness/server.ts'
import { PROGRAM, startRunner, type TestRunner } from './harness/system.ts'
import { ACCOUNT, ROLE, subject } from './harness/trusting-role.ts'

const SHOWN_MS = 30_000
let server: TestServer
let git: GitHost
let aws: LocalAws | undefined
let runner: TestRunner | undefined
let browser: TestBrowser
let admin: TestPage
let missing = ''
/** What the page said AWS has to trust, as the person copied it. */
let policy: { readonly Statement: readonly object[] } | undefined

beforeAll(async () => {
  const started = await startBrowser()
  if ('missing' in started) {
    missing = started.missing
    return
  }
  browser = started
  server = await startServer({ runnerToken: true })
  git = await startGitHost(PROGRAM)
  for (const stackName of ['dev', 'prod', 'staging'])
    await server.call('POST', '/api/stacks/main/shop', { stackName })
  admin = await signIn(browser, server.url, server.adminToken)
  admin.page.setDefaultTimeout(SHOWN_MS)
})
afterAll(async () => {
  await browser?.close()
  await runner?.stop()
  await aws?.close()
  await git?.close()
  await server?.stop()
})

const saved = async () =>
  (await server.call('GET', '/api/stacks/main/shop/dev/deployments/settings')).body.operationContext

async function save(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Save deployment configuration' }).click()
  await page.getByText('The deployment configuration is saved.').first().waitFor()
  // That may stand there of the time before.
  await page.getByText('Not saved yet.').waitFor({ state: 'hidden' })
}

test('a person finds a stack and turns on AWS for it', async ({ skip }) => {
  skip(missing !== '', missing)
  const { page, complaints } = admin
  await page.getByLabel('Search stacks').fill('shop dev')
  await page.getByRole('link', { name: 'dev' }).click()
  await page.getByRole('tab', { name: 'Settings' }).click()
  await page.getByRole('heading', { name: 'OpenID Connect' }).waitFor()

  await choose(page, 'Source', 'Git')
  await page.getByLabel('Repository URL').fill(git.repoUrl)
  await page.getByRole('button', { name: 'Save deployment configuration' }).click()
  expect(await page.getByText('Which branch?').isVisible()).toBe(true)
  await page.getByLabel('Branch').fill('main')

  await page.getByLabel('Enable AWS Integration').check()
  await page.getByLabel('Role ARN').fill('shop')
  await page.getByLabel('Session Name').fill('story')
  expect(await page.getByText('This is not the ARN of a role').isVisible()).toBe(true)
  await page.getByLabel('Role ARN').fill(ROLE)
  await page.getByText(subject('dev', 'update'), { exact: true }).waitFor()
  await choose(page, 'Written for, AWS', 'Trust policy')
  policy = JSON.parse(await page.getByRole('region', { name: 'Trust policy, AWS' }).innerText())
  await save(page)
  expect((await saved()).oidc).toEqual({ aws: { roleArn: ROLE, sessionName: 'story' } })
  expect(complaints).toEqual([])
  expect(await barriersOf(page)).toEqual([])
  // For the README, whose readers look for this part.
  await page.getByLabel('Enable AWS Integration').evaluate((part) => part.scrollIntoView({ block: 'center' }))
  await page.mouse.wheel(0, 260)
  await keepPicture(page, 'story-settings')
})

test('what they applied is what AWS needs, and the page can tell', async ({ skip }) => {
  skip(missing !== '', missing)
  const { page } = admin
  const testTrust = async (document: object) => {
    await page.getByRole('textbox', { name: 'What AWS trusts' }).fill(JSON.stringify(document))
    await page.getByRole('button', { name: 'Test trust' }).click()
  }
  const said = () => page.getByRole('status').last().innerText()
  const role = { Arn: ROLE, RoleName: 'shop', AssumeRolePolicyDocument: policy }
  await testTrust({ Role: role })
  await expect.poll(said, { timeout: SHOWN_MS }).toMatch(/preview\s+let in.*remediate-drift\s+let in/is)
  await testTrust(JSON.parse(JSON.stringify({ Role: role }).replaceAll(':stack:dev:', ':stack:prod:')))
  await expect.poll(said, { timeout: SHOWN_MS }).toMatch(/update\s+refused/is)
  await keepPicture(page, 'story-test-trust')
})

test('a certificate that is pasted keeps its lines', async ({ skip }) => {
  skip(missing !== '', missing)
  const { page } = admin
  await addVariable(page, 1, 'CERTIFICATE', '', true)
  await page.evaluate(`navigator.clipboard.writeText('one\\ntwo')`)
  const value = page.getByRole('textbox', { name: 'Value of CERTIFICATE' })
  await value.press('ControlOrMeta+v')
  await expect.poll(() => value.inputValue()).toBe('one\ntwo')
  await page.getByRole('button', { name: 'Remove CERTIFICATE' }).click()
})

test('they click Deploy and see credentials fetched for it', async ({ skip }) => {
  skip(missing !== '', missing)
  const read = readLocalAwsConfig({
    accounts: [
      {
        id: ACCOUNT,
        oidcProviders: [{ url: `${server.url}/oidc`, audiences: ['main'] }],
        roles: [{ arn: ROLE, maxSessionDurationSeconds: 3600, trustPolicy: policy }],
      },
    ],
  })
  if (!read.ok) throw new Error(`${read.path}: ${read.sentence}`)
  aws = await startLocalAws({
    config: read.config,
    now: () => new Date(),
    fetch: globalThis.fetch,
    randomBytes,
  })
  runner = await startRunner(server.url, server.runnerToken, [
    '--aws-sts-url',
    aws.url,
    '--allow-insecure-git',
  ])

  const { page, complaints } = admin
  await addVariable(page, 1, 'AWS_REGION', 'eu-west-1')
  await addVariable(page, 2, 'AWS_ENDPOINT_URL_STS', aws.url)
  await addVariable(page, 3, 'DATABASE_PASSWORD', 'correct horse', true)
  await page.getByLabel('Commands').fill('node whoami.mjs > caller.txt')
  await save(page)
  expect(await page.content()).not.toContain('correct horse')
  expect((await saved()).environmentVariables).toEqual({
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_STS: aws.url,
    DATABASE_PASSWORD: { secret: '', ciphertext: expect.any(String) },
  })

  await page.getByRole('tab', { name: 'Deployments' }).click()
  await page.getByRole('button', { name: 'Deploy', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Deploy', exact: true }).click()
  await page.waitForURL('**/main/shop/dev/deployments/1')
  await page.getByText('Fetch credentials via OIDC').waitFor()
  await expect
    .poll(
      async () => (await server.call('GET', '/api/stacks/main/shop/dev/deployments/version/1')).body.status,
      {
        timeout: 90_000,
      },
    )
    .toBe('succeeded')
  await page.getByText('Succeeded', { exact: false }).first().waitFor()
  await page.reload()
  await page.getByText('Fetch credentials via OIDC').waitFor()
  await keepPicture(page, 'story-deployment')
  await page.getByRole('tab', { name: 'Overview' }).click()
  await page.getByText(`assumed-role/shop/story`).first().waitFor()
  expect(complaints).toEqual([])
})

test('a member sees all of it, and why they may not change it', async ({ skip }) => {
  skip(missing !== '', missing)
  const { body } = await server.call('POST', '/api/daypass/users', { login: 'mia' })
  await server.call('POST', '/api/orgs/main/members/mia', { role: 'member' })
  const member = await signIn(browser, server.url, body.token.tokenValue, {
    width: 380,
    scheme: 'dark',
  })
  const { page } = member
  page.setDefaultTimeout(SHOWN_MS)
  await page.goto(`${server.url}/main/shop/dev/settings/deploy`)
  await page.getByText('Only admins of main may change this').waitFor()
  expect(await page.getByLabel('Role ARN').isDisabled()).toBe(true)
  expect(await page.getByLabel('Role ARN').inputValue()).toBe(ROLE)
  expect(await page.getByLabel('Enable Azure Integration').isDisabled()).toBe(true)
  // What members may do stays theirs: the clouds are left as they are.
  await page.getByLabel('Commands').fill('node whoami.mjs > caller.txt\ntrue')
  await save(page)
  expect(await saved()).toMatchObject({
    oidc: { aws: { roleArn: ROLE } },
    preRunCommands: ['node whoami.mjs > caller.txt', 'true'],
  })
  const forced = await page.evaluate(`fetch('/api/stacks/main/shop/dev/deployments/settings', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Daypass-Console': '1', Accept: 'application/vnd.pulumi+8' },
    body: JSON.stringify({ operationContext: { oidc: null } }),
  }).then((answer) => answer.status)`)
  expect(forced).toBe(403)

  await server.call('PATCH', '/api/orgs/main', { setDefaultStackPermission: 101 })
  await page.reload()
  await page.getByText('You may look, not change').waitFor()
  expect(await page.getByRole('button', { name: 'Save deployment configuration' }).isDisabled()).toBe(true)
  expect(await page.getByLabel('Commands').isDisabled()).toBe(true)
  expect(await barriersOf(page)).toEqual([])
  await keepPicture(page, 'story-member')
  await member.close()
})

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label }).click()
  await page.getByRole('option', { name: option, exact: true }).click()
}

async function addVariable(page: Page, row: number, name: string, value: string, isSecret = false) {
  await page.getByRole('button', { name: 'Add a variable' }).click()
  await page.getByLabel(`Name of row ${row}`).fill(name)
  await page.getByLabel(`Value of ${name}`).fill(value)
  if (isSecret) await page.getByLabel(`${name} is secret`).check()
}
