// Every page of the console as people meet it: light and dark, wide and narrow, without a barrier, a complaint of the
// browser, or a word of a stranger that became more than a word.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBrowser, type TestBrowser, type TestPage } from './harness/browser.ts'
import { barriersOf, isWiderThanScreen, keepPicture, signIn } from './harness/console.ts'
import { SECRET_HOLDER } from './harness/console-updates.ts'
import { type ConsoleWorld, startConsoleWorld } from './harness/console-world.ts'
import { subject } from './harness/trusting-role.ts'

interface Page {
  readonly at: string | ((world: ConsoleWorld) => string)
  /** A heading or word that says that it is shown. */
  readonly shows: string
  /** A button that is pressed before one looks, by its name. */
  readonly press?: RegExp
}

const PAGES: Readonly<Record<string, Page>> = {
  stacks: { at: 'main', shows: 'Stacks' },
  drifted: { at: 'main?state=drifted', shows: '1 stack' },
  settings: { at: 'main/shop/staging/settings/deploy', shows: 'OpenID Connect' },
  overview: { at: 'main/shop/dev', shows: 'Outputs' },
  updates: { at: 'main/shop/dev/updates', shows: '1: update' },
  update: { at: 'main/shop/dev/updates/1', shows: 'Update 1: update' },
  changes: { at: 'main/shop/staging/updates/2', shows: 'uploads', press: /uploads/ },
  preview: {
    at: ({ previewId }) => `main/shop/staging/previews/${previewId}`,
    shows: 'Preview: update',
  },
  graph: { at: 'main/shop/staging?view=graph', shows: 'uploads' },
  resource: { at: `main/shop/staging?resource=${encodeURIComponent(SECRET_HOLDER)}`, shows: 'Inputs' },
  schedules: { at: 'main/shop/staging/settings/schedules', shows: 'every day at 04:00, Europe/Berlin' },
  newSchedule: { at: 'main/shop/dev/settings/schedules', shows: 'No schedules yet', press: /New schedule/ },
  deployments: { at: 'main/shop/dev/deployments', shows: '#1 update' },
  deployment: { at: 'main/shop/dev/deployments/1', shows: 'pulumi update' },
  identity: { at: 'main/shop/dev/deployments/1?show=identity', shows: 'Subject (sub)' },
  refused: { at: 'main/shop/prod/deployments/1', shows: 'The cloud did not let the deployment in' },
  webhooks: { at: 'main/settings/webhooks', shows: 'hooks.example.com · everything' },
  'webhook-new': {
    at: 'main/settings/webhooks',
    shows: 'hooks.example.com · everything',
    press: /New webhook/,
  },
  webhook: { at: 'main/settings/webhooks/ci', shows: 'Deliveries', press: /^ping Delivered/ },
  stackWebhooks: { at: 'main/shop/staging/settings/webhooks', shows: 'Then the shop' },
  newStackWebhook: {
    at: 'main/shop/dev/settings/webhooks',
    shows: 'No webhooks yet',
    press: /New webhook/,
  },
  stackWebhook: {
    at: 'main/shop/staging/settings/webhooks/ci',
    shows: 'everything of deployments',
    press: /^ping Delivered/,
  },
  'git-hosts': { at: 'main/settings/git-hosts', shows: 'plain' },
  'git-host': { at: 'main/settings/git-hosts/plain', shows: 'Deliveries', press: /another branch/ },
  'git-host-secret': { at: 'main/settings/git-hosts/plain', shows: 'Deliveries', press: /New secret/ },
  access: { at: 'main/shop/dev/settings/access', shows: 'bob' },
  general: { at: 'main/settings/general', shows: 'Members may also' },
  runners: { at: 'main/settings/runners', shows: 'builders' },
  pool: { at: ({ organization }) => `main/settings/runners/${organization.poolId}`, shows: 'Tokens' },
  tokens: { at: 'main/settings/tokens', shows: 'Personal' },
  organizationTokens: { at: 'main/settings/tokens?of=organization', shows: 'nightly' },
  teamTokens: { at: 'main/settings/tokens?of=team&team=platform', shows: 'ci' },
  members: { at: 'main/settings/members', shows: 'erin' },
  teams: { at: 'main/settings/teams', shows: 'platform' },
  team: { at: 'main/settings/teams/platform', shows: 'bob' },
  audit: { at: 'main/settings/audit-log', shows: 'JSON lines', press: /Webhook created: main chat/ },
  token: {
    at: `main/settings/audit-log/tokens?of=${encodeURIComponent(subject('dev', 'update'))}`,
    shows: '#1 update',
  },
  issuer: { at: 'main/settings/issuer?stack=shop%2Fdev', shows: 'Signing' },
  usage: { at: 'main/settings/usage', shows: 'Together' },
}

/** Some seconds a page where the machine has much else to do. */
const LIMIT_MS = 6 * 60_000

const LOOKS = [
  { width: 1280, scheme: 'light' },
  { width: 380, scheme: 'dark' },
] as const

let world: ConsoleWorld
let browser: TestBrowser
let missing = ''
beforeAll(async () => {
  const started = await startBrowser()
  if ('missing' in started) {
    missing = started.missing
    return
  }
  browser = started
  world = await startConsoleWorld()
})
afterAll(async () => {
  await browser?.close()
  await world?.system.stop()
})

test.for(LOOKS)(
  'every page at $width pixels, $scheme',
  { timeout: LIMIT_MS },
  async ({ width, scheme }, { skip }) => {
    skip(missing !== '', missing)
    const { url, adminToken } = world.system.server
    const signedOut = await browser.open(url, { width, scheme })
    await signedOut.page.getByLabel('Access token').waitFor()
    const found = await look(signedOut, `sign-in-${width}-${scheme}`)
    await signedOut.close()
    const opened = await signIn(browser, url, adminToken, { width, scheme })
    for (const [name, { at, shows, press }] of Object.entries(PAGES)) {
      await opened.page.goto(`${url}/${typeof at === 'string' ? at : at(world)}`)
      await opened.page.getByText(shows, { exact: true }).first().waitFor()
      if (press) await opened.page.getByRole('button', { name: press }).last().click()
      found.push(...(await look(opened, `${name}-${width}-${scheme}`)))
    }
    await opened.close()
    expect(found).toEqual([])
  },
)

/** What is wrong with a page as it stands, once nothing of it is still on its way. */
async function look({ page, complaints }: TestPage, name: string): Promise<string[]> {
  // Not by a script in the page, whose policy refuses scripts that are strings.
  await expect.poll(() => page.locator('[aria-busy=true]').count()).toBe(0)
  await page.waitForTimeout(150)
  await keepPicture(page, name)
  return [
    ...(await barriersOf(page)).map((barrier) => `${name}: ${barrier}`),
    ...((await isWiderThanScreen(page)) ? [`${name}: is wider than the screen`] : []),
    ...((await page.title()) === 'taken' ? [`${name}: ran what a stranger wrote`] : []),
    ...complaints.map((complaint) => `by ${name}: ${complaint}`),
  ]
}
