import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, type World } from '../../../test/harness/world.ts'
import { gitHostById } from './host.sql.ts'
import { openGitHost } from './secrets.ts'

let world: World
let answers: (url: string, authorization: string) => Response
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

beforeAll(async () => {
  world = await createWorld({
    hostFetch: async (input, init) =>
      answers(String(input), new Headers(init?.headers).get('authorization') ?? ''),
  })
})
afterAll(() => world.close())
beforeEach(async () => {
  answers = () => new Response(null, { status: 500 })
  await world.db.query('delete from git_hosts')
})

const PATH = '/api/daypass/orgs/acme/git-hosts'
const connect = (body: object) => world.call('POST', PATH, { body })

async function secretsOf(id: string) {
  const host = await gitHostById(world.db, id)
  if (!host) throw new Error('no such host')
  const opened = await openGitHost(world.db, world, host)
  if (opened === 'unreadable') throw new Error('unreadable')
  return opened.secrets
}

test('the life of a connection: its secret is shown once, and nothing secret ever again', async () => {
  const made = await connect({ name: 'hub', kind: 'github', token: 'ghp_secret', repositories: ['acme/*'] })
  expect(made).toMatchObject({
    status: 201,
    body: { webhookSecret: expect.stringMatching(/^[0-9a-f]{64}$/) },
  })
  const { id, webhookSecret, ...shown } = made.body
  expect(shown).toEqual({
    name: 'hub',
    kind: 'github',
    webUrl: 'https://github.com',
    apiUrl: 'https://api.github.com',
    eventsUrl: `http://127.0.0.1:8080/api/daypass/git-hosts/${id}/events`,
    repositories: ['acme/*'],
    comments: true,
    connected: expect.any(String),
  })
  expect(await secretsOf(id)).toEqual({ webhookSecret, token: 'ghp_secret' })
  expect((await world.call('GET', PATH)).body).toEqual({ gitHosts: [{ id, ...shown }] })
  expect((await world.call('GET', `${PATH}/hub`)).body).toEqual({ id, ...shown })

  const changed = await world.call('PATCH', `${PATH}/hub`, { body: { comments: false, repositories: [] } })
  expect(changed).toMatchObject({ status: 200, body: { comments: false, repositories: [] } })
  expect(changed.body.webhookSecret).toBeUndefined()
  const renewed = await world.call('PATCH', `${PATH}/hub`, { body: { newWebhookSecret: true } })
  expect(renewed.body.webhookSecret).not.toBe(webhookSecret)
  expect(await secretsOf(id)).toEqual({ webhookSecret: renewed.body.webhookSecret, token: 'ghp_secret' })

  expect(await world.call('DELETE', `${PATH}/hub`)).toMatchObject({ status: 204 })
  expect(await world.call('GET', `${PATH}/hub`)).toMatchObject({
    status: 404,
    body: { reason: 'git_host_not_found' },
  })
  const { rows } = await world.db.query<{ action: string; details: object }>(
    `select action, details from audit_log where action like 'git_host.%' order by seq`,
  )
  expect(rows.map(({ action }) => action)).toEqual([
    'git_host.connected',
    'git_host.changed',
    'git_host.changed',
    'git_host.removed',
  ])
  expect(JSON.stringify(rows)).not.toContain('ghp_secret')
  expect(JSON.stringify(rows)).not.toContain(webhookSecret)
})

test('what is sealed is sealed', async () => {
  await connect({ name: 'hub', kind: 'github', token: 'ghp_secret' })
  const { rows } = await world.db.query<{ sealed_secrets: Buffer }>('select sealed_secrets from git_hosts')
  expect(rows[0]?.sealed_secrets.toString('latin1')).not.toContain('ghp_secret')
})

test.each([
  ['no address of its own', { kind: 'gitea' }, 'no_web_url'],
  ['a private address', { kind: 'gitea', webUrl: 'https://10.0.0.1' }, 'url_refused'],
  ['http', { kind: 'gitea', webUrl: 'http://git.example.com' }, 'url_refused'],
  ['a query', { kind: 'gitea', webUrl: 'https://git.example.com/?x' }, 'invalid_url'],
  [
    'an API that it has not',
    { kind: 'custom', webUrl: 'https://a.example', apiUrl: 'https://b.example' },
    'no_api',
  ],
  ['half an App', { kind: 'github-app', appId: '1' }, 'incomplete_app'],
  [
    'an App of another host',
    { kind: 'gitea', webUrl: 'https://a.example', appId: '1', privateKey: PEM },
    'not_an_app',
  ],
  ['no RSA key', { kind: 'github-app', appId: '1', privateKey: 'x' }, 'invalid_private_key'],
  [
    'a token beside an App',
    { kind: 'github-app', appId: '1', privateKey: PEM, token: 'x' },
    'token_beside_app',
  ],
  ['no repository', { kind: 'github', repositories: ['acme'] }, 'invalid_repository'],
])('%s is refused', async (_what, body, reason) => {
  expect(await connect({ name: 'x', ...body })).toMatchObject({ status: 400, body: { reason } })
})

test('a name is taken once in an organization', async () => {
  await connect({ name: 'hub', kind: 'github' })
  expect(await connect({ name: 'hub', kind: 'github' })).toMatchObject({
    status: 409,
    body: { reason: 'git_host_exists' },
  })
})

test('only admins see that there is one', async () => {
  await connect({ name: 'hub', kind: 'github' })
  const as = (token: string) => world.call('GET', PATH, { token })
  expect(await as(world.tokens.member)).toMatchObject({ status: 403 })
  expect(await as(world.tokens.stranger)).toMatchObject({ status: 404 })
})

test('a test asks the host who we are and says what is missing, and the connection remembers it', async () => {
  await connect({ name: 'app', kind: 'github-app', appId: '7', privateKey: PEM })
  const permissions = { contents: 'read', metadata: 'read', pull_requests: 'write', statuses: 'write' }
  answers = (url) =>
    Response.json(
      url.includes('installations') ? [{ id: 1 }] : { slug: 'day', permissions, events: ['push'] },
    )
  const tested = await world.call('POST', `${PATH}/app/test`)
  expect(tested).toMatchObject({ status: 200, body: { identity: 'day (GitHub App 7)' } })
  expect(tested.body.missing).toEqual([
    'Give the App the repository permission "checks": write.',
    'Subscribe the App to the event "pull_request".',
    'Subscribe the App to the event "issue_comment".',
    'Subscribe the App to the event "pull_request_review".',
  ])
  expect((await world.call('GET', `${PATH}/app`)).body.lastFailure.message).toBe(tested.body.missing[0])
  answers = () => new Response('{"message":"Bad credentials"}', { status: 401 })
  expect((await world.call('POST', `${PATH}/app/test`)).body.missing).toEqual([
    'The host does not take our credential (401): give the connection a new one. It says: Bad credentials',
  ])
  answers = () => new Response('', { status: 502 })
  expect((await world.call('POST', `${PATH}/app/test`)).body.missing).toEqual(['The host answered 502.'])
})
