/** A server into a file, and the file into an empty server: everything is there, and nothing that ran goes on. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LEFT_OUT_TABLES, MIGRATIONS_TABLE, SAVED_TABLES } from '../server/src/backup/tables.ts'
import type { Database } from '../server/src/db/database.ts'
import { daypass } from './harness/daypass.ts'
import { type PulumiUser, pulumiUser } from './harness/pulumi.ts'
import { type ServerAnswer, startServer, type TestServer } from './harness/server.ts'

const MASTER_KEY = randomBytes(32).toString('base64')
const PROGRAM = `
name: web
runtime: yaml
config:
  password: { type: string }
resources:
  first:
    type: pulumi:index:Stash
    properties: { input: "\${password}" }
`

let folder: string
let file: string
/** The server that is saved, and the empty one. */
let first: TestServer
let second: TestServer
let user: PulumiUser
let poolToken: string
let lease: string
let runningUpdate: string
let issuersToken: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-backup-'))
  file = join(folder, 'backup')
  const env = { DAYPASS_MASTER_KEY: MASTER_KEY }
  ;[first, second] = await Promise.all([startServer({ env }), startServer({ env })])
  user = await pulumiUser({ PULUMI_ACCESS_TOKEN: first.adminToken, PULUMI_BACKEND_URL: first.url })
  await user.writeProgram(PROGRAM)
  await user.ok('stack', 'init', 'main/web/dev')
  await user.ok('config', 'set', '--secret', 'password', 'correct horse')
  await user.ok('up', '--yes', '--skip-preview')
  await fill()
})
afterAll(async () => {
  await user.remove()
  await rm(folder, { recursive: true, force: true })
  expect(await first.stop()).toBe(0)
  expect(await second.stop()).toBe(0)
})

/** Something in every table, as far as people can put it there; one update and one deployment are under way. */
async function fill(): Promise<void> {
  const { call } = first
  await call('POST', '/api/daypass/orgs', { name: 'acme', admin: 'alice' })
  poolToken = (await call('POST', '/api/daypass/pools/default/tokens')).body.tokenValue
  const large = '/api/stacks/main/p/large'
  await call('POST', '/api/stacks/main/p', { stackName: 'large' })
  const noise = randomBytes(1_200_000).toString('base64')
  const state = { version: 3, deployment: { noise, odd: '\\u0000\n"\\', resources: [] } }
  expect(await call('POST', `${large}/import`, state)).toMatchObject({ status: 200 })
  await call('POST', '/api/stacks/main/p', { stackName: 'gone' })
  await call('DELETE', '/api/stacks/main/p/gone')
  const settings = {
    operationContext: { environmentVariables: { HUSH: { secret: 'hush' } } },
    sourceContext: { git: { repoUrl: 'https://example.com/repo.git', branch: 'main' } },
  }
  await call('PUT', `${large}/deployments/settings`, settings)
  const asked = await call('POST', `${large}/deployments`, { operation: 'update', inheritSettings: true })
  expect(asked.status, JSON.stringify(asked.body)).toBe(202)

  await loginByIssuer()

  const yearly = { scheduleCron: '0 4 1 1 *', request: { operation: 'refresh' } }
  expect((await call('POST', `${large}/deployments/schedules`, yearly)).status).toBe(200)

  await call('POST', '/api/stacks/main/p', { stackName: 'running' })
  const running = '/api/stacks/main/p/running'
  const created = await call('POST', `${running}/update`, {})
  runningUpdate = `${running}/update/${created.body.updateID}`
  lease = (await call('POST', runningUpdate, { tags: {} })).body.token
  expect((await checkpoint(first)).status).toBe(204)
}

/** A user that acts for an issuer of `main`, whose keys are given by hand, and its token. */
async function loginByIssuer(): Promise<void> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] }
  const issuer = { name: 'ci', url: 'https://ci.example.com', jwks }
  const { body } = await first.call('POST', '/api/orgs/main/oidc/issuers', issuer)
  const policy = await first.call('GET', `/api/orgs/main/auth/policies/oidcissuers/${body.id}`)
  const allow = { decision: 'allow', tokenType: 'organization', rules: { sub: 'job' } }
  await first.call('PATCH', `/api/orgs/main/auth/policies/${policy.body.id}`, { policies: [allow] })
  const idToken = await new SignJWT({ sub: 'job', aud: 'urn:pulumi:org:main', iss: issuer.url })
    .setProtectedHeader({ alg: 'ES256', kid: 'k' })
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(privateKey)
  const exchanged = await first.call('POST', '/api/oauth/token', {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: 'urn:pulumi:org:main',
    subject_token: idToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    requested_token_type: 'urn:pulumi:token-type:access_token:organization',
  })
  expect(exchanged.status, JSON.stringify(exchanged.body)).toBe(200)
  issuersToken = exchanged.body.access_token
}

function checkpoint(server: TestServer): Promise<Response> {
  return fetch(`${server.url}${runningUpdate}/checkpoint`, {
    method: 'PATCH',
    headers: { authorization: `update-token ${lease}`, 'content-type': 'application/json' },
    body: '{"version":3,"deployment":{"resources":[]}}',
  })
}

test('every table of the server is saved, or left out for a reason', async () => {
  const { rows } = await db(first).query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'public'",
  )
  const decided = [...SAVED_TABLES.map(({ name }) => name), ...Object.keys(LEFT_OUT_TABLES), MIGRATIONS_TABLE]
  expect(decided.sort()).toEqual(rows.map(({ name }) => name).sort())
  const columns = await db(first).query<{ name: string }>(
    "select table_name || '.' || column_name as name from information_schema.columns where column_name ~ 'token'",
  )
  const saved = columns.rows.map(({ name }) => name).filter((name) => isSaved(name))
  // The other two say something about tokens, and are none.
  expect(saved.sort()).toEqual([
    'access_tokens.token_hash',
    'organizations.max_token_days',
    'users.token_role',
  ])
})

test('the file is for its owner alone, whole, and holds no secret in clear', async () => {
  const made = await daypass(['backup', file, '--json'], { server: first })
  expect(made.code, made.stderr).toBe(0)
  expect(made.json).toMatchObject({ file, rows: expect.any(Number) })
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const text = gunzipSync(await readFile(file)).toString()
  for (const secret of [MASTER_KEY, 'correct horse', first.adminToken, poolToken, lease]) {
    expect(text.includes(secret), secret).toBe(false)
    expect(text.includes(createHash('sha256').update(secret).digest('hex'))).toBe(secret === first.adminToken)
  }
  const again = await daypass(['backup', file], { server: first })
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('--force') })
})

test('a backup that is cut off or altered is refused, and the empty server stays empty', async () => {
  const whole = await readFile(file)
  const lines = gunzipSync(whole).toString().split('\n')
  const middle = Buffer.from(whole)
  middle[middle.length >> 1] = (middle[middle.length >> 1] ?? 0) ^ 1
  const changed = lines.map((line) =>
    line.startsWith('R') ? line.replace('"site_admin":false', '"site_admin":true') : line,
  )
  const damaged: Record<string, Buffer> = {
    'cut off': whole.subarray(0, whole.length >> 1),
    'cut off in front of its end': gzipSync(`${lines.slice(0, -2).join('\n')}\n`),
    'one bit': middle,
    'one row less': gzipSync(lines.filter((line) => !line.includes('"login":"alice"')).join('\n')),
    'one right more': gzipSync(changed.join('\n')),
    'one right more, with a new checksum': gzipSync(withChecksum(changed)),
    'more behind its end': gzipSync(`${lines.join('\n')}R{}\n`),
    'another table': gzipSync(lines.join('\n').replace('T{"table":"mints"', 'T{"table":"pg_authid"')),
    'another column': gzipSync(
      lines.join('\n').replace('"columns":["seq","jti"', '"columns":["seq","j\\"ti"'),
    ),
    'no backup': gzipSync('hello\n'),
    'no gzip': Buffer.from('hello'),
    nothing: Buffer.alloc(0),
  }
  const before = await dump(db(second))
  for (const [what, bytes] of Object.entries(damaged)) {
    const answer = await restore(second, bytes)
    expect([400, 409], `${what}: ${JSON.stringify(answer.body)}`).toContain(answer.status)
    expect(answer.body.reason, what).toMatch(/^(?:backup_damaged|not_a_backup|other_master_key)$/)
  }
  expect(await dump(db(second))).toEqual(before)
  const cut = join(folder, 'cut')
  await writeFile(cut, damaged['cut off'] ?? '')
  const refused = await daypass(['restore', cut], { server: second })
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('is no whole backup') })
})

test('only into an empty server, with its master key, and by an admin of the installation', async () => {
  const bytes = await readFile(file)
  expect(await restore(first, bytes)).toMatchObject({ status: 409, body: { reason: 'server_not_empty' } })
  const stranger = await startServer()
  try {
    expect(await restore(stranger, bytes)).toMatchObject({
      status: 409,
      body: { reason: 'other_master_key' },
    })
  } finally {
    await stranger.stop()
  }
  const member = (await first.call('POST', '/api/daypass/orgs', { name: 'other', admin: 'bob' })).body
    .adminToken
  for (const [method, path] of [
    ['GET', '/api/daypass/backup'],
    ['POST', '/api/daypass/restore'],
  ] as const) {
    const answer = await first.call(method, path, undefined, member.tokenValue)
    expect(answer).toMatchObject({ status: 403, body: { reason: 'site_admin_only' } })
  }
})

test('restored, the server is what it was, and what ran is over', async () => {
  expect((await daypass(['backup', file, '--force'], { server: first })).code).toBe(0)
  const before = await dump(db(first))
  const restored = await daypass(['restore', file, '--json'], { server: second })
  expect(restored.code, restored.stderr).toBe(0)
  expect(restored.json.restored).toMatchObject({ stacks: 3, organizations: 3, users: 4 })

  const after = await dump(db(second))
  for (const { name } of SAVED_TABLES.filter(({ name }) => !CHANGED.has(name))) {
    expect(after[name], name).toEqual(before[name])
  }
  expect(await sequencesGoOn(db(second))).toBe(true)
  const jwks = await Promise.all(
    [first, second].map(async ({ url }) => (await fetch(`${url}/oidc/.well-known/jwks`)).json()),
  )
  expect(jwks[1]).toEqual(jwks[0])

  const token = first.adminToken
  expect((await second.call('GET', '/api/user', undefined, token)).status).toBe(200)
  expect((await second.call('GET', '/api/user')).status).toBe(401)
  const ofIssuer = await second.call('GET', '/api/user', undefined, issuersToken)
  expect(ofIssuer).toMatchObject({ status: 200, body: { tokenInfo: { name: 'ci', organization: 'main' } } })
  expect([await claim(first), await claim(second)]).toEqual([expect.toSatisfy(isAnswer), 401])
  expect((await db(second).query('select from pool_tokens')).rowCount).toBe(0)
  expect((await checkpoint(second)).status).toBe(403)
  const taken = await second.call('POST', `${runningUpdate.split('/update/')[0]}/update`, {}, token)
  const start = `${runningUpdate.split('/update/')[0]}/update/${taken.body.updateID}`
  expect(await second.call('POST', start, { tags: {} }, token)).toMatchObject({
    status: 200,
    body: { version: 2 },
  })
  const { rows } = await db(second).query('select status, failure_code as code from deployments')
  expect(rows).toEqual([{ status: 'skipped', code: 'restored' }])

  await user.ok('login', second.url)
  const moved = await pulumiUser({ PULUMI_ACCESS_TOKEN: token, PULUMI_BACKEND_URL: second.url })
  try {
    for (const name of ['Pulumi.yaml', 'Pulumi.dev.yaml']) {
      await writeFile(join(moved.project, name), await readFile(join(user.project, name)))
    }
    await moved.ok('preview', '--expect-no-changes', '--stack', 'main/web/dev')
    expect((await moved.ok('config', 'get', 'password', '--stack', 'main/web/dev')).stdout.trim()).toBe(
      'correct horse',
    )
  } finally {
    await moved.remove()
  }
  expect(await restore(second, await readFile(file), token)).toMatchObject({
    body: { reason: 'server_not_empty' },
  })
})

test('an old backup says which runs its schedules missed, and starts the last of them alone', async () => {
  const year = new Date().getUTCFullYear()
  const time = (before: number): string => `${year - before}-01-01 04:00:00.000`
  // As if the backup were almost three years old.
  await db(second).query('update schedules set next_at = $1', [`${time(2)}Z`])
  const path = '/api/stacks/main/p/large/deployments/schedules'
  const call = async (rest = '') => (await second.call('GET', path + rest, undefined, first.adminToken)).body
  const [{ id }] = (await call()).schedules
  const history = async () => (await call(`/${id}/history`)).scheduleHistoryEvents
  await expect.poll(history, { timeout: 20_000 }).toHaveLength(3)
  expect(await history()).toMatchObject([
    {
      planned: time(0),
      result: 'not-started',
      message: expect.stringMatching(/^Queued \d+ min late: no server/),
    },
    { planned: time(1), result: 'missed', message: expect.stringContaining('No server of this database') },
    { planned: time(2), result: 'missed' },
  ])
  expect((await call(`/${id}`)).nextExecution).toBe(time(-1))
  expect(
    (await db(second).query("select from deployments where status in ('ready', 'waiting')")).rowCount,
  ).toBe(1)
})

/** As a runner with the pool token that was good before the backup. */
async function claim(server: TestServer): Promise<number> {
  const answer = await fetch(`${server.url}/api/daypass/runner/claim`, {
    method: 'POST',
    headers: { authorization: `Bearer ${poolToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ runnerName: 'r', runnerVersion: '1', launcher: 'plain', waitSeconds: 0 }),
  })
  return answer.status
}

const isAnswer = (status: number): boolean => status < 300

/** What is under way ends, what waits is skipped, and a restore is an act of its own. */
const CHANGED = new Set(['deployments', 'updates', 'audit_log'])

function db(server: TestServer): Database {
  if (!server.database) throw new Error('This test looks into the database.')
  return server.database.db
}

function isSaved(column: string): boolean {
  const [table, name = ''] = column.split('.')
  const saved = SAVED_TABLES.find((one) => one.name === table)
  return saved !== undefined && saved.instead?.[name] !== null
}

/** Noted behind the answer of any call. */
const LAST_USE = /"last_used_at":(?:null|"[^"]*")/

async function dump(database: Database): Promise<Record<string, string[]>> {
  const tables: Record<string, string[]> = {}
  for (const { name } of SAVED_TABLES) {
    const text = `select row_to_json(t)::text as row from "${name}" t order by 1`
    tables[name] = (await database.query<{ row: string }>(text)).rows.map(({ row }) =>
      row.replace(LAST_USE, ''),
    )
  }
  return tables
}

/** The next row that numbers itself does not meet one that came with the backup. */
async function sequencesGoOn(database: Database): Promise<boolean> {
  const { rows } = await database.query<{ ok: boolean }>(/* sql */ `
    select nextval(pg_get_serial_sequence('states', 'id')) > (select max(id) from states)
       and nextval(pg_get_serial_sequence('audit_log', 'seq')) > (select max(seq) from audit_log)
       and nextval(pg_get_serial_sequence('deployments', 'seq')) > (select max(seq) from deployments) as ok`)
  return rows[0]?.ok === true
}

function withChecksum(lines: readonly string[]): string {
  const body = `${lines.slice(0, -2).join('\n')}\n`
  const end = JSON.parse(lines.at(-2)?.slice(1) ?? '{}')
  return `${body}E${JSON.stringify({ ...end, sha256: createHash('sha256').update(body).digest('hex') })}\n`
}

/** To the letter, without the checks of the command. */
async function restore(server: TestServer, bytes: Buffer, token = server.adminToken): Promise<ServerAnswer> {
  const response = await fetch(`${server.url}/api/daypass/restore`, {
    method: 'POST',
    headers: { authorization: `token ${token}`, 'content-type': 'application/vnd.daypass.backup' },
    body: new Uint8Array(bytes),
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}
