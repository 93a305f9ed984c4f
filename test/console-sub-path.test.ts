// Daypass below a path of a host that has other things at its root, behind a proxy that passes on nothing else: the real
// CLI logs in there and works, and the console shows what it did and never asks for anything outside.
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../server/src/http/free-port.ts'
import { startBrowser, type TestBrowser } from './harness/browser.ts'
import { signIn } from './harness/console.ts'
import { type PulumiUser, pulumiUser } from './harness/pulumi.ts'
import { startServer, type TestServer } from './harness/server.ts'

const PROGRAM = 'name: web\nruntime: yaml\noutputs:\n  greeting: hello from below\n'

let host: Host
let server: TestServer
let user: PulumiUser
let browser: TestBrowser
let missing = ''
beforeAll(async () => {
  const started = await startBrowser()
  if ('missing' in started) {
    missing = started.missing
    return
  }
  browser = started
  host = await startHost('/daypass')
  const port = await freePort('127.0.0.1')
  server = await startServer({ flags: ['--port', String(port), '--base-url', host.url] })
  host.serve(port)
  user = await pulumiUser({
    PULUMI_ACCESS_TOKEN: server.adminToken,
    PULUMI_CONSOLE_DOMAIN: new URL(host.url).host,
  })
})
afterAll(async () => {
  await browser?.close()
  await user?.remove()
  await server?.stop()
  await host?.close()
})

test('the CLI works there, and the console shows what it did', async ({ skip }) => {
  skip(missing !== '', missing)
  await user.ok('login', host.url)
  await user.writeProgram(PROGRAM)
  await user.ok('stack', 'init', 'main/web/dev')
  const { stdout } = await user.ok('up', '--yes', '--skip-preview')
  // Of the address of a console the CLI takes the host alone: whoever wants its links redirects them at the root.
  const { origin } = new URL(host.url)
  expect(stdout).toContain(`${origin}/main/web/dev/updates/1`)
  expect(host.strays).toEqual([])

  const at = `${host.url}/main/web/dev/updates/1`
  const { page, complaints, close } = await signIn(browser, at, server.adminToken)
  await page.getByRole('heading', { name: 'Update 1: update' }).waitFor()
  const cookies = await page.context().cookies()
  expect(cookies.map(({ path, httpOnly, sameSite }) => ({ path, httpOnly, sameSite }))).toEqual([
    { path: '/daypass/', httpOnly: true, sameSite: 'Strict' },
  ])
  await page.getByRole('tab', { name: 'Overview' }).click()
  await page.getByText('hello from below').waitFor()
  await page.getByRole('tab', { name: 'Settings' }).click()
  await page.getByText('OpenID Connect').first().waitFor()
  expect(new URL(page.url()).pathname).toBe('/daypass/main/web/dev/settings/deploy')
  await page.reload()
  await page.getByText('OpenID Connect').first().waitFor()

  // By the stream of events, without a reload.
  await page.getByRole('tab', { name: 'Deployments' }).click()
  await page.getByText('No deployments yet').waitFor()
  const git = { repoUrl: 'https://git.example.com/web.git', branch: 'main' }
  const asked = { operation: 'preview', sourceContext: { git } }
  expect((await server.call('POST', '/api/stacks/main/web/dev/deployments', asked)).status).toBe(202)
  await page.getByRole('link', { name: '#1 preview' }).click()
  await page.getByRole('heading', { name: '#1 preview' }).waitFor()

  await page.getByRole('banner').getByRole('button', { name: 'main' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByLabel('Access token').waitFor()
  expect(await page.context().cookies()).toEqual([])
  expect(host.strays).toEqual([])
  expect(complaints).toEqual([])
  await close()
})

interface Host {
  /** With the path. */
  readonly url: string
  /** What was asked for outside of the path. */
  readonly strays: string[]
  readonly serve: (port: number) => void
  readonly close: () => Promise<void>
}

/** Passes on what is below the path, path and all, and has nothing of its own at the root. */
async function startHost(path: string): Promise<Host> {
  const strays: string[] = []
  let port = 0
  const proxy: Server = createServer((asked, answer) => {
    const { url = '/', method, headers } = asked
    if (url !== path && !url.startsWith(`${path}/`)) {
      strays.push(`${method} ${url}`)
      answer.writeHead(404).end()
      return
    }
    const onward = request({ host: '127.0.0.1', port, path: url, method, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers)
      answered.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    answer.on('close', () => onward.destroy())
    asked.pipe(onward)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${path}`,
    strays,
    serve: (next) => {
      port = next
    },
    close: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve())
        proxy.closeAllConnections()
      }),
  }
}
