/** A server with a certificate of its own: for people, programs and relying parties alike. */
import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { followTls, readTls } from '../server/src/http/tls.ts'
import { daypass } from './harness/daypass.ts'
import { certificateOfNobody } from './harness/other-issuer.ts'
import { spawnServer, startServer, type TestServer } from './harness/server.ts'

let folder: string
let files: { certificate: string; key: string }
let pair: { key: string; certificate: string }
let server: TestServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-tls-'))
  files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  pair = await certificateOfNobody()
  await write(pair)
  server = await startServer({ flags: ['--tls-cert', files.certificate, '--tls-key', files.key] })
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})

async function write({ key, certificate }: { key: string; certificate: string }): Promise<void> {
  await writeFile(files.key, key, { mode: 0o600 })
  await writeFile(files.certificate, certificate)
}

interface Seen {
  readonly status: number | undefined
  readonly text: string
  readonly fingerprint: string
}

/** Trusts nothing but `ca`. */
function get(url: string, ca: string): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca, agent: false }, (response) => {
      const { fingerprint256 } = (response.socket as TLSSocket).getPeerCertificate()
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (piece: string) => {
        text += piece
      })
      response.on('end', () => resolve({ status: response.statusCode, text, fingerprint: fingerprint256 }))
    })
    asked.once('error', reject)
    asked.end()
  })
}

test('its addresses are https ones, and who trusts its certificate reads the issuer there', async () => {
  expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
  const { status, text } = await get(`${server.url}/oidc/.well-known/openid-configuration`, pair.certificate)
  expect({ status, issuer: JSON.parse(text).issuer }).toEqual({ status: 200, issuer: `${server.url}/oidc` })
  await expect(get(server.url, (await certificateOfNobody()).certificate)).rejects.toThrow(/certificate/)
})

test('the daypass command reaches it with the certificate, and is told why without', async () => {
  const env = { NODE_EXTRA_CA_CERTS: files.certificate }
  expect(await daypass(['issuer', 'keys', '--json'], { server, env })).toMatchObject({
    code: 0,
    json: { keys: [{ state: 'signing' }] },
  })
  expect(await daypass(['issuer', 'keys'], { server })).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/certificate/),
  })
})

test('plain HTTP gets no answer on that port', async () => {
  await expect(fetch(server.url.replace('https:', 'http:'))).rejects.toThrow()
})

test.each([
  [
    'a key that belongs to another certificate',
    async () => ({ ...pair, key: (await certificateOfNobody()).key }),
  ],
  ['what is no certificate', async () => ({ ...pair, certificate: 'nonsense' })],
])('%s stops the start with a sentence', async (_what, make) => {
  const wrong = join(folder, 'wrong.pem')
  const { key, certificate } = await make()
  await writeFile(wrong, `${certificate}\n${key}`)
  const child = spawnServer(['--data', folder, '--port', '0', '--tls-cert', wrong, '--tls-key', wrong])
  await expect(child.ready).rejects.toThrow(/are not a certificate and its key in PEM/)
  expect(await child.ended).toBe(2)
})

test('another pair in the files is taken while it runs, and one that does not fit is not', async () => {
  const first = await readTls(files)
  const running = createServer(first, (_request, response) => response.end('here'))
  await new Promise<void>((resolve) => running.listen(0, '127.0.0.1', resolve))
  const { port } = running.address() as { port: number }
  const sweep = followTls(running, files, first, pino({ level: 'silent' }), 0.05)
  try {
    // As it is while somebody writes them: empty, half, of another pair.
    for (const key of ['', pair.key.slice(0, 400), (await certificateOfNobody()).key]) {
      await writeFile(files.key, key)
      await sleep(200)
      expect((await get(`https://127.0.0.1:${port}/`, pair.certificate)).text).toBe('here')
    }

    const renewed = await certificateOfNobody()
    await write(renewed)
    const { fingerprint256 } = new X509Certificate(renewed.certificate)
    const deadline = Date.now() + 20_000
    let seen = ''
    while (seen !== fingerprint256 && Date.now() < deadline) {
      seen = await get(`https://127.0.0.1:${port}/`, renewed.certificate).then(
        ({ fingerprint }) => fingerprint,
        () => '',
      )
    }
    expect(seen).toBe(fingerprint256)
  } finally {
    await sweep.stop()
    running.close()
    await write(pair)
  }
})
