import { generateKeyPairSync } from 'node:crypto'
import { jwtVerify } from 'jose'
import { beforeEach, expect, test } from 'vitest'
import { readCommitId, readHostLogin, readRepositoryName } from '../../git-events/git-event.ts'
import { HostUnavailable } from '../adapter.ts'
import type { OpenedHost } from '../git-host.ts'
import { github } from './github.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const START = new Date('2030-01-01T00:00:00Z')
let now = START
let asked: { line: string; authorization: string; body: unknown }[] = []
let answers: Record<string, () => Response> = {}
let serial = 0

beforeEach(() => {
  now = START
  asked = []
  // Tokens are kept by connection.
  serial += 1
  const expires_at = new Date(START.getTime() + 3_600_000).toISOString()
  answers = {
    'GET /repos/acme/web/installation': () => Response.json({ id: 42 }),
    'POST /app/installations/42/access_tokens': () =>
      Response.json({ token: `ghs_${asked.length}`, expires_at }, { status: 201 }),
  }
})

function names() {
  const [repository, commit, login] = [
    readRepositoryName('acme/web'),
    readCommitId('a'.repeat(40)),
    readHostLogin('octo'),
  ]
  if (!repository || !commit || !login) throw new Error('These are names.')
  return { repository, commit, login }
}
const { repository, commit, login } = names()

function apiOf(more: Partial<OpenedHost> = {}) {
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const host: OpenedHost = {
    id: `host-${serial}`,
    kind: 'github-app',
    webUrl: 'https://github.com',
    apiUrl: 'https://api.github.com',
    settings: { appId: '7' },
    secrets: { webhookSecret: 's', privateKey: pem },
    ...more,
  }
  return github.api(host, {
    now: () => now,
    fetch: async (input, init) => {
      const url = new URL(String(input))
      const line = `${init?.method} ${url.pathname}`
      const authorization = new Headers(init?.headers).get('authorization') ?? ''
      const body = init?.body === undefined ? undefined : JSON.parse(String(init.body))
      asked.push({ line, authorization, body })
      return answers[line]?.() ?? new Response('{"message":"Not Found"}', { status: 404 })
    },
  })
}

test('a clone gets a token for its repository alone, which may only read its contents', async () => {
  expect(await apiOf().cloneCredential(repository)).toEqual({
    userName: 'x-access-token',
    password: 'ghs_2',
    expiresAt: new Date(START.getTime() + 3_600_000),
  })
  expect(asked[1]?.body).toEqual({ repositories: ['web'], permissions: { contents: 'read' } })
  const jwt = asked[0]?.authorization.replace('Bearer ', '') ?? ''
  const { payload, protectedHeader } = await jwtVerify(jwt, publicKey, { currentDate: now, issuer: '7' })
  expect(protectedHeader.alg).toBe('RS256')
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(600)
})

test('a token is used until it is near its end, and for nothing else', async () => {
  const api = apiOf()
  await api.cloneCredential(repository)
  now = new Date(START.getTime() + 49 * 60_000)
  await api.cloneCredential(repository)
  expect(asked).toHaveLength(2)
  await api.permissionOf(repository, login)
  expect(asked[3]?.body).toEqual({ repositories: ['web'], permissions: { metadata: 'read' } })
  now = new Date(START.getTime() + 51 * 60_000)
  await api.cloneCredential(repository)
  expect(asked.filter(({ line }) => line.startsWith('POST /app/'))).toHaveLength(3)
})

test('an App that is not installed there says so', async () => {
  delete answers['GET /repos/acme/web/installation']
  expect(await apiOf().cloneCredential(repository)).toEqual({
    code: 'HOST_NOT_FOUND',
    sentence:
      'The GitHub App is not installed on acme/web: install it there, or give it access to that repository.',
  })
})

test('with a token and no App, that token is all there is, and without one nothing', async () => {
  const plain = { kind: 'github', settings: {} } as const
  const withToken = apiOf({ ...plain, secrets: { webhookSecret: 's', token: 'ghp_long' } })
  expect(await withToken.cloneCredential(repository)).toMatchObject({
    password: 'ghp_long',
    expiresAt: undefined,
  })
  expect(
    await apiOf({ ...plain, secrets: { webhookSecret: 's' } }).cloneCredential(repository),
  ).toBeUndefined()
})

test('what changed is known where the one commit follows on the other, and the list is whole', async () => {
  const compare = (json: object) => {
    answers[`GET /repos/acme/web/compare/${commit}...${commit}`] = () => Response.json(json)
    return apiOf().changedFiles(repository, commit, commit)
  }
  const files = [{ filename: 'a' }, { filename: 'c', previous_filename: 'b' }]
  expect(await compare({ status: 'ahead', files })).toEqual(['a', 'c', 'b'])
  expect(await compare({ status: 'diverged', files })).toBe('unknown')
  const many = Array.from({ length: 300 }, (_, at) => ({ filename: String(at) }))
  expect(await compare({ status: 'ahead', files: many })).toBe('unknown')
})

test('a branch that is gone is told from a repository that is not shown', async () => {
  const line = 'GET /repos/acme/web/branches/main'
  answers[line] = () => new Response('{"message":"Branch not found"}', { status: 404 })
  expect(await apiOf().branchHead(repository, 'main')).toBeUndefined()
  delete answers[line]
  expect(await apiOf().branchHead(repository, 'main')).toMatchObject({ code: 'HOST_NOT_FOUND' })
})

test('a check run keeps its place from queued to its conclusion; without a summary it is a status', async () => {
  const status = { context: 'daypass', description: 'd', url: 'https://daypass.example.com' }
  const runs = `GET /repos/acme/web/commits/${commit}/check-runs`
  answers[runs] = () => Response.json({ check_runs: [] })
  answers['POST /repos/acme/web/check-runs'] = () => Response.json({ id: 9 }, { status: 201 })
  answers['PATCH /repos/acme/web/check-runs/9'] = () => Response.json({ id: 9 })
  answers[`POST /repos/acme/web/statuses/${commit}`] = () => Response.json({}, { status: 201 })
  const api = apiOf()
  await api.setStatus(repository, commit, { ...status, state: 'pending', summary: 's' })
  expect(asked.at(-1)).toMatchObject({ line: 'POST /repos/acme/web/check-runs', body: { status: 'queued' } })
  answers[runs] = () => Response.json({ check_runs: [{ id: 9 }] })
  await api.setStatus(repository, commit, { ...status, state: 'error', summary: 's' })
  expect(asked.at(-1)).toMatchObject({
    line: 'PATCH /repos/acme/web/check-runs/9',
    body: { status: 'completed', conclusion: 'failure' },
  })
  await api.setStatus(repository, commit, { ...status, state: 'running' })
  expect(asked.at(-1)).toMatchObject({ body: { state: 'pending', context: 'daypass' } })
})

test.each([
  ['403 with nothing left', 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1893456060' }, 60],
  ['403 with a time to wait', 403, { 'retry-after': '5' }, 5],
  ['429', 429, { 'retry-after': '7' }, 7],
  ['a time that nobody waits for', 429, { 'retry-after': '999999' }, 3600],
])('too many requests, as %s, is a time and no refusal', async (_what, status, headers, seconds) => {
  answers['GET /repos/acme/web/installation'] = () => new Response('{}', { status, headers })
  const failed = apiOf().cloneCredential(repository)
  await expect(failed).rejects.toBeInstanceOf(HostUnavailable)
  await expect(failed).rejects.toMatchObject({ resetAt: new Date(START.getTime() + seconds * 1000) })
})

test('no sentence about a failure holds what was sent', async () => {
  answers['GET /repos/acme/web/installation'] = () => new Response('{"message":"Bad"}', { status: 401 })
  const refusal = JSON.stringify(await apiOf().cloneCredential(repository))
  expect(refusal).toContain('give the connection a new one')
  expect(refusal).not.toContain(asked[0]?.authorization.split(' ')[1])
})
