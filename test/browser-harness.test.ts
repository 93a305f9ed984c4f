// The tests' browser itself: a page that does what it should not must not look well to a test.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBrowser, type TestBrowser } from './harness/browser.ts'
import { barriersOf, isWiderThanScreen } from './harness/console.ts'

const PAGES: Readonly<Record<string, string>> = {
  '/good': '<title>Good</title><main><h1>Good</h1><script src="/good.js"></script></main>',
  '/good.js': 'document.querySelector("h1").textContent = "Ran"',
  '/broken': '<title>Broken</title><script src="/broken.js"></script>',
  '/broken.js': 'throw new Error("broken on purpose")',
  '/inline': '<title>Inline</title><h1 onclick="x()">Inline</h1><script>document.title = "ran"</script>',
  '/elsewhere': '<title>Elsewhere</title><img alt="" src="http://other.invalid/picture.png">',
  '/barriers': '<title>Barriers</title><main><input><div style="width: 3000px">wide</div></main>',
}

let server: Server
let url: string
let browser: TestBrowser | undefined
let missing = ''
beforeAll(async () => {
  server = createServer((request, response) => {
    const page = PAGES[request.url ?? '']
    const type = request.url?.endsWith('.js') ? 'text/javascript' : 'text/html'
    response.writeHead(page ? 200 : 204, {
      'content-type': type,
      'content-security-policy': "script-src 'self'",
    })
    response.end(type === 'text/html' ? `<!doctype html><html lang="en">${page ?? ''}</html>` : page)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const started = await startBrowser()
  if ('missing' in started) missing = started.missing
  else browser = started
})
afterAll(async () => {
  await browser?.close()
  server.closeAllConnections()
  server.close()
})

async function complaintsAbout(path: string): Promise<readonly string[]> {
  const opened = await browser?.open(url + path)
  if (!opened) throw new Error('no browser')
  await opened.page.waitForLoadState('networkidle')
  await opened.close()
  return opened.complaints
}

test('runs a page that is well without a complaint', async ({ skip }) => {
  skip(missing !== '', missing)
  const opened = await browser?.open(`${url}/good`)
  expect(await opened?.page.textContent('h1')).toBe('Ran')
  expect(opened?.complaints).toEqual([])
  expect(opened && (await barriersOf(opened.page))).toEqual([])
  expect(opened && (await isWiderThanScreen(opened.page))).toBe(false)
  await opened?.close()
})

test('complains of a script that fails, of one that the policy refuses, and of a request elsewhere', async ({
  skip,
}) => {
  skip(missing !== '', missing)
  expect(await complaintsAbout('/broken')).toEqual(['script: broken on purpose'])
  expect(await complaintsAbout('/inline')).toEqual([expect.stringContaining('Content Security Policy')])
  expect(await complaintsAbout('/elsewhere')).toContain('request to http://other.invalid')
})

test('finds what keeps people out', async ({ skip }) => {
  skip(missing !== '', missing)
  const opened = await browser?.open(`${url}/barriers`, { width: 380 })
  if (!opened) throw new Error('no browser')
  expect(await barriersOf(opened.page)).toContainEqual(expect.stringContaining('must have labels'))
  expect(await isWiderThanScreen(opened.page)).toBe(true)
  await opened.close()
})
