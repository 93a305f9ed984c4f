/** Rotation on running servers that share a database, seen by a relying party that fetches over HTTP. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from './harness/database.ts'
import { daypass } from './harness/daypass.ts'
import { startServer, type TestServer } from './harness/server.ts'

const TIMING = ['--key-lead-seconds', '4', '--jwks-max-age-seconds', '2']

let database: TestDatabase
let server: TestServer
let sibling: TestServer
let token: string
beforeAll(async () => {
  database = await createTestDatabase()
  const env = { DAYPASS_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') }
  server = await startServer({ postgres: database, env, flags: TIMING })
  token = server.adminToken
  sibling = await startServer({ postgres: database, env, flags: TIMING })
})
afterAll(async () => {
  await Promise.all([server.stop(), sibling.stop()])
  await database.drop()
})

async function publishedBy({ url }: TestServer): Promise<{ kids: string[]; cache: string | null }> {
  const answer = await fetch(`${url}/oidc/.well-known/jwks`)
  const { keys } = (await answer.json()) as { keys: { kid: string }[] }
  return { kids: keys.map(({ kid }) => kid), cache: answer.headers.get('cache-control') }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`It never came to pass: ${what}`)
    await sleep(50)
  }
}

test('the next key is published by every server at once, and signs when its time has come', async () => {
  const [first] = (await publishedBy(server)).kids
  expect(await publishedBy(sibling)).toEqual({ kids: [first], cache: 'public, max-age=2' })
  const rotated = await daypass(['issuer', 'rotate', '--json'], { server, token })
  expect(rotated).toMatchObject({ code: 0, stderr: expect.stringContaining('is published, and signs from') })
  const next = rotated.json.keys.at(-1).kid
  expect(rotated.json.keys.map(({ state }: { state: string }) => state)).toEqual(['signing', 'next'])
  expect((await publishedBy(server)).kids).toEqual([first, next])
  await until('the other server publishes it', async () => (await publishedBy(sibling)).kids.includes(next))
  expect(await daypass(['issuer', 'rotate', '--json'], { server, token })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is published already and signs from'),
  })

  const keys = async () => (await daypass(['issuer', 'keys', '--json'], { server, token })).json.keys
  await until('the next key signs', async () => (await keys()).at(-1).state === 'signing')
  expect((await keys())[0]).toMatchObject({ kid: first, state: 'superseded', retiresAt: expect.any(String) })
  expect((await publishedBy(sibling)).kids).toEqual([first, next])
})

test('the check from outside finds the keys of the server, and says what no cloud could reach', async () => {
  const checked = await daypass(['issuer', 'check', `${server.url}/oidc`, '--compare', '--json'], {
    server,
    token,
  })
  const verdicts = checked.json.findings.map(
    ({ check, verdict }: { check: string; verdict: string }) => `${check} ${verdict}`,
  )
  expect(verdicts.filter((verdict: string) => !verdict.endsWith(' ok'))).toEqual([
    'https failed',
    'reachable failed',
  ])
  expect(verdicts).toContain('same-keys ok')
  expect(checked).toMatchObject({ code: 1, stderr: expect.stringContaining('2 of 11 checks failed') })
})

test('a revoked key is published by no server any more', async () => {
  const [lost, other] = (await publishedBy(server)).kids
  expect(await daypass(['issuer', 'revoke', String(lost)], { server, token })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--yes'),
  })
  const revoked = await daypass(['issuer', 'revoke', String(lost), '--yes', '--json'], { server, token })
  expect(revoked, revoked.stderr).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('may go on believing it for 2 seconds'),
  })
  expect((await publishedBy(server)).kids).toEqual([other])
  await until(
    'the other server does not',
    async () => !(await publishedBy(sibling)).kids.includes(String(lost)),
  )
})

test('only an admin of the installation may', async () => {
  const made = await server.call('POST', '/api/daypass/orgs', { name: 'acme', admin: 'alice' }, token)
  const theirs = made.body.adminToken.tokenValue
  for (const [method, path] of [
    ['GET', '/api/daypass/issuer/keys'],
    ['POST', '/api/daypass/issuer/keys/rotate'],
    ['POST', '/api/daypass/issuer/keys/any/revoke'],
  ] as const) {
    expect(await server.call(method, path, undefined, theirs)).toMatchObject({
      status: 403,
      body: { reason: 'site_admin_only' },
    })
  }
})
