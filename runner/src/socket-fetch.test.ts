import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, setGlobalProxyFromEnv } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { fetchThroughSocket } from './socket-fetch.ts'

let folder: string
let server: Server
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-socket-'))
  server = createServer(async (request, response) => {
    if (request.url === '/silent') return
    if (request.url === '/elsewhere')
      return void response.writeHead(302, { location: 'http://127.0.0.1/' }).end()
    if (request.url === '/nothing') return void response.writeHead(204).end()
    const { authorization, host } = request.headers
    response.end(
      JSON.stringify({
        method: request.method,
        url: request.url,
        authorization,
        host,
        body: await text(request),
      }),
    )
  })
  await new Promise<void>((resolve) => server.listen(join(folder, 's'), resolve))
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})

test('a call goes through the socket whole, and its answer comes back', async () => {
  const fetch = fetchThroughSocket(join(folder, 's'))
  const init = { method: 'POST', headers: { authorization: 'Bearer x' }, body: '{"a":1}' }
  const response = await fetch('http://daypass.example.com/base/path?q=1', init)
  expect(await response.json()).toEqual({
    method: 'POST',
    url: '/base/path?q=1',
    authorization: 'Bearer x',
    host: 'daypass.example.com',
    body: '{"a":1}',
  })
  expect(await (await fetch('http://host/nothing')).text()).toBe('')
})

test('the socket is reached whatever proxy the others go through', async () => {
  onTestFinished(
    setGlobalProxyFromEnv({ http_proxy: 'http://127.0.0.1:1', https_proxy: 'http://127.0.0.1:1' }),
  )
  const response = await fetchThroughSocket(join(folder, 's'))('http://host/nothing')
  expect(response.status).toBe(204)
})

test('redirects are errors, signals are heard, and a server that is gone is an error', async () => {
  const fetch = fetchThroughSocket(join(folder, 's'))
  await expect(fetch('http://host/elsewhere')).rejects.toThrow(/302/)
  await expect(fetch('http://host/silent', { signal: AbortSignal.timeout(20) })).rejects.toThrow()
  await expect(fetchThroughSocket(join(folder, 'none'))('http://host/')).rejects.toThrow(/ENOENT/)
})
