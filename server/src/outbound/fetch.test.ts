import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OutboundRefused, outboundFetch } from './fetch.ts'

let port = 0
const seen: string[] = []
const server = createServer((request, response) => {
  seen.push(`${request.method} ${request.url} ${request.headers['x-mark'] ?? ''}`)
  if (request.url === '/slow') return
  if (request.url === '/away') response.writeHead(302, { location: '/' }).end()
  else request.pipe(response.writeHead(200))
})
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const fetchWith = (allowPrivate: boolean, address = '127.0.0.1') =>
  outboundFetch({
    allowPrivate,
    flag: '--allow-private-things',
    timeoutMs: 300,
    lookup: async () => [{ address, family: 4 }],
    ownAddresses: () => ['203.0.113.7'],
  })

/** Also what the connection itself refuses. */
async function refusalOf(asked: Promise<Response>): Promise<string> {
  const error: unknown = await asked.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  const refused = [error, error instanceof Error ? error.cause : undefined].find(
    (one) => one instanceof OutboundRefused,
  )
  return refused instanceof OutboundRefused ? refused.message : `no refusal: ${String(error)}`
}

test('what is allowed is sent and answered as usual', async () => {
  const answer = await fetchWith(true)(`http://git.test:${port}/x`, {
    method: 'POST',
    headers: { 'x-mark': 'here' },
    body: 'hello',
  })
  expect([answer.status, await answer.text()]).toEqual([200, 'hello'])
  expect(seen.at(-1)).toBe('POST /x here')
})

test('a redirect is an answer, and goes nowhere', async () => {
  const answer = await fetchWith(true)(`http://git.test:${port}/away`)
  expect(answer.status).toBe(302)
  expect(seen.at(-1)).toContain('/away')
})

test.each([
  ['an address inside', 'https://10.0.0.1/'],
  ['this machine by its address', 'https://127.0.0.1:8443/'],
  ['a name for inside', 'https://metadata.google.internal/'],
  ['a port for mail', 'https://git.example.com:25/'],
  ['plain http', 'http://git.example.com/'],
  ['a password', 'https://a:b@git.example.com/'],
  ['another scheme', 'file:///etc/passwd'],
])('%s is refused before anything is sent', async (_what, url) => {
  expect(await refusalOf(fetchWith(false, '93.184.216.34')(url))).not.toContain('no refusal')
})

test('a name that leads inside is refused, and no sentence says where it leads', async () => {
  const sentence = await refusalOf(fetchWith(false)(`https://git.test:${port}/`))
  expect(sentence).toContain('--allow-private-things')
  expect(sentence).not.toContain('127.0.0.1')
  expect(await refusalOf(fetchWith(false, '203.0.113.7')('https://git.test/'))).toContain('public internet')
})

test('whoever may go inside still speaks no plain http to the internet', async () => {
  expect(await refusalOf(fetchWith(true, '93.184.216.34')('http://git.test/'))).toContain('https')
})

test('a server that stops waits for no answer', async () => {
  const stopping = new AbortController()
  const asked = outboundFetch({
    allowPrivate: true,
    flag: '',
    timeoutMs: 60_000,
    stopping: stopping.signal,
    lookup: async () => [{ address: '127.0.0.1', family: 4 }],
    ownAddresses: () => [],
  })(`http://git.test:${port}/slow`)
  setTimeout(() => stopping.abort(), 20)
  await expect(asked).rejects.toMatchObject({ name: 'AbortError' })
})

test('an answer that does not come is not waited for', async () => {
  await expect(fetchWith(true)(`http://git.test:${port}/slow`)).rejects.toMatchObject({
    name: 'TimeoutError',
  })
})
