/** Who may do what over HTTP: people, their tokens, organizations, pools, and the token of a running job. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from './harness/server.ts'

let server: TestServer
/** Admin of the organization `other`, and of nothing else. */
let stranger: string
let stackToken: string
beforeAll(async () => {
  server = await startServer()
  const made = await server.call('POST', '/api/daypass/orgs', { name: 'other', admin: 'stranger' })
  stranger = made.body.adminToken.tokenValue
  stackToken = await tokenOfARunningJob()
})
afterAll(() => server.stop())

async function tokenOfARunningJob(): Promise<string> {
  const token = `pul-${randomBytes(20).toString('hex')}`
  const db = server.database?.db
  if (db === undefined) throw new Error('the server runs on a cloned database')
  const stack = randomUUID()
  await db.query(
    `insert into stacks (id, organization_id, project, name)
     select $1, id, 'p', 's' from organizations where name = 'main'`,
    [stack],
  )
  await db.query(
    `insert into deployments (id, stack_id, organization_id, version, operation, status, pool_id, requested_by, trigger,
                              settings, timeout_seconds, fencing, stack_token_hash, lease_until)
     select $1, s.id, s.organization_id, 1, 'update', 'running', p.id, u.id, 'rest', '{}', 600, 1, $2,
            now() + interval '10 minutes'
       from stacks s, pools p, users u where s.id = $3 and p.name = 'default' and u.login = 'admin'`,
    [randomUUID(), createHash('sha256').update(token).digest(), stack],
  )
  return token
}

const organizationOf = async (token?: string): Promise<string> =>
  (await server.call('GET', '/api/user/organizations/default', undefined, token)).body.GitHubLogin

test('the caller is described with every field that clients insist on', async () => {
  const { body } = await server.call('GET', '/api/user')
  expect(body).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    githubLogin: 'admin',
    name: 'admin',
    email: '',
    avatarUrl: '',
    organizations: [{ githubLogin: 'main', name: 'main', avatarUrl: '', role: 'admin' }],
    identities: [],
    siteAdmin: true,
    hasMFA: false,
    isOrgManaged: false,
    isManagedByMultiOrg: false,
  })
  expect(await organizationOf()).toBe('main')
  expect(await organizationOf(stranger)).toBe('other')
})

test('capabilities need no token and have only names that clients know', async () => {
  const { body } = await server.call('GET', '/api/capabilities', undefined, '')
  const known = ['batch-encrypt', 'deployment-schema-version']
  for (const { capability } of body.capabilities) expect(known).toContain(capability)
})

test('a token is made, used, listed without its value, and revoked', async () => {
  const expires = Math.floor(Date.now() / 1000) + 3600
  const made = await server.call('POST', '/api/user/tokens', { description: 'ci', expires })
  expect(made).toMatchObject({
    status: 200,
    body: { tokenValue: expect.stringMatching(/^pul-[0-9a-f]{40}$/) },
  })
  expect((await server.call('GET', '/api/user', undefined, made.body.tokenValue)).status).toBe(200)
  const listed = (await server.call('GET', '/api/user/tokens')).body.tokens
  expect(listed.find((token: { id: string }) => token.id === made.body.id)).toMatchObject({
    name: '',
    description: 'ci',
    created: expect.stringMatching(/^\d{4}-/),
    expires,
    admin: false,
    createdBy: 'admin',
  })
  expect(JSON.stringify(listed)).not.toContain(made.body.tokenValue)
  expect((await server.call('DELETE', `/api/user/tokens/${made.body.id}`)).status).toBe(204)
  expect((await server.call('GET', '/api/user', undefined, made.body.tokenValue)).status).toBe(401)
  expect((await server.call('DELETE', `/api/user/tokens/${made.body.id}`)).status).toBe(404)
})

test('a token cannot expire in the past; null and 0 mean never', async () => {
  const refused = await server.call('POST', '/api/user/tokens', { description: 'x', expires: 5 })
  expect(refused).toMatchObject({ status: 400, body: { code: 400, reason: 'invalid_request' } })
  expect((await server.call('POST', '/api/user/tokens', { description: 'x', expires: null })).status).toBe(
    200,
  )
  expect((await server.call('POST', '/api/user/tokens', { description: 'x', expires: 0 })).status).toBe(200)
})

test('nobody revokes the token of somebody else', async () => {
  const made = await server.call('POST', '/api/user/tokens', { description: 'mine' })
  const refused = await server.call('DELETE', `/api/user/tokens/${made.body.id}`, undefined, stranger)
  expect(refused).toMatchObject({ status: 404, body: { reason: 'token_not_found' } })
  expect((await server.call('GET', '/api/user', undefined, made.body.tokenValue)).status).toBe(200)
  expect((await server.call('DELETE', '/api/user/tokens/not-an-id')).status).toBe(400)
})

test('organizations are made by admins of the installation only', async () => {
  const refused = await server.call('POST', '/api/daypass/orgs', { name: 'theirs' }, stranger)
  expect(refused).toMatchObject({ status: 403, body: { code: 403, reason: 'site_admin_only' } })
  const made = await server.call('POST', '/api/daypass/orgs', { name: 'second' })
  expect(made).toMatchObject({ status: 201, body: { name: 'second', admin: 'admin' } })
  expect(made.body.adminToken).toBeUndefined()
  const { body } = await server.call('GET', '/api/user')
  expect(body.organizations.map((one: { githubLogin: string }) => one.githubLogin)).toEqual([
    'main',
    'second',
  ])
})

test('an organization has a good name of its own', async () => {
  const create = async (body: object) => (await server.call('POST', '/api/daypass/orgs', body)).body
  expect(await create({ name: 'main' })).toMatchObject({ code: 409, reason: 'organization_exists' })
  for (const name of ['Main', 'ab', 'a:b', '-ab', 'a b', 'ünï', 'a'.repeat(41), '']) {
    expect(await create({ name }), name).toMatchObject({ code: 400, reason: 'invalid_name' })
  }
  for (const name of ['api', 'oidc', 'healthz', 'readyz', 'cli-login', 'assets', 'user']) {
    expect(await create({ name }), name).toMatchObject({ code: 400, reason: 'invalid_name' })
  }
  expect(await create({ name: 'fine', admin: 'A' })).toMatchObject({ code: 400, reason: 'invalid_name' })
  expect(await create({ name: 'fine', plan: 'x' })).toMatchObject({ code: 400, reason: 'invalid_request' })
})

test('shared pools belong to the installation, others to their organization', async () => {
  const call = (method: string, path: string, token?: string, body?: object) =>
    server.call(method, `/api/daypass/pools${path}`, body, token)
  expect((await call('GET', '')).body.pools).toMatchObject([{ name: 'default', organizationId: null }])
  expect(await call('GET', '', stranger)).toMatchObject({ status: 403, body: { reason: 'site_admin_only' } })
  expect(await call('POST', '/default/tokens', stranger)).toMatchObject({ status: 403 })

  expect(await call('POST', '?organization=other', stranger, { name: 'theirs' })).toMatchObject({
    status: 201,
  })
  expect(await call('POST', '?organization=other', stranger, { name: 'theirs' })).toMatchObject({
    status: 409,
  })
  expect(await call('POST', '?organization=main', stranger, { name: 'ours' })).toMatchObject({
    status: 404,
    body: { reason: 'organization_not_found' },
  })
  expect((await call('GET', '?organization=other', stranger)).body.pools).toMatchObject([{ name: 'theirs' }])
  // Not even for an admin of the installation, who is no member.
  expect(await call('GET', '?organization=other')).toMatchObject({ status: 404 })
  expect(await call('GET', '?organisation=other', stranger)).toMatchObject({ status: 400 })

  const token = await call('POST', '/theirs/tokens?organization=other', stranger)
  expect(token.body.tokenValue).toMatch(/^dpp-[0-9a-f]{40}$/)
  const listed = await call('GET', '/theirs/tokens?organization=other', stranger)
  expect(listed.body.tokens).toMatchObject([{ id: token.body.id, ephemeral: false }])
  expect(await call('DELETE', `/default/tokens/${token.body.id}`)).toMatchObject({ status: 404 })
  expect(await call('DELETE', `/theirs/tokens/${token.body.id}?organization=other`, stranger)).toMatchObject({
    status: 204,
  })
  expect(await call('POST', '/missing/tokens')).toMatchObject({
    status: 404,
    body: { reason: 'pool_not_found' },
  })
})

test('the token of a running job is the person who asked for it, and reaches nothing of theirs', async () => {
  const { body } = await server.call('GET', '/api/user', undefined, stackToken)
  expect(body).toMatchObject({ githubLogin: 'admin', tokenInfo: { organization: 'main' } })
  expect(await organizationOf(stackToken)).toBe('main')
  for (const [method, path, sent] of [
    ['GET', '/api/user/tokens', undefined],
    ['POST', '/api/user/tokens', { description: 'x' }],
    ['DELETE', `/api/user/tokens/${randomUUID()}`, undefined],
    ['POST', '/api/daypass/orgs', { name: 'fine' }],
    ['GET', '/api/daypass/pools', undefined],
    ['POST', '/api/daypass/pools', { name: 'p' }],
    ['POST', '/api/daypass/pools/default/tokens', undefined],
  ] as const) {
    expect(await server.call(method, path, sent, stackToken), `${method} ${path}`).toMatchObject({
      status: 403,
      body: { code: 403, reason: 'stack_token' },
    })
  }
  await server.database?.db.query("update deployments set lease_until = now() - interval '1 second'")
  expect((await server.call('GET', '/api/user', undefined, stackToken)).status).toBe(401)
})

test('each of these acts is in the audit table, and no token is', async () => {
  const { rows } = (await server.database?.db.query<{ action: string }>(
    'select * from audit_log order by seq',
  )) ?? { rows: [] }
  expect(new Set(rows.map((row) => row.action))).toEqual(
    new Set([
      'organization.created',
      'user.created',
      'token.created',
      'token.revoked',
      'pool.created',
      'pool_token.created',
      'pool_token.revoked',
    ]),
  )
  expect(JSON.stringify(rows)).not.toMatch(/(?:pul|dpp)-[0-9a-f]{40}/)
})
