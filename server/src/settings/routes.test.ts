import { DeploymentSettings } from '@daypass/contract/settings.ts'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'

let world: World
let counter = 0
let path = ''
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  counter += 1
  await world.addStack(`s${counter}`)
  path = `/api/stacks/acme/web/s${counter}/deployments/settings`
})

const get = () => world.call('GET', path)
const put = (body: unknown, token = world.tokens.admin) => world.call('PUT', path, { body, token })
const post = (body: unknown, token = world.tokens.admin) => world.call('POST', path, { body, token })

test('no settings are a 404, also to Pulumi’s provider', async () => {
  const answer = await get()
  expect(answer.status).toBe(404)
  expect(answer.body).toMatchObject({ code: 404, reason: 'no_settings' })
})

test('they are saved, answered without a secret in clear, and can be sent back', async () => {
  const saved = await put({
    executorContext: { executorImage: 'pulumi/pulumi:latest' },
    sourceContext: { git: { ...GIT, gitAuth: { basicAuth: { userName: 'me', password: 'hunter2' } } } },
    operationContext: {
      environmentVariables: { A: 'x', B: { secret: 'bee' } },
      options: { skipInstallDependencies: false },
      oidc: { aws: { roleArn: 'arn:aws:iam::123456789012:role/x', sessionName: '${stack.name}' } },
    },
    gitHub: { repository: 'acme/app', deployCommits: true },
    cacheOptions: { enable: true },
    agentPoolID: null,
  })
  expect(saved.status).toBe(200)
  expect(Value.Errors(DeploymentSettings, saved.body)).toEqual([])
  const sealed = { secret: '', ciphertext: expect.any(String) }
  expect(saved.body).toEqual({
    version: 1,
    source: 'api',
    executorContext: { executorImage: { reference: 'pulumi/pulumi:latest' } },
    sourceContext: { git: { ...GIT, gitAuth: { basicAuth: { userName: 'me', password: sealed } } } },
    operationContext: {
      environmentVariables: { A: 'x', B: sealed },
      options: { skipInstallDependencies: false },
      oidc: { aws: { roleArn: 'arn:aws:iam::123456789012:role/x', sessionName: '${stack.name}' } },
    },
    gitHub: { repository: 'acme/app', deployCommits: true },
    cacheOptions: { enable: true },
  })
  expect((await get()).body).toEqual(saved.body)
  const again = await put(saved.body)
  expect(again.body).toEqual({ ...saved.body, version: 2 })
  const { rows } = await world.database.db.query('select settings::text as text from deployment_settings')
  expect(JSON.stringify(rows)).not.toMatch(/hunter2|bee/)
})

test('POST merges, and makes settings where there are none', async () => {
  expect((await post({ sourceContext: { git: GIT } })).body).toMatchObject({ version: 1 })
  await post({ operationContext: { environmentVariables: { A: 'x', B: 'y' }, preRunCommands: ['a', 'b'] } })
  const merged = await post({
    operationContext: { environmentVariables: { A: null }, preRunCommands: ['c'] },
  })
  expect(merged.body).toEqual({
    version: 3,
    source: 'api',
    sourceContext: { git: GIT },
    operationContext: { environmentVariables: { B: 'y' }, preRunCommands: ['c'] },
  })
  expect((await put({ tag: 't' })).body).toEqual({ version: 4, source: 'api', tag: 't' })
})

test('merges at the same time lose nothing', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `V${index}`)
  await Promise.all(
    names.map((name) => post({ operationContext: { environmentVariables: { [name]: 'x' } } })),
  )
  const { environmentVariables } = (await get()).body.operationContext
  expect(Object.keys(environmentVariables).sort()).toEqual(names.sort())
})

test('Pulumi’s provider is named as the source', async () => {
  const answer = await world.call('PUT', path, {
    body: { tag: 'x' },
    headers: { 'x-pulumi-source': 'provider' },
  })
  expect(answer.body.source).toBe('provider')
})

test('DELETE answers a boolean', async () => {
  await put({ tag: 'x' })
  expect(await world.call('DELETE', path)).toMatchObject({ status: 200, body: true })
  expect(await world.call('DELETE', path)).toMatchObject({ status: 200, body: false })
  expect((await get()).status).toBe(404)
})

const OIDC = {
  operationContext: { oidc: { aws: { roleArn: 'arn:aws:iam::123456789012:role/x', sessionName: 'xy' } } },
}

test('only an organization admin touches the oidc block, on every road', async () => {
  const { member } = world.tokens
  const refused = [await put(OIDC, member), await post(OIDC, member)]
  await put({ ...OIDC, tag: 'x' })
  refused.push(
    await put({ tag: 'x' }, member),
    await post({ operationContext: { oidc: null } }, member),
    await post({ operationContext: null }, member),
    await post({ operationContext: { oidc: { aws: { sessionName: 'yz' } } } }, member),
    await post({ operationContext: { oidc: { aws: { duration: '1h' } } } }, member),
    await post({ operationContext: { oidc: { azure: { clientId: 'c' } } } }, member),
    await world.call('DELETE', path, { token: member }),
  )
  for (const answer of refused) {
    expect(answer.status).toBe(403)
    expect(answer.body).toMatchObject({ code: 403, reason: 'oidc_admin_only' })
  }
  expect((await get()).body).toEqual({ version: 1, source: 'api', tag: 'x', ...OIDC })
  expect((await put({ ...OIDC, tag: 'y' }, member)).status).toBe(200)
  expect((await post({ tag: 'z' }, member)).status).toBe(200)
  expect((await post({ operationContext: { oidc: null } })).status).toBe(200)
  expect((await world.call('DELETE', path, { token: member })).status).toBe(200)
})

test('who changed the block stands in the audit', async () => {
  await put({
    ...OIDC,
    operationContext: { ...OIDC.operationContext, environmentVariables: { A: { secret: 'bee' } } },
  })
  await post({ tag: 'x' }, world.tokens.member)
  await world.call('DELETE', path)
  const { rows } = await world.database.db.query(
    'select actor, action, details from audit_log where target = $1 order by seq',
    [path.slice('/api/stacks/'.length).replace('/deployments/settings', '')],
  )
  expect(rows).toEqual([
    {
      actor: 'user:admin',
      action: 'deployment_settings.changed',
      details: {
        version: 1,
        changed: {
          'operationContext.environmentVariables.A': 'added',
          'operationContext.oidc.aws.roleArn': 'added',
          'operationContext.oidc.aws.sessionName': 'added',
        },
        oidcBefore: null,
        oidcAfter: OIDC.operationContext.oidc,
      },
    },
    {
      actor: 'user:member',
      action: 'deployment_settings.changed',
      details: { version: 2, changed: { tag: 'added' } },
    },
    {
      actor: 'user:admin',
      action: 'deployment_settings.removed',
      details: {
        changed: {
          'operationContext.environmentVariables.A': 'removed',
          'operationContext.oidc.aws.roleArn': 'removed',
          'operationContext.oidc.aws.sessionName': 'removed',
          tag: 'removed',
        },
        oidcBefore: OIDC.operationContext.oidc,
        oidcAfter: null,
      },
    },
  ])
  expect(JSON.stringify(rows)).not.toContain('bee')
})

test('an organization may open the block to whoever administers the stack, and close it again', async () => {
  const rule = '/api/daypass/orgs/acme/oidc-settings-rule'
  const { member, stranger } = world.tokens
  const decide = (changedBy: string, token = world.tokens.admin) =>
    world.call('PUT', rule, { body: { changedBy }, token })
  expect((await world.call('GET', rule, { token: member })).body).toEqual({
    changedBy: 'organization-admins',
  })
  expect((await decide('stack-admins', member)).status).toBe(403)
  expect((await decide('stack-admins', stranger)).status).toBe(404)
  expect((await world.call('GET', rule, { token: stranger })).status).toBe(404)
  expect((await decide('everybody')).status).toBe(400)

  expect(await decide('stack-admins')).toMatchObject({ status: 200, body: { changedBy: 'stack-admins' } })
  await decide('stack-admins')
  // Who may write the stack does not administer it.
  expect((await put(OIDC, member)).body.reason).toBe('oidc_admin_only')
  await world.call('PATCH', '/api/orgs/acme', { body: { setDefaultStackPermission: 103 } })
  expect((await put(OIDC, member)).status).toBe(200)
  const inline = { operation: 'update', sourceContext: { git: GIT }, inheritSettings: false, ...OIDC }
  inline.operationContext = { oidc: { aws: { ...OIDC.operationContext.oidc.aws, sessionName: 'other' } } }
  const deployment = { body: inline, token: member }
  expect((await world.call('POST', path.replace('/settings', ''), deployment)).status).toBe(202)
  await decide('organization-admins')
  expect((await put({ tag: 'x' }, member)).body.reason).toBe('oidc_admin_only')
  expect((await world.call('POST', path.replace('/settings', ''), deployment)).status).toBe(403)
  const { rows } = await world.database.db.query(
    `select actor, details from audit_log where action = 'oidc_settings_rule.changed' order by seq`,
  )
  expect(rows).toEqual(
    ['stack-admins', 'organization-admins'].map((changedBy) => ({
      actor: 'user:admin',
      details: { changedBy },
    })),
  )
})

test('a merge that moves the repository drops the git credentials and says so', async () => {
  await put({ sourceContext: { git: { ...GIT, gitAuth: { accessToken: { secret: 'tok' } } } } })
  const kept = await post({ sourceContext: { git: { repoUrl: 'https://git.example.com/other' } } })
  expect(kept.headers['x-pulumi-warning']).toBeUndefined()
  const { gitAuth } = kept.body.sourceContext.git
  const moved = await post({ sourceContext: { git: { repoUrl: 'https://evil.example/a', gitAuth } } })
  expect(moved.status).toBe(200)
  expect(moved.headers['x-pulumi-warning']).toContain('were dropped')
  expect(moved.body.sourceContext.git).toEqual({ repoUrl: 'https://evil.example/a', branch: 'main' })
})

test('git credentials alone belong to nothing', async () => {
  const answer = await post({ sourceContext: { git: { gitAuth: { accessToken: { secret: 'tok' } } } } })
  expect(answer).toMatchObject({ status: 400, body: { reason: 'git_auth_without_repository' } })
})

test.each([
  [{ nope: 1 }, 'unknown_field'],
  [{ operationContext: { oidc: { aws: { roleArn: 'arn:aws:iam::123456789012:role/x' } } } }, 'missing_field'],
  [{ sourceContext: { git: { repoDir: '../x' } } }, 'invalid_field'],
  [{ sourceContext: { git: { branch: 'a', commit: 'abcdef1' } } }, 'invalid_field'],
  [{ vcs: { repository: 'a/b' } }, 'missing_field'],
  [{ sourceContext: { git: { branch: 'a', tag: 'v1' } } }, 'invalid_field'],
  [{ sourceContext: { template: { gitAuth: { accessToken: 'x' } } } }, 'missing_field'],
  [{ sourceContext: { git: GIT, template: { sourceUrl: 'https://g.example/t' } } }, 'invalid_field'],
  [{ operationContext: { role: { name: 'x' } } }, 'missing_field'],
  [{ agentPoolID: 'no-such-pool' }, 'unknown_pool'],
  [{ sourceContext: { hg: { repoUrl: 'https://hg.example/r' } } }, 'not_supported_yet'],
  [{ gitHub: { repository: 'a/b' }, vcs: { repository: 'a/b', provider: 'github' } }, 'invalid_field'],
  [
    { executorContext: { executorImage: { credentials: { username: 'u', password: 'p' } } } },
    'missing_field',
  ],
  [
    { executorContext: { executorImage: { reference: 'a', credentials: { username: 'u' } } } },
    'missing_field',
  ],
])('%j is refused by PUT and by POST', async (body, reason) => {
  for (const answer of [await put(body), await post(body)]) {
    expect(answer).toMatchObject({ status: 400, body: { code: 400, reason } })
  }
  expect((await get()).status).toBe(404)
})

test('one value is sealed: a bare string as old CLIs send it, or an object', async () => {
  const encrypt = (body: unknown) => world.call('POST', `${path}/encrypt`, { body })
  const sealed = await encrypt('my secret')
  expect(sealed).toMatchObject({ status: 200, body: { secret: '', ciphertext: expect.any(String) } })
  expect((await encrypt({ plaintext: null, secret: 'x', ciphertext: null })).status).toBe(200)
  const saved = await put({ operationContext: { environmentVariables: { A: sealed.body } } })
  expect(saved.body.operationContext.environmentVariables).toEqual({ A: sealed.body })
  for (const empty of ['', null, {}, { secret: '' }, 7, ['x']]) {
    expect((await encrypt(empty)).status).toBe(400)
  }
})

test('strangers, stack tokens and nobody get nothing', async () => {
  const methods = ['GET', 'PUT', 'POST', 'DELETE'] as const
  await put({ tag: 'x' })
  for (const method of methods) {
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: { tag: 'y' } }
    expect((await world.call(method, path, { ...body, token: world.tokens.stranger })).status).toBe(404)
    expect((await world.call(method, path, { ...body, token: null })).status).toBe(401)
  }
  await world.call('POST', path.replace('/settings', ''), {
    body: { operation: 'update', sourceContext: { git: GIT } },
  })
  const token = (await world.claim())?.job.stackToken ?? ''
  for (const method of methods) expect((await world.call(method, path, { token })).status).toBe(403)
  expect((await get()).body.tag).toBe('x')
})
