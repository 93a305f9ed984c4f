// What a person sees of a stack in the console after working with the real CLI: the links that it printed open, an update
// shows what it changed, secrets stay masked, and a schedule that was clicked is one.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBrowser, type TestBrowser, type TestPage } from './harness/browser.ts'
import { signIn } from './harness/console.ts'
import { type PulumiUser, pulumiUser } from './harness/pulumi.ts'
import { startServer, type TestServer } from './harness/server.ts'

const PROGRAM = `
name: web
runtime: yaml
config:
  password: { type: string }
  size: { type: string, default: small }
resources:
  first:
    type: pulumi:index:Stash
    properties:
      input: one
  second:
    type: pulumi:index:Stash
    properties:
      input: \${size}
    options:
      dependsOn: ["\${first}"]
  third:
    type: pulumi:index:Stash
    properties:
      input: \${password}
outputs:
  greeting: \${first.output}
  password: \${password}
`
const SECRET = 'correct-horse-battery'
const STACK = '/api/stacks/main/web/dev'

let server: TestServer
let user: PulumiUser
let browser: TestBrowser
let opened: TestPage
let missing = ''

beforeAll(async () => {
  const started = await startBrowser()
  if ('missing' in started) {
    missing = started.missing
    return
  }
  browser = started
  server = await startServer()
  user = await pulumiUser({
    PULUMI_ACCESS_TOKEN: server.adminToken,
    PULUMI_CONSOLE_DOMAIN: new URL(server.url).host,
  })
  await user.ok('login', server.url)
  await user.writeProgram(PROGRAM)
  await user.ok('stack', 'init', 'main/web/dev')
  await user.ok('config', 'set', '--secret', 'password', SECRET)
  opened = await signIn(browser, server.url, server.adminToken)
})
afterAll(async () => {
  expect(opened?.complaints ?? []).toEqual([])
  await browser?.close()
  await user?.remove()
  await server?.stop()
})

/** The address that the CLI printed for a person to open: the last one, for an update begins with its preview. */
function linkIn(output: string): string {
  const link = output.match(/https?:\/\/\S+\/(?:updates|previews)\/[\w-]+/g)?.at(-1)
  if (!link) throw new Error(`There is no link in:\n${output}`)
  return link
}

test('the links of the CLI open, with what changed in each resource', async ({ skip }) => {
  skip(missing !== '', missing)
  const { page } = opened

  await page.goto(linkIn((await user.ok('preview')).output))
  await page.getByRole('heading', { name: 'Preview: update' }).waitFor()
  await page.getByRole('button', { name: /second.*to be created/ }).waitFor()

  await page.goto(linkIn((await user.ok('up', '--yes')).output))
  await page.getByRole('heading', { name: 'Update 1: update' }).waitFor()
  await page.getByRole('button', { name: /third.*created/ }).click()
  await page.getByText('[secret]').first().waitFor()
  expect(await page.content()).not.toContain(SECRET)

  await user.ok('config', 'set', 'size', 'large')
  await page.goto(linkIn((await user.ok('up', '--yes', '--message', 'Make it large')).output))
  await page.getByText('Make it large').waitFor()
  await page.getByRole('button', { name: /second.*updated/ }).click()
  const change = page.getByLabel('Resources').getByRole('listitem').filter({ hasText: 'second' })
  await change.getByText('input', { exact: false }).first().waitFor()
  expect(await change.innerText()).toMatch(/before:\s*small\s.*after:\s*large/s)
  await page.getByRole('link', { name: 'Older' }).click()
  await page.getByRole('heading', { name: 'Update 1: update' }).waitFor()
})

test('outputs and resources are there to read, and secrets are not', async ({ skip }) => {
  skip(missing !== '', missing)
  const { page } = opened
  await page.goto(`${server.url}/main/web/dev`)
  const outputs = page.getByRole('region', { name: 'Outputs' })
  await outputs.getByText('greeting', { exact: true }).waitFor()
  expect(await outputs.innerText()).toMatch(/greeting\s+one\s+password\s+\[secret\]/)
  await page.getByLabel('Copy greeting').click()
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe('one')

  await page.getByLabel('Search resources').fill('third')
  await page.getByText(/^2 of \d resources$/).waitFor()
  await page.getByRole('button', { name: /^third/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('heading', { name: 'Inputs' }).waitFor()
  await dialog.getByText('[secret]').first().waitFor()
  const content = await page.content()
  expect(content).not.toContain(SECRET)
  expect(content).not.toContain('ciphertext')
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await page.getByLabel('Search resources').fill('')
  await page.getByText('Graph', { exact: true }).click()
  await page.getByText(/1 dependency between them/).waitFor()
})

test('deployments are paused and resumed, of a stack that had none and of all', async ({ skip }) => {
  skip(missing !== '', missing)
  const { page } = opened
  const git = { repoUrl: 'https://git.example.com/web.git', branch: 'main' }
  const saved = await server.call('PUT', `${STACK}/deployments/settings`, { sourceContext: { git } })
  expect(saved.status).toBe(200)
  const standing = async () => (await server.call('GET', `${STACK}/deployments/metadata`)).body
  await page.goto(`${server.url}/main/web/dev/deployments`)
  await page.getByRole('button', { name: 'Pause deployments' }).click()
  await page.getByText('New ones wait until they are resumed').waitFor()
  expect(await standing()).toMatchObject({ stackPaused: true, organizationPaused: false })
  await page.reload()
  await page.getByRole('button', { name: 'Resume deployments' }).click()
  await page.getByRole('button', { name: 'Pause deployments' }).waitFor()
  expect(await standing()).toMatchObject({ paused: false })

  await page.goto(`${server.url}/main/settings/general`)
  await page.getByRole('button', { name: 'Pause all deployments' }).click()
  await page.getByText('All deployments are paused').waitFor()
  expect(await standing()).toMatchObject({ stackPaused: false, organizationPaused: true })
  await page.goto(`${server.url}/main/web/dev/deployments`)
  await page.getByText('Those of the whole organization').waitFor()
  await page.goto(`${server.url}/main/settings/general`)
  await page.getByRole('button', { name: 'Resume all deployments' }).click()
  await page.getByText('New deployments start').waitFor()
  expect(await standing()).toMatchObject({ paused: false })
})

test('a webhook of the stack is made, changed, switched off and removed', async ({ skip }) => {
  skip(missing !== '', missing)
  const { page } = opened
  expect((await server.call('POST', '/api/stacks/main/web', { stackName: 'prod' })).status).toBe(200)
  const hooks = async () => (await server.call('GET', `${STACK}/hooks`)).body
  await page.goto(`${server.url}/main/web/dev/settings/webhooks`)
  await page.getByRole('button', { name: 'New webhook' }).click()
  await page.getByLabel('Name').fill('After web')
  await page.getByLabel('Format').selectOption('pulumi_deployments')
  await page.getByLabel('Stack to update').fill('web/dev')
  await page.getByLabel('Only what is chosen').check()
  await page.getByLabel('Drift detected').check()
  await page.getByRole('button', { name: 'Create webhook' }).click()
  await page.getByRole('dialog').getByRole('alert').getByText('leads back to this stack').waitFor()
  expect(await hooks()).toEqual([])
  await page.getByLabel('Stack to update').fill('web/prod')
  await page.getByRole('button', { name: 'Create webhook' }).click()
  await page.getByRole('heading', { name: 'After web' }).waitFor()
  expect(await hooks()).toMatchObject([{ payloadUrl: 'web/prod', filters: ['drift_detected'] }])

  await page.getByRole('button', { name: 'Edit' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('When web drifts')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'When web drifts' }).waitFor()
  await page.getByRole('button', { name: 'Switch off' }).click()
  await page.getByRole('button', { name: 'Switch on' }).waitFor()
  const changed = { displayName: 'When web drifts', active: false, filters: ['drift_detected'] }
  expect(await hooks()).toMatchObject([changed])
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByRole('button', { name: 'Remove webhook' }).click()
  await page.getByText('No webhooks yet').waitFor()
  expect(await hooks()).toEqual([])
})

test('a schedule that was clicked is one, until it is deleted', async ({ skip }) => {
  skip(missing !== '', missing)
  const { page } = opened
  const schedules = async () => (await server.call('GET', `${STACK}/deployments/schedules`)).body.schedules
  await page.goto(`${server.url}/main/web/dev/settings/schedules`)
  await page.getByRole('button', { name: 'New schedule' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Drift detection').check()
  await dialog.getByLabel('Cron expression').fill('30 5 * * 1')
  await dialog.getByText('It means: every Monday at 05:30').waitFor()
  await dialog.getByLabel('Time zone').fill('Nowhere/Else')
  await dialog.getByRole('button', { name: 'Create schedule' }).click()
  await dialog.getByRole('alert').getByText('names no time zone').waitFor()
  await dialog.getByLabel('Time zone').fill('Europe/Berlin')
  await dialog.getByRole('button', { name: 'Create schedule' }).click()
  await page.getByText('every Monday at 05:30, Europe/Berlin').waitFor()
  expect(await schedules()).toMatchObject([
    {
      scheduleCron: '30 5 * * 1',
      timeZone: 'Europe/Berlin',
      definition: { request: { operation: 'detect-drift' } },
    },
  ])
  await page.getByRole('button', { name: 'Pause detect-drift' }).click()
  await page.getByText('Does not run until it is resumed').waitFor()
  await page.getByRole('button', { name: 'Delete detect-drift' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByText('No schedules yet').waitFor()
  expect(await schedules()).toEqual([])
})
