/** A runner without a stored token: it logs in with the token of an issuer that its organization has registered. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OtherIssuer, startOtherIssuer } from './harness/other-issuer.ts'
import { findPulumiFolder, startRunner } from './harness/runner/runner-process.ts'
import { startServer, type TestServer } from './harness/server.ts'

const SUBJECT = 'system:serviceaccount:ci:runner'

let server: TestServer
let issuer: OtherIssuer
let issuerId: string
let poolId: string

beforeAll(async () => {
  issuer = await startOtherIssuer()
  server = await startServer({ flags: ['--allow-private-oidc-issuers'] })
  const ok = async (method: string, path: string, body?: object) => {
    const answer = await server.call(method, `/api/orgs/main${path}`, body)
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    return answer.body
  }
  poolId = (await ok('POST', '/agent-pools', { name: 'eu', description: '' })).id
  issuerId = (await ok('POST', '/oidc/issuers', { name: 'cluster', url: issuer.url })).id
  const { id } = await ok('GET', `/auth/policies/oidcissuers/${issuerId}`)
  const allow = { decision: 'allow', tokenType: 'runner', runnerID: poolId, rules: { sub: SUBJECT } }
  await ok('PATCH', `/auth/policies/${id}`, { policies: [allow] })
})
afterAll(async () => {
  expect(await server.stop()).toBe(0)
  await issuer.close()
})

async function runner(claims: Record<string, unknown>) {
  const file = join(server.dataFolder, `id-token-${Object.keys(claims).join('-')}`)
  await writeFile(file, await issuer.token({ aud: 'urn:pulumi:org:main', sub: SUBJECT, ...claims }))
  const login = ['--oidc-token-file', file, '--org', 'main', '--pool', 'eu']
  const args = ['--launcher', 'plain', '--pulumi', findPulumiFolder() ?? '']
  return startRunner({ server: server.url, login, args })
}

test('it asks the pool for work that a policy names for it', async () => {
  const started = await runner({})
  try {
    const agents = async () => (await server.call('GET', `/api/orgs/main/agent-pools/${poolId}`)).body.agents
    await expect.poll(agents, { timeout: 15_000 }).toMatchObject([{ name: 'test', status: 'online' }])
    const { body } = await server.call('GET', '/api/orgs/main/auditlogs?eventFilter=token.exchanged')
    expect(body.auditLogEvents).toMatchObject([
      { actorName: 'oidc:main/cluster', details: { target: 'pool:eu', subject: SUBJECT } },
    ])
  } finally {
    await started.stop()
  }
})

test('one that no policy names is told so, and ends', async () => {
  const started = await runner({ sub: 'system:serviceaccount:ci:other' })
  await started.waitFor(/refuses this runner: No policy of the issuer allows/)
  await expect.poll(() => started.child.exitCode, { timeout: 15_000 }).toBe(1)
})
