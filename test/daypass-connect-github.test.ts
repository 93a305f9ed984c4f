/** `daypass connect github` from nothing: a real server, the command as a process, a browser's requests, and a strict GitHub. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBrowser } from './harness/browser.ts'
import { daypass } from './harness/daypass.ts'
import { walk } from './harness/daypass-steps.ts'
import { APP_WEBHOOK_SECRET, type GitHub, startGitHub } from './harness/github/github.ts'
import { startServer, type TestServer } from './harness/server.ts'

let server: TestServer
let github: GitHub
beforeAll(async () => {
  github = await startGitHub({ permissions: {}, events: [] })
  server = await startServer({ flags: ['--allow-private-git-hosts'] })
})
afterAll(async () => {
  expect(await server.stop()).toBe(0)
  await github.close()
})

/** Runs the command, and hands its link to whoever clicks. */
async function connect(args: readonly string[], click: (link: string) => Promise<unknown>) {
  let heard = ''
  let clicked: Promise<unknown> | undefined
  const outcome = await daypass(['connect', 'github', '--enterprise-url', github.webUrl, ...args], {
    server,
    hears(text) {
      heard += text
      const [, link] = /GitHub: (http\S+)\n/.exec(heard) ?? []
      if (link !== undefined) clicked ??= click(link)
    },
  })
  return { ...outcome, clicked: await clicked }
}

/** What a browser does on the way: the form of our page, GitHub's button, and back to us. */
async function makeApp(link: string): Promise<Response> {
  const text = async (answer: Response) =>
    (await answer.text()).replaceAll('&quot;', '"').replaceAll('&amp;', '&')
  const ours = await text(await fetch(link))
  const [, action = ''] = /action="([^"]+)"/.exec(ours) ?? []
  const [, manifest = ''] = /name="manifest" value="(\{.*\})"/.exec(ours) ?? []
  const theirs = await text(await fetch(action, { method: 'POST', body: new URLSearchParams({ manifest }) }))
  const [, create = ''] = /action="([^"]+)"/.exec(theirs) ?? []
  const made = await fetch(github.webUrl + create, { method: 'POST', redirect: 'manual' })
  return fetch(made.headers.get('location') ?? '', { redirect: 'manual' })
}

test('the link, three clicks, and the command says what it has and what is next', async () => {
  const { code, stdout, stderr, clicked } = await connect(['--github-org', 'acme'], makeApp)
  expect(stderr).toMatch(/^Open this in a browser[^\n]*state=[0-9a-f]{64}\nIt is good once, until [^\n]+\n/)
  expect(stderr).toContain('waiting until you have made the App on GitHub')
  expect(code, stderr).toBe(0)
  const install = `${github.webUrl}/apps/acme-daypass/installations/new`
  expect(clicked).toMatchObject({ status: 303 })
  expect((clicked as Response).headers.get('location')).toBe(install)
  expect(stdout).toMatch(/^Connected github \(github-enterprise\)\./)
  expect(stdout).toContain(install)
  expect(stdout).toContain('The host knows us as acme-daypass (GitHub App 123456).')
  // The App has what its manifest asked for, so nothing else is missing.
  expect(stdout).toContain('Still missing:\n- Install the App on the repositories of your stacks.\n\n')
  expect(stdout).toContain('✓ A signed test event reached the webhook URL from here.')
  expect(stdout + stderr).not.toMatch(new RegExp(`${APP_WEBHOOK_SECRET}|PRIVATE KEY`))

  await github.makeRepository('acme/shop', { private: true })
  await walk(
    [
      { run: 'git-host test github', json: { identity: expect.any(String), missing: [] } },
      { run: 'git-host deliveries github', shows: / ping / },
      { run: `connect github --enterprise-url ${github.webUrl}`, code: 1, says: /already/ },
      { run: `connect gitea --url ${github.webUrl} --github-org acme`, code: 2, says: /for GitHub alone/ },
      { run: 'connect github --no-app --github-org acme', code: 2, says: /otherwise say --url/ },
      { run: 'connect github --no-app --name plain', shows: /^Connected plain \(github\)/ },
      { run: 'git-host remove plain --yes', shows: /Disconnected/ },
    ],
    { server },
  )
  expect(github.mistakes).toEqual([])
})

test('the same by three clicks in a real browser, whose page lets its form go to GitHub alone', async (context) => {
  const browser = await startBrowser()
  if ('missing' in browser) return context.skip(browser.missing)
  try {
    const { code, stderr, clicked } = await connect(['--name', 'clicked'], async (link) => {
      const { page, complaints } = await browser.open(link)
      await page.getByRole('button', { name: 'Go on to GitHub' }).click()
      await page.getByRole('button', { name: 'Create GitHub App' }).click()
      await page.getByRole('button', { name: 'Install' }).click()
      const heading = await page.getByRole('heading').textContent()
      return { heading, at: page.url(), complaints }
    })
    expect(code, stderr).toBe(0)
    expect(clicked).toEqual({
      heading: 'The App is installed',
      at: `${server.url}/github-app/installed?installation_id=4711&setup_action=install`,
      // Nothing but that the browser went there.
      complaints: expect.not.arrayContaining([expect.stringMatching(/^(?:console|script): /)]),
    })
    expect(github.mistakes).toEqual([])
  } finally {
    await browser.close()
  }
})

test('what GitHub refuses is what the command ends with', async () => {
  const { code, stdout, stderr } = await connect(['--name', 'second'], async (link) =>
    fetch(link.replace('?', '/made?code=none&')),
  )
  expect(stderr).toContain('GitHub does not take the code that it gave')
  expect(code).toBe(1)
  expect(stdout).toBe('')
})

test('a link that a later one took the place of ends the first command', async () => {
  const path = '/api/daypass/orgs/main/git-hosts/third/registration'
  const { code, stderr } = await connect(['--name', 'third'], () =>
    server.call('POST', path, { kind: 'github-app' }),
  )
  expect(stderr).toContain('somebody has begun this anew')
  expect(code).toBe(1)
})
