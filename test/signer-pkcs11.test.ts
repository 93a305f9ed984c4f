/** A server whose signing keys move into a token of SoftHSM, which is pulled out, put back, and left behind. */
import { writeFileSync } from 'node:fs'
import {
  JOB_BEAT_PATH,
  JOB_ID_TOKEN_PATH,
  JOB_START_PATH,
  RUNNER_CLAIM_PATH,
} from '@daypass/contract/job-paths.ts'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from './harness/database.ts'
import { daypass } from './harness/daypass.ts'
import { cleanUpAfterEach, newFolder, refused } from './harness/lifecycle.ts'
import { type ServerAnswer, startServer, type TestServer } from './harness/server.ts'
import { makeToken, type TestToken, whyNoSoftHsm } from './harness/softhsm.ts'

cleanUpAfterEach()

const missing = whyNoSoftHsm()
const TIMING = ['--key-lead-seconds', '2', '--jwks-max-age-seconds', '1']
/** Where tokens say they come from, whichever server made them. */
const ISSUER = 'https://daypass.example.com/oidc'

describe.skipIf(missing)(
  missing === undefined ? 'keys in a token' : `keys in a token (skipped: ${missing})`,
  () => {
    const env = { DAYPASS_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') }
    const servers: TestServer[] = []
    let database: TestDatabase
    let hsm: TestToken
    let adminToken: string
    let jobToken: string
    let beats: NodeJS.Timeout

    /** Another server on the same database. */
    async function start(flags: readonly string[], more: { readonly runnerToken?: boolean } = {}) {
      const server = await startServer({
        ...more,
        postgres: database,
        env: { ...env, ...(hsm.options.environment as Record<string, string>) },
        flags: ['--issuer-url', ISSUER, ...TIMING, ...flags],
      })
      servers.push(server)
      return server
    }
    const startWithToken = () => start(['--signer', 'pkcs11', ...hsm.flags])

    beforeAll(async () => {
      hsm = makeToken()
      database = await createTestDatabase()
      const first = await start([], { runnerToken: true })
      adminToken = first.adminToken
      jobToken = await runningJob(first, adminToken)
      beats = setInterval(() => void asJob(first, jobToken, JOB_BEAT_PATH, {}), 3000)
    })
    afterAll(async () => {
      clearInterval(beats)
      await Promise.all(servers.map((server) => server.stop()))
      await database?.drop()
      hsm?.remove()
    })

    const mint = (server: TestServer) => asJob(server, jobToken, JOB_ID_TOKEN_PATH, { purpose: 'exchange' })

    /** Of a token that a relying party believes, which fetched the keys a moment ago. */
    async function kidMintedBy(server: TestServer): Promise<string> {
      const { status, body } = await mint(server)
      expect(status, JSON.stringify(body)).toBe(200)
      const keys = createRemoteJWKSet(new URL(`${server.url}/oidc/.well-known/jwks`))
      await jwtVerify(body.token, keys, { issuer: ISSUER, audience: 'main', algorithms: ['RS256'] })
      return String(decodeProtectedHeader(body.token).kid)
    }

    async function keysOf(server: TestServer) {
      return (await server.call('GET', '/api/daypass/issuer/keys', undefined, adminToken)).body
    }

    test('new keys are made in the token, and moving there is a rotation', async () => {
      const server = await startWithToken()
      const [before] = (await keysOf(server)).keys
      expect(before).toMatchObject({ state: 'signing', heldBy: 'database' })
      expect(await kidMintedBy(server)).toBe(before.kid)

      const rotated = await daypass(['issuer', 'rotate', '--json'], { server, token: adminToken })
      expect(rotated.json).toMatchObject({
        newKeysHeldBy: 'pkcs11',
        keys: [
          { kid: before.kid, heldBy: 'database' },
          { state: 'next', heldBy: 'pkcs11' },
        ],
      })
      const moved = rotated.json.keys[1].kid
      await expect.poll(() => kidMintedBy(server), { timeout: 15_000 }).toBe(moved)
      // The old one is still believed, and every server on the database publishes both.
      const { stdout } = await daypass(['issuer', 'keys'], { server, token: adminToken })
      expect(stdout).toMatch(new RegExp(`${moved} +signing +pkcs11`))
      expect(stdout).toMatch(new RegExp(`${before.kid} +superseded +database`))
    })

    test('a token that is pulled out stops the issue of tokens, is said so, and goes on when it is back', async () => {
      const [, server] = servers as [TestServer, TestServer]
      const readiness = async () => (await fetch(`${server.url}/readyz`)).status
      expect(await readiness()).toBe(200)
      hsm.pullOut()
      await expect.poll(async () => (await mint(server)).status, { timeout: 15_000 }).toBe(503)
      const from = performance.now()
      const { status, headers, body } = await mint(server)
      expect(performance.now() - from).toBeLessThan(5_000)
      expect({ status, reason: body.reason }).toEqual({ status: 503, reason: 'signer_unavailable' })
      expect(headers.get('retry-after')).toBe('1')
      expect(body.message).toContain(
        'held by a PKCS #11 token that cannot be used now, so no token is issued',
      )
      await expect.poll(readiness, { timeout: 15_000 }).toBe(503)
      await expect
        .poll(server.log, { timeout: 20_000 })
        .toContain('has no token that is called \\"daypass\\"')

      hsm.putBack()
      await expect.poll(readiness, { timeout: 15_000 }).toBe(200)
      expect(await kidMintedBy(server)).toBe((await keysOf(server)).keys.at(-1).kid)
    })

    test('a revoked key is destroyed in the token, and the next one is made there', async () => {
      const [, server] = servers as [TestServer, TestServer]
      const lost = await kidMintedBy(server)
      const revoked = await daypass(['issuer', 'revoke', lost, '--yes', '--json'], {
        server,
        token: adminToken,
      })
      expect(revoked.json.keys.at(-1)).toMatchObject({ state: 'signing', heldBy: 'pkcs11' })
      expect(await kidMintedBy(server)).toBe(revoked.json.keys.at(-1).kid)
      const lostKey = async () => (await keysOf(server)).keys.find(({ kid }: { kid: string }) => kid === lost)
      await expect.poll(async () => (await lostKey()).heldBy, { timeout: 20_000 }).toBe(undefined)
      const { rows } = await database.db.query<{ sealed: Buffer | null }>(
        'select sealed_private_key as sealed from signing_keys where kid = $1',
        [lost],
      )
      expect(rows).toEqual([{ sealed: null }])
    })

    test('a server without the token publishes its keys, says that it issues none, and can leave it behind', async () => {
      const [, withToken] = servers as [TestServer, TestServer]
      const server = await start([])
      const jwks = async (of: TestServer) => (await fetch(`${of.url}/oidc/.well-known/jwks`)).text()
      expect(await jwks(server)).toBe(await jwks(withToken))
      expect(await mint(server)).toMatchObject({ status: 503, body: { reason: 'signer_unavailable' } })
      await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status).toBe(503)
      expect(server.log()).toContain('a PKCS #11 token holds it, and the server was started without one')

      const held = await kidMintedBy(withToken)
      await daypass(['issuer', 'revoke', held, '--yes'], { server, token: adminToken })
      expect((await keysOf(server)).keys.at(-1)).toMatchObject({ state: 'signing', heldBy: 'database' })
      expect(await kidMintedBy(server)).toBe((await keysOf(server)).keys.at(-1).kid)
      await expect
        .poll(async () => (await fetch(`${server.url}/readyz`)).status, { timeout: 15_000 })
        .toBe(200)
    })

    test('a wrong PIN stops the start with a sentence that does not say it', async () => {
      writeFileSync(hsm.options.pinFile, '9876')
      const flags = ['--data', await newFolder(), '--port', '0', '--signer', 'pkcs11', ...hsm.flags]
      const { code, log } = await refused(flags, {
        ...env,
        ...(hsm.options.environment as Record<string, string>),
        DATABASE_URL: database.url,
      })
      expect(code).toBe(2)
      expect(log).toMatch(/^daypass: The token "daypass" refuses the PIN of --pkcs11-pin-file \(C_Login/)
      expect(log).not.toContain('9876')
    })
  },
)

/** @returns The token of a job that runs until nobody beats for it. */
async function runningJob(server: TestServer, adminToken: string): Promise<string> {
  await server.call('POST', '/api/stacks/main/web', { stackName: 'dev' }, adminToken)
  const asked = await server.call(
    'POST',
    '/api/stacks/main/web/dev/deployments',
    {
      operation: 'update',
      sourceContext: { git: { repoUrl: 'https://github.com/o/r.git', branch: 'main' } },
      operationContext: {
        oidc: { aws: { roleArn: 'arn:aws:iam::123456789012:role/r', sessionName: 'web' } },
      },
    },
    adminToken,
  )
  expect(asked.status, JSON.stringify(asked.body)).toBeLessThan(300)
  const request = { runnerName: 'r', runnerVersion: '1', launcher: 'plain', waitSeconds: 20 }
  const claim = await asJob(server, server.runnerToken, RUNNER_CLAIM_PATH, request)
  expect(claim.status).toBe(200)
  await asJob(server, claim.body.jobToken, JOB_START_PATH, {})
  return claim.body.jobToken
}

async function asJob(server: TestServer, token: string, path: string, body: object): Promise<ServerAnswer> {
  const answer = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) }
}
