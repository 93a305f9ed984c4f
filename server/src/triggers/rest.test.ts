import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'

let world: World
let counter = 0
let stack = ''
const path = (name = stack): string => `/api/stacks/acme/web/${name}/deployments`

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  counter += 1
  stack = `s${counter}`
  await world.addStack(stack)
})

const inline = (more: object = {}): object => ({ operation: 'update', sourceContext: { git: GIT }, ...more })
const create = (body: object, token = world.tokens.admin) => world.call('POST', path(), { body, token })
const stored = async (id: string) => {
  const { rows } = await world.database.db.query<{ settings: Record<string, never> }>(
    'select * from deployments where id = $1',
    [id],
  )
  return rows[0] as Record<string, unknown> & { settings: Record<string, unknown> }
}

test('a deployment with settings of its own is queued and numbered', async () => {
  const first = await create(inline())
  expect(first.status).toBe(202)
  expect(first.body).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    version: 1,
    consoleUrl: `http://127.0.0.1:8080/acme/web/${stack}/deployments/1`,
  })
  expect((await create(inline())).body.version).toBe(2)
  const row = await stored(first.body.id)
  expect(row).toMatchObject({ status: 'ready', trigger: 'rest', requested_by: world.userIds.admin })
  expect(row.settings).toEqual({ sourceContext: { git: GIT } })
})

test('what the CLI sends for "pulumi up --remote" works, blanks and all', async () => {
  const body = {
    operation: 'update',
    inheritSettings: false,
    executorContext: { workingDirectory: '' },
    sourceContext: { git: { ...GIT, repoDir: 'infra', commit: '' } },
    operationContext: {
      preRunCommands: null,
      operation: '',
      environmentVariables: { A: 'x', B: { secret: 'top-secret' } },
    },
    agentPoolID: null,
  }
  const made = await world.call('POST', path(), {
    body,
    headers: {
      'x-pulumi-deployment-initiator': 'automation-api',
      accept: 'application/vnd.pulumi+9',
      'content-type': 'application/json',
    },
  })
  expect(made.status).toBe(202)
  const row = await stored(made.body.id)
  expect(row['initiator']).toBe('automation-api')
  expect(row.settings).toEqual({
    sourceContext: { git: { ...GIT, repoDir: 'infra' } },
    operationContext: {
      environmentVariables: { A: 'x', B: { ciphertext: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/) } },
    },
  })
  expect(JSON.stringify(row)).not.toContain('top-secret')
})

test('what generated clients send keeps inherited settings: null means nothing was set', async () => {
  await world.call('PUT', `${path()}/settings`, {
    body: {
      sourceContext: { git: GIT },
      operationContext: { environmentVariables: { A: 'saved' }, preRunCommands: ['make'] },
    },
  })
  const body = {
    tag: null,
    executorContext: null,
    sourceContext: null,
    gitHub: null,
    vcs: null,
    operationContext: {
      oidc: null,
      preRunCommands: null,
      operation: null,
      options: null,
      role: null,
      environmentVariables: { B: { plaintext: 'b', secret: '', ciphertext: null } },
    },
    agentPoolID: null,
    cacheOptions: null,
    operation: 'preview',
    inheritSettings: true,
  }
  const made = await create(body)
  expect(made.status).toBe(202)
  expect((await stored(made.body.id)).settings).toEqual({
    sourceContext: { git: GIT },
    operationContext: { environmentVariables: { A: 'saved', B: 'b' }, preRunCommands: ['make'] },
  })
})

test('an empty list of pre-run commands, which the CLI always sends, leaves the saved ones', async () => {
  const saved = { sourceContext: { git: GIT }, operationContext: { preRunCommands: ['make'] } }
  await world.call('PUT', `${path()}/settings`, { body: saved })
  const operationContext = { preRunCommands: [], operation: '', environmentVariables: {} }
  const made = await create({ operation: 'update', inheritSettings: true, operationContext })
  expect((await stored(made.body.id)).settings).toEqual(saved)
  const other = { preRunCommands: ['npm ci'] }
  const changed = await create({ operation: 'update', operationContext: other })
  expect((await stored(changed.body.id)).settings['operationContext']).toEqual(other)
})

test('without inheritance saved settings do not count', async () => {
  await world.call('PUT', `${path()}/settings`, { body: { sourceContext: { git: GIT } } })
  expect((await create({ operation: 'update' })).status).toBe(202)
  const bare = await create({ operation: 'update', inheritSettings: false })
  expect(bare.status).toBe(400)
  expect(bare.body).toMatchObject({ code: 400, reason: 'no_source' })
})

const BAD: readonly [what: string, body: object, reason: string, words: RegExp][] = [
  ['no operation', { sourceContext: { git: GIT } }, 'invalid_field', /operation is missing/],
  ['an unknown operation', inline({ operation: 'up' }), 'unknown_operation', /operation must be one of/],
  ['an operation of another type', inline({ operation: 7 }), 'unknown_operation', /operation/],
  ['an unknown field', inline({ colour: 'red' }), 'unknown_field', /"colour"/],
  [
    'an unknown nested field',
    inline({ operationContext: { oidcc: {} } }),
    'unknown_field',
    /"operationContext.oidcc"/,
  ],
  [
    'the operation inside',
    inline({ operationContext: { operation: 'update' } }),
    'invalid_field',
    /top level/,
  ],
  ['a list as body', [1] as unknown as object, 'invalid_field', /must be a JSON object/],
  ['no source', { operation: 'update' }, 'no_source', /repoUrl/],
  [
    'no branch',
    inline({ sourceContext: { git: { repoUrl: GIT.repoUrl } } }),
    'no_source',
    /branch or .*commit/,
  ],
  [
    'a folder above the repository',
    inline({ sourceContext: { git: { ...GIT, repoDir: 'a/../../etc' } } }),
    'invalid_field',
    /repoDir must stay inside/,
  ],
  [
    'an absolute folder',
    inline({ sourceContext: { git: { ...GIT, repoDir: '/etc' } } }),
    'invalid_field',
    /repoDir/,
  ],
  [
    'branch and commit',
    inline({ sourceContext: { git: { ...GIT, commit: 'abcdef1' } } }),
    'invalid_field',
    /exclude each other/,
  ],
  [
    'a remote helper',
    inline({ sourceContext: { git: { ...GIT, repoUrl: 'ext::sh -c id' } } }),
    'invalid_field',
    /repoUrl/,
  ],
  [
    'credentials in the URL',
    inline({ sourceContext: { git: { ...GIT, repoUrl: 'https://u:p@git.example.com/a.git' } } }),
    'invalid_field',
    /gitAuth/,
  ],
  ['an unknown pool', inline({ agentPoolID: 'nope' }), 'unknown_pool', /agentPoolID/],
  [
    'a text as flag',
    inline({ inheritSettings: 'yes' }),
    'invalid_field',
    /inheritSettings must be true or false/,
  ],
  [
    'half of an Azure application',
    inline({ operationContext: { oidc: { azure: { clientId: 'c' } } } }),
    'missing_field',
    /azure\.tenantId is missing/,
  ],
  [
    'a role without a session name',
    inline({ operationContext: { oidc: { aws: { roleArn: 'arn:aws:iam::123456789012:role/x' } } } }),
    'missing_field',
    /sessionName is missing/,
  ],
  [
    'a session name that cannot fit',
    inline({
      operationContext: {
        oidc: { aws: { roleArn: 'arn:aws:iam::123456789012:role/x', sessionName: 'x'.repeat(65) } },
      },
    }),
    'invalid_field',
    /longer than 64/,
  ],
  [
    'a duration over AWS’s limit',
    inline({
      operationContext: {
        oidc: { aws: { roleArn: 'arn:aws:iam::123456789012:role/x', sessionName: 'me', duration: '13h' } },
      },
    }),
    'invalid_field',
    /duration is refused/,
  ],
  [
    'an SSH key for an https URL',
    inline({ sourceContext: { git: { ...GIT, gitAuth: { sshAuth: { sshPrivateKey: { secret: 'k' } } } } } }),
    'git_auth_does_not_fit',
    /SSH key needs an ssh/,
  ],
  [
    'a ciphertext that is nobody’s',
    inline({ operationContext: { environmentVariables: { A: { ciphertext: 'AAAA' } } } }),
    'ciphertext_not_ours',
    /environmentVariables.A/,
  ],
]

test.each(BAD)('%s is refused and leaves nothing', async (_what, body, reason, words) => {
  const answer = await create(body)
  expect(answer.status).toBe(400)
  expect(answer.body).toMatchObject({ code: 400, reason })
  expect(answer.body.message).toMatch(words)
  const { rows } = await world.database.db.query(
    'select from deployments d join stacks s on s.id = d.stack_id where s.name = $1',
    [stack],
  )
  expect(rows).toHaveLength(0)
})

test('a malformed body is refused', async () => {
  const answer = await world.call('POST', path(), { raw: '{"operation":' })
  expect(answer.status).toBe(400)
  expect(answer.body).toMatchObject({ code: 400, reason: 'malformed_body' })
})

test('no token, a wrong token and a runner’s token are 401', async () => {
  for (const token of [null, `pul-${'0'.repeat(40)}`, world.sharedPool.token]) {
    const answer = await world.call('POST', path(), { body: inline(), token })
    expect(answer.status).toBe(401)
    expect(answer.body.code).toBe(401)
  }
})

test('an unknown stack and one of another organization are the same 404', async () => {
  const unknown = await world.call('POST', path('nope'), { body: inline() })
  const foreign = await world.call('POST', path(), { body: inline(), token: world.tokens.stranger })
  expect([unknown.status, foreign.status]).toEqual([404, 404])
  expect(unknown.body.message.replace('nope', stack)).toBe(foreign.body.message)
})

test('a stack token asks for no deployment', async () => {
  await create(inline())
  const claim = await world.claim()
  const token = claim?.job.stackToken ?? ''
  expect((await world.job('POST', '/api/daypass/job/start', claim?.jobToken ?? '', {})).status).toBe(200)
  const answer = await world.call('POST', path(), { body: inline(), token })
  expect(answer.status).toBe(403)
  expect(answer.body.reason).toBe('stack_token')
})

const AWS = { roleArn: 'arn:aws:iam::123456789012:role/deploy', sessionName: 'daypass', duration: '1h0m0s' }
const withOidc = (aws: object): object => inline({ operationContext: { oidc: { aws } } })

test('only an admin brings an oidc block; whoever may write runs with the saved one', async () => {
  const refused = await create(withOidc(AWS), world.tokens.member)
  expect(refused.status).toBe(403)
  expect(refused.body).toMatchObject({ code: 403, reason: 'oidc_admin_only' })
  expect((await create(withOidc(AWS))).status).toBe(202)

  const saved = await world.call('PUT', `${path()}/settings`, { body: withOidcSettings(AWS) })
  expect(saved.status).toBe(200)
  const member = { token: world.tokens.member }
  const run = (body: object) => world.call('POST', path(), { body, ...member })
  expect((await run({ operation: 'update' })).status).toBe(202)
  expect((await run(withOidc(AWS))).status).toBe(202)
  expect((await run(withOidc({ ...AWS, policyArns: [] }))).status).toBe(202)
  expect((await run(inline({ inheritSettings: false }))).status).toBe(202)
  expect((await run(withOidc({ ...AWS, duration: '2h' }))).body.reason).toBe('oidc_admin_only')
  expect((await run({ ...withOidc({ ...AWS, sessionName: 'x2' }), inheritSettings: false })).status).toBe(403)
})

const withOidcSettings = (aws: object): object => ({
  sourceContext: { git: GIT },
  operationContext: { oidc: { aws } },
})

test('a pool is named by its id or its name, and only one of the own organization or the shared one', async () => {
  const mine = await world.addPool(`mine-${stack}`)
  const theirs = await world.addPool(`theirs-${stack}`, 'other')
  for (const agentPoolID of [mine.id, `mine-${stack}`, world.sharedPool.id, 'default']) {
    expect((await create(inline({ agentPoolID }))).status).toBe(202)
  }
  for (const agentPoolID of [theirs.id, `theirs-${stack}`]) {
    expect((await create(inline({ agentPoolID }))).body.reason).toBe('unknown_pool')
  }
})

test('saved git credentials do not follow to another host, and that is said', async () => {
  await world.call('PUT', `${path()}/settings`, {
    body: { sourceContext: { git: { ...GIT, gitAuth: { accessToken: { secret: 'gh-token' } } } } },
  })
  const same = await create({
    operation: 'update',
    sourceContext: { git: { repoUrl: 'https://git.example.com/b.git' } },
  })
  expect(same.headers['x-pulumi-warning']).toBeUndefined()
  const other = await create({
    operation: 'update',
    sourceContext: { git: { repoUrl: 'https://evil.example/b.git' } },
  })
  expect(other.status).toBe(202)
  expect(other.headers['x-pulumi-warning']).toContain('https://git.example.com:443')
  const row = await stored(other.body.id)
  expect(JSON.stringify(row.settings)).not.toContain('gitAuth')
  expect(row['notes']).toEqual([other.headers['x-pulumi-warning']])
})
