import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PoolTokens } from './control-plane.ts'
import { exchangedTokens } from './oidc-login.ts'

let folder: string
let idTokenFile: string
let server: Server
let time: number
/** The bodies of what was asked. */
let asked: Record<string, unknown>[]
let answer: { status: number; body: unknown }
let tokens: PoolTokens

const poolToken = (n: number): string => `dpp-${String(n).padStart(40, '0')}`
const given = (n: number, seconds = 3_600) => ({
  status: 200,
  body: { access_token: poolToken(n), expires_in: seconds, token_type: 'token', scope: '' },
})

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-oidc-login-'))
  idTokenFile = join(folder, 'token')
  await writeFile(idTokenFile, 'first\n')
  asked = []
  time = Date.parse('2026-03-01T00:00:00Z')
  answer = given(1)
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    asked.push({ path: request.url, ...JSON.parse(Buffer.concat(chunks).toString()) })
    response.writeHead(answer.status).end(JSON.stringify(answer.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix/`)
  const login = { idTokenFile, organization: 'acme', pool: 'eu' }
  tokens = exchangedTokens({ server: url, poolToken: login }, fetch, () => new Date(time))
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})

const current = () => tokens.current(new AbortController().signal)
const pass = (seconds: number): void => {
  time += seconds * 1_000
}

test('the token in the file is exchanged for one of the pool, once for all that ask', async () => {
  const all = await Promise.all([current(), current(), current()])
  expect(all).toEqual(all.map(() => ({ kind: 'ok', value: poolToken(1) })))
  expect(asked).toEqual([
    {
      path: '/prefix/api/oauth/token',
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      audience: 'urn:pulumi:org:acme',
      subject_token: 'first',
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      requested_token_type: 'urn:pulumi:token-type:access_token:runner',
      scope: 'runner:eu',
    },
  ])
})

test('the next is got when half of its life is over, for what is in the file then', async () => {
  await current()
  pass(1_799)
  await current()
  expect(asked).toHaveLength(1)
  await writeFile(idTokenFile, 'second')
  answer = given(2)
  pass(1)
  expect(await current()).toEqual({ kind: 'ok', value: poolToken(2) })
  expect(asked[1]).toMatchObject({ subject_token: 'second' })
})

test('while there is no next one, the last is used to its end', async () => {
  await current()
  answer = { status: 503, body: { message: 'The keys cannot be read.' } }
  pass(3_599)
  expect(await current()).toEqual({ kind: 'ok', value: poolToken(1) })
  pass(1)
  expect(await current()).toEqual({ kind: 'away', reason: 'it answered 503 to a login' })
  answer = given(2)
  expect(await current()).toEqual({ kind: 'ok', value: poolToken(2) })
})

test('one that the server does not know any more is exchanged anew', async () => {
  await current()
  answer = given(2)
  expect(tokens.ended(poolToken(1) as never)).toBe(true)
  expect(await current()).toEqual({ kind: 'ok', value: poolToken(2) })
  // Somebody else noticed the end of the first one later.
  tokens.ended(poolToken(1) as never)
  expect(await current()).toEqual({ kind: 'ok', value: poolToken(2) })
  expect(asked).toHaveLength(2)
})

test('a refusal is the server’s own sentence, and a file that is not there has one', async () => {
  answer = { status: 400, body: { error: 'invalid_grant', message: 'No policy allows it.' } }
  expect(await current()).toMatchObject({ kind: 'refused', status: 400, sentence: 'No policy allows it.' })
  await rm(idTokenFile)
  expect(await current()).toMatchObject({
    kind: 'refused',
    sentence: expect.stringMatching(/^The ID token cannot be read from .*ENOENT/),
  })
  await writeFile(idTokenFile, 'again')
})

test.each([
  [{ status: 200, body: 'hello' }],
  [{ status: 200, body: { access_token: 'pul-x', expires_in: 3_600 } }],
  [{ status: 200, body: { access_token: poolToken(1) } }],
  [{ status: 200, body: { access_token: poolToken(1), expires_in: 0 } }],
  [{ status: 429, body: {} }],
])('what is no answer of a server is asked for again: %j', async (odd) => {
  answer = odd
  expect(await current()).toMatchObject({ kind: 'away' })
})
