// An admin runs an organization from the console alone: each act is looked up at the API afterwards, and what happens
// outside (a receiver's answer, a push) is seen in the browser.
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBrowser, type TestBrowser, type TestPage } from './harness/browser.ts'
import { signIn } from './harness/console.ts'
import { type Receiver, startReceiver } from './harness/receiver.ts'
import { startServer, type TestServer } from './harness/server.ts'

let server: TestServer
let receiver: Receiver
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
  receiver = await startReceiver()
  server = await startServer({ flags: ['--allow-private-webhooks'] })
  admin = await signIn(browser, server.url, server.adminToken)
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
  await receiver?.close()
})

/** Opens a page below the organization's settings. */
async function open(page: string): Promise<TestPage['page']> {
  await admin.page.goto(`${server.url}/main/settings/${page}`)
  return admin.page
}

async function get(path: string) {
  const { status, body } = await server.call('GET', path)
  expect(status, path).toBe(200)
  return body
}

test('a webhook is made, pinged, seen to fail, and delivered again', async ({ skip }) => {
  skip(missing !== '', missing)
  const page = await open('webhooks')
  await page.getByRole('button', { name: 'New webhook' }).click()
  await page.getByLabel('Name').fill('Our chat')
  await page.getByLabel('URL').fill(`${receiver.url}/hook`)
  await page.getByLabel('Secret').fill('correct horse')
  await page.getByLabel('Only what is chosen').check()
  await page.getByLabel('Deployment failed').check()
  await page.getByRole('button', { name: 'Create webhook' }).click()
  await page.getByRole('heading', { name: 'Our chat' }).waitFor()
  const [hook] = await get('/api/orgs/main/hooks')
  expect(hook).toMatchObject({ displayName: 'Our chat', filters: ['deployment_failed'], hasSecret: true })

  receiver.answer = (_received, response) => void response.writeHead(503).end('Not now.')
  await page.getByRole('button', { name: 'Send a ping' }).click()
  await page.getByRole('button', { name: /^ping Answered 503/ }).waitFor()
  await page.getByText('Not now.').waitFor()
  receiver.answer = (_received, response) => void response.writeHead(200).end('Thanks.')
  await page.getByRole('button', { name: 'Redeliver' }).click()
  await page.getByRole('button', { name: /^ping Delivered \(200\)/ }).waitFor()
  await page.getByText('Thanks.').waitFor()
  const deliveries: { responseCode: number }[] = await get(`/api/orgs/main/hooks/${hook.name}/deliveries`)
  expect(deliveries.map(({ responseCode }) => responseCode)).toEqual([200, 503])
  expect(receiver.received[0]?.body).toEqual(receiver.received[1]?.body)
  const [first] = receiver.received
  const signature = createHmac('sha256', 'correct horse')
    .update(first?.body ?? '')
    .digest('hex')
  expect(first?.headers['pulumi-webhook-signature']).toBe(signature)
  expect(await page.content()).not.toContain('correct horse')

  await page.getByRole('button', { name: 'Edit' }).click()
  await page.getByLabel('Remove the secret').check()
  await page.getByLabel('All of these').first().check()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('None: no secret is set').waitFor()
  const changed = { hasSecret: false, groups: ['stacks'], filters: ['deployment_failed'] }
  expect(await get(`/api/orgs/main/hooks/${hook.name}`)).toMatchObject(changed)
  await page.getByRole('button', { name: 'Switch off' }).click()
  await page.getByRole('button', { name: 'Switch on' }).waitFor()
  expect(await get(`/api/orgs/main/hooks/${hook.name}`)).toMatchObject({ active: false, groups: ['stacks'] })
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByRole('button', { name: 'Remove webhook' }).click()
  await page.getByText('No webhooks yet').waitFor()
  expect(await get('/api/orgs/main/hooks')).toEqual([])
})

test('a git host says why a push did nothing, and handles it again', async ({ skip }) => {
  skip(missing !== '', missing)
  const hosts = '/api/daypass/orgs/main/git-hosts'
  const page = await open('git-hosts')
  await page.getByText('No git host is connected').waitFor()
  await page.getByLabel('Git host').selectOption('custom')
  await page.getByText('npx daypass connect custom --org main').waitFor()
  const made = { name: 'plain', kind: 'custom', webUrl: 'https://git.example.com' }
  const { body: host } = await server.call('POST', hosts, made)
  await push(host, 'https://git.example.com/acme/shop.git')

  await page.reload()
  await page.getByRole('link', { name: 'plain' }).click()
  await page.getByRole('button', { name: /settings name this repository/ }).click()
  await page.getByText('"branch":"main"').waitFor()
  const [delivery] = (await get(`${hosts}/plain/deliveries`)).deliveries
  expect(page.url()).toContain(`delivery=${delivery.id}`)
  await page.getByRole('button', { name: 'Redeliver' }).click()
  await page.getByText('It is handled once more.').waitFor()
  await expect
    .poll(async () => (await get(`${hosts}/plain/deliveries`)).deliveries[0].handled, { timeout: 15_000 })
    .not.toBe(delivery.handled)
  await page.getByRole('button', { name: 'Test' }).click()
  await page.getByText('Nothing is missing').waitFor()
  await page.getByRole('button', { name: 'Disconnect' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click()
  await page.getByText('No git host is connected').waitFor()
  expect((await get(hosts)).gitHosts).toEqual([])
})

async function push(host: { eventsUrl: string; webhookSecret: string }, repoUrl: string): Promise<void> {
  const body = JSON.stringify({ event: 'push', repoUrl, branch: 'main', commit: '0123456789'.repeat(4) })
  const signature = createHmac('sha256', host.webhookSecret).update(body).digest('hex')
  const headers = { 'content-type': 'application/json', 'x-generic-vcs-signature': `v1=${signature}` }
  expect((await fetch(host.eventsUrl, { method: 'POST', headers, body })).status).toBe(202)
}

test('the audit is filtered by what, who and when, and the address says so', async ({ skip }) => {
  skip(missing !== '', missing)
  const page = await open('audit-log')
  await page.getByRole('button', { name: /^Webhook created: main/ }).waitFor()
  await page.getByLabel('What').selectOption('webhook.deleted')
  await page.getByLabel('Who').fill('admin')
  await page.getByRole('button', { name: 'Filter' }).click()
  await expect.poll(() => page.getByRole('button', { name: /^Webhook created/ }).count()).toBe(0)
  await page.getByRole('button', { name: /^Webhook deleted: main/ }).waitFor()
  expect(new URL(page.url()).search).toBe('?event=webhook.deleted&user=admin')
  const href = await page.getByRole('link', { name: 'CSV' }).getAttribute('href')
  const csv = await page.request.get(new URL(href ?? '', server.url).href)
  expect((await csv.text()).trim().split('\n')).toHaveLength(2)

  await page.goto(`${server.url}/main/settings/audit-log?user=nobody`)
  await page.getByText('Nothing of this kind').waitFor()
  await page.getByRole('tab', { name: 'Find a token' }).click()
  await page.getByLabel('What the log shows').fill('shop-dev-1')
  await page.getByRole('button', { name: 'Find' }).click()
  await page.getByText('No token fits').waitFor()
  expect(new URL(page.url()).search).toBe('?of=shop-dev-1')
})

test('older events of the audit are a page away, and each is shown once', async ({ skip }) => {
  skip(missing !== '', missing)
  const count = 115
  for (let n = 0; n < count; n += 1) {
    const made = await server.call('POST', '/api/stacks/main/many', { stackName: `s${n}` })
    expect(made.status).toBe(200)
  }
  const page = await open('audit-log?event=stack.created')
  const shown = () => page.getByRole('button', { name: /^Stack created: main\/many\// })
  await page.getByRole('link', { name: 'Older' }).click()
  await page.getByRole('link', { name: 'Newest' }).waitFor()
  await expect.poll(() => shown().count()).toBe(count - 100)
  const named = async () => (await shown().allTextContents()).map((text) => /many\/s\d+/.exec(text)?.[0])
  const older = await named()
  expect(older).toContain('many/s0')
  await page.reload()
  await page.getByRole('link', { name: 'Newest' }).click()
  await expect.poll(() => shown().count()).toBe(100)
  expect(new Set([...(await named()), ...older]).size).toBe(count)
})

test('a key is rotated and another revoked, and a cloud is told what to trust', async ({ skip }) => {
  skip(missing !== '', missing)
  expect((await server.call('POST', '/api/stacks/main/shop', { stackName: 'dev' })).status).toBe(200)
  const page = await open('issuer?cloud=google&stack=shop%2Fdev')
  const states = async () =>
    (await get('/api/daypass/issuer/keys')).keys.map(({ state }: { state: string }) => state)
  await page.getByText('Signing', { exact: true }).waitFor()
  expect(await states()).toEqual(['signing'])
  await page.getByRole('button', { name: 'Rotate' }).click()
  await page.getByText('Next', { exact: true }).waitFor()
  expect(await states()).toEqual(['signing', 'next'])
  await page.getByRole('button', { name: 'Rotate' }).click()
  await page.getByText('Not rotated').waitFor()
  await page.getByRole('button', { name: 'Revoke' }).first().click()
  await page.getByRole('button', { name: 'Revoke this key' }).click()
  await page.getByText('Retired', { exact: true }).waitFor()
  expect(await states()).toEqual(['retired', 'signing'])

  const subject = 'pulumi:deploy:org:main:project:shop:stack:dev:operation:update:scope:write'
  await page.getByText(subject).first().waitFor()
  await page.getByText('Google takes https issuers only').waitFor()
  await page.getByRole('tab', { name: 'AWS' }).click()
  await page.getByLabel('AWS account').fill('210987654321')
  await page.getByRole('button', { name: 'Copy: Commands for AWS' }).click()
  const copied: string = await page.evaluate('navigator.clipboard.readText()')
  expect(copied).toContain('arn:aws:iam::210987654321:oidc-provider/')
  expect(copied).toContain(subject)
  expect(copied).not.toContain(':operation:destroy:')
})

test('limits are set where usage is shown', async ({ skip }) => {
  skip(missing !== '', missing)
  const page = await open('usage')
  await page.getByText('No deployments in this month').waitFor()
  await page.getByLabel('Deployments at the same time').fill('3')
  await page.getByLabel('Minutes that one may run').fill('90')
  await page.getByRole('button', { name: 'Save limits' }).click()
  await page.getByText('The limits are saved.').waitFor()
  const limits = { concurrency: 3, timeoutSeconds: 5400 }
  expect(await get('/api/daypass/orgs/main/deployment-limits')).toEqual(limits)
  await page.getByRole('link', { name: /^The month before/ }).click()
  await expect.poll(() => new URL(page.url()).search).toMatch(/^\?month=20\d\d-\d\d$/)
})

test('a member reads why not, and changes nothing', async ({ skip }) => {
  skip(missing !== '', missing)
  const { body: mia } = await server.call('POST', '/api/daypass/users', { login: 'mia' })
  expect((await server.call('POST', '/api/orgs/main/members/mia', { role: 'member' })).status).toBe(200)
  const { page, close, complaints } = await signIn(browser, server.url, mia.token.tokenValue)
  for (const at of ['webhooks', 'git-hosts', 'audit-log', 'audit-log/tokens']) {
    await page.goto(`${server.url}/main/settings/${at}`)
    await page.getByText('Only admins of main see').waitFor()
  }
  await page.goto(`${server.url}/main/settings/usage`)
  expect(await page.getByRole('button', { name: 'Save limits' }).isDisabled()).toBe(true)
  await page.goto(`${server.url}/main/settings/issuer`)
  expect(await page.getByRole('button', { name: 'Rotate' }).isDisabled()).toBe(true)
  await page.getByText('only admins of the installation see').waitFor()
  expect([...complaints, ...admin.complaints]).toEqual([])
  await close()
})
