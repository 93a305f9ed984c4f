import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as ask } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createWorld, type World } from '../../../test/harness/world.ts'

let world: World
let folder: string
const SCRIPT = 'console.log("here")\n'

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-console-'))
  await mkdir(join(folder, 'dist/assets'), { recursive: true })
  const put = (name: string, content: string | Buffer) => writeFile(join(folder, name), content)
  await put('secret.js', 'not of the build')
  await put('dist/index.html', '<!doctype html><base href="/__DAYPASS_BASE__/" /><div id="root"></div>')
  await put('dist/favicon.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>')
  await put('dist/assets/main-abc.js', SCRIPT)
  await put('dist/assets/main-abc.js.br', brotliCompressSync(SCRIPT))
  await put('dist/assets/main-abc.js.gz', gzipSync(SCRIPT))
})
afterEach(async () => {
  await world.close()
  await rm(folder, { recursive: true })
})

const open = async (flags: readonly string[] = []) => {
  world = await createWorld({ flags, consoleFolder: join(folder, 'dist') })
}
const get = (url: string, headers: Record<string, string> = { accept: 'text/html,*/*' }) =>
  world.app.inject({ url, headers })

test('every address that no route is for is the console’s page, with a strict policy', async () => {
  await open()
  for (const url of ['/', '/acme/web/dev/deployments/3', '/acme?x=1', '/unknown.html']) {
    const answer = await get(url)
    expect(answer.statusCode, url).toBe(200)
    expect(answer.payload).toContain('<base href="/" />')
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
    })
    const policy = String(answer.headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'; script-src 'self';")
    expect(policy).toContain("frame-ancestors 'none'")
  }
  const head = await world.app.inject({ method: 'HEAD', url: '/acme', headers: { accept: 'text/html' } })
  expect([head.statusCode, head.payload]).toEqual([200, ''])
})

test('below a path it says so, and is found with the path and without', async () => {
  await open(['--base-url', 'https://host.example/daypass'])
  for (const url of ['/daypass', '/daypass/', '/daypass/acme', '/acme']) {
    expect((await get(url)).payload, url).toContain('<base href="/daypass/" />')
  }
  expect((await get('/daypass/assets/main-abc.js')).payload).toBe(SCRIPT)
})

test('the API, the issuer and programs get no page', async () => {
  await open()
  for (const url of [
    '/api',
    '/api/',
    '/api/nothing',
    '/%61pi/nothing',
    '/oidc/nothing',
    '/.well-known/x',
    '/assets/no.js',
  ]) {
    const answer = await get(url)
    expect(answer.statusCode, url).toBe(404)
    expect(answer.json()).toMatchObject({ code: 404, reason: 'unknown_route' })
  }
  expect((await get('/acme', { accept: 'application/json' })).statusCode).toBe(404)
  expect((await get('/acme', {})).statusCode).toBe(404)
  const posted = await world.app.inject({ method: 'POST', url: '/acme', headers: { accept: 'text/html' } })
  expect(posted.statusCode).toBe(404)
})

test('files of the build are kept for good, and sent as small as the browser can read', async () => {
  await open()
  const plain = await get('/assets/main-abc.js', {})
  expect(plain.payload).toBe(SCRIPT)
  expect(plain.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
    vary: 'accept-encoding',
  })
  const small = await get('/assets/main-abc.js', { 'accept-encoding': 'gzip, deflate, br' })
  expect(small.headers['content-encoding']).toBe('br')
  expect(small.rawPayload).toEqual(brotliCompressSync(SCRIPT))
  const gzip = await get('/assets/main-abc.js', { 'accept-encoding': 'gzip, br;q=0' })
  expect(gzip.headers['content-encoding']).toBe('gzip')
  const again = await get('/assets/main-abc.js', { 'if-none-match': String(plain.headers.etag) })
  expect([again.statusCode, again.payload]).toEqual([304, ''])
  expect((await get('/favicon.svg', {})).headers).toMatchObject({
    'content-type': 'image/svg+xml',
    'cache-control': 'no-cache',
  })
})

test('no path leads out of the build', async () => {
  await open()
  const url = new URL(await world.app.listen({ host: '127.0.0.1', port: 0 }))
  const raw = (path: string) =>
    new Promise<string>((resolve, reject) => {
      ask({ host: url.hostname, port: url.port, path }, (answer) => {
        answer.setEncoding('utf8')
        let text = ''
        answer.on('data', (part) => (text += part)).on('end', () => resolve(text))
      })
        .on('error', reject)
        .end()
    })
  expect(await raw('/assets/main-abc.js')).toBe(SCRIPT)
  for (const path of [
    '/assets/../../secret.js',
    '/../secret.js',
    '/assets/%2e%2e/%2e%2e/secret.js',
    '/assets/..%2f..%2fsecret.js',
    '/assets/..%5c..%5csecret.js',
    '/assets//../../secret.js',
    '/assets/main-abc.js%00',
    `/assets/${join(folder, 'secret.js')}`,
    '/assets/main-abc.js.br',
  ])
    expect(await raw(path), path).toMatch(/"(?:unknown_route|malformed_path)"/)
})

test('without a build the page says how to make one', async () => {
  world = await createWorld({ consoleFolder: join(folder, 'nothing') })
  const answer = await get('/')
  expect(answer.statusCode).toBe(404)
  expect(answer.payload).toContain('npm run build -w console')
})
