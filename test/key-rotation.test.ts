/** Rotation of the master key and of data keys, on the running server: what was sealed before opens ever after. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openMasterKey } from '../server/src/secrets/master-key.ts'
import { createStackSecrets, dataKeyContext } from '../server/src/secrets/stack-secrets.ts'
import { createTestDatabase, type TestDatabase } from './harness/database.ts'
import { daypass } from './harness/daypass.ts'
import { startServer, type TestServer } from './harness/server.ts'

const OLD = randomBytes(32).toString('base64')
const NEW = randomBytes(32).toString('base64')
const STACK = '/api/stacks/main/p/s'
/** Beyond one call of the route, and beyond many of its batches. */
const MORE_KEYS = 2_450

let database: TestDatabase
let server: TestServer
let token: string
let stackId: string
/** Sealed at first, by whom and for what. */
let ciphertext: string
let setting: string

beforeAll(async () => {
  database = await createTestDatabase()
  server = await start(OLD)
  token = server.adminToken
  await server.call('POST', '/api/stacks/main/p', { stackName: 's' })
  ciphertext = (await server.call('POST', `${STACK}/encrypt`, { plaintext: base64('in the state') })).body
    .ciphertext
  const settings = { operationContext: { environmentVariables: { HUSH: { secret: 'in the settings' } } } }
  const saved = await server.call('PUT', `${STACK}/deployments/settings`, settings)
  expect(saved.status, JSON.stringify(saved.body)).toBeLessThan(300)
  setting = await savedSetting()
  stackId = (await database.db.query<{ id: string }>('select id from stacks')).rows[0]?.id ?? ''
  await addDataKeys()
})
afterAll(async () => {
  await server.stop()
  await database.drop()
})

const start = (...keys: string[]): Promise<TestServer> =>
  startServer({ postgres: database, env: { DAYPASS_MASTER_KEY: keys.join('\n') } })

test('killed in the middle and told again, the rotation reaches every key', async () => {
  await server.stop()
  server = await start(NEW, OLD)
  expect((await status()).dataKeys).toEqual({ total: MORE_KEYS + 1, former: MORE_KEYS + 1 })

  // Somebody holds a key of the fifth batch: there the rotation waits, and there it is killed.
  const held = database.db.transaction(async (tx) => {
    await tx.query('select from stack_data_keys where version = 451 for update')
    const rotation = server.call('POST', '/api/daypass/keys/master/rotate', undefined, token).catch(() => {})
    await waitFor(async () => (await formerKeys()) === MORE_KEYS + 1 - 400)
    await server.kill()
    await rotation
  })
  await held
  server = await start(NEW, OLD)
  const halfWay = await status()
  expect(halfWay).toEqual({
    dataKeys: { total: MORE_KEYS + 1, former: MORE_KEYS + 1 - 400 },
    signingKeys: { total: 1, former: 0 },
  })

  const rotated = await daypass(['key', 'rotate', '--master', '--json'], { server, token })
  expect(rotated.code, rotated.stderr).toBe(0)
  expect(rotated.json).toEqual({ rewrapped: { dataKeys: MORE_KEYS + 1 - 400, signingKeys: 0 } })
  expect(rotated.stderr).toContain('to go')
  const again = await daypass(['key', 'rotate', '--master', '--json'], { server, token })
  expect(again.json).toEqual({ rewrapped: { dataKeys: 0, signingKeys: 0 } })
  expect((await daypass(['key', 'status', '--json'], { server, token })).json.dataKeys.former).toBe(0)
})

test('the new key alone opens everything, the old one alone nothing', async () => {
  await server.stop()
  await expect(start(OLD)).rejects.toThrow(/master key does not open the signing key/)
  server = await start(NEW)
  await expectOldSecretsOpen()
  const former = await openMasterKey({ kind: 'value', value: OLD }, randomBytes)
  const { rows } = await database.db.query<{ stack_id: string; version: number; wrapped_key: Buffer }>(
    'select * from stack_data_keys',
  )
  expect(rows).toHaveLength(MORE_KEYS + 1)
  for (const { stack_id, version, wrapped_key } of rows) {
    expect(() => former.unwrap(wrapped_key, dataKeyContext(stack_id, version))).toThrow(/another master key/)
  }
})

test('a stack’s new data key seals from now on, and the old one goes on opening', async () => {
  const rotated = await daypass(['key', 'rotate', '--stack', 'main/p/s', '--json'], { server, token })
  expect(rotated.json).toEqual({ stacks: [{ stack: 'main/p/s', version: MORE_KEYS + 2 }] })
  await expectOldSecretsOpen()
  const { body } = await server.call('POST', `${STACK}/encrypt`, { plaintext: base64('later') }, token)
  expect(Buffer.from(body.ciphertext, 'base64').readUInt32BE(1)).toBe(MORE_KEYS + 2)
  expect(await decrypted(body.ciphertext)).toBe('later')
})

test('only an admin of the installation rotates, and it stands in the audit', async () => {
  const made = await server.call('POST', '/api/daypass/orgs', { name: 'acme', admin: 'alice' }, token)
  const theirs = made.body.adminToken.tokenValue
  for (const [method, path] of [
    ['GET', '/api/daypass/keys'],
    ['POST', '/api/daypass/keys/master/rotate'],
    ['POST', '/api/daypass/keys/stacks/main/p/s/rotate'],
  ] as const) {
    expect(await server.call(method, path, undefined, theirs)).toMatchObject({
      status: 403,
      body: { reason: 'site_admin_only' },
    })
  }
  const missing = await daypass(['key', 'rotate', '--stack', 'main/p/none'], { server, token })
  expect(missing).toMatchObject({ code: 5, stderr: expect.stringContaining('no stack named main/p/none') })
  expect((await daypass(['key', 'rotate'], { server, token })).code).toBe(2)
  const { rows } = await database.db.query(
    "select action, actor, target from audit_log where action ~ '^(master|data)_key' order by seq",
  )
  expect(rows.at(-1)).toEqual({ action: 'data_key.rotated', actor: 'user:admin', target: 'main/p/s' })
  expect(rows[0]).toEqual({ action: 'master_key.rotated', actor: 'user:admin', target: 'installation' })
})

async function expectOldSecretsOpen(): Promise<void> {
  expect(await decrypted(ciphertext)).toBe('in the state')
  expect(await savedSetting()).toBe(setting)
  const secrets = createStackSecrets(
    await openMasterKey({ kind: 'value', value: NEW }, randomBytes),
    randomBytes,
  )
  const opened = await secrets.open(database.db, stackId, 'env', Buffer.from(setting, 'base64'))
  expect(opened?.toString()).toBe('in the settings')
}

async function decrypted(text: string): Promise<string> {
  const { body } = await server.call('POST', `${STACK}/decrypt`, { ciphertext: text }, token)
  return Buffer.from(body.plaintext, 'base64').toString()
}

async function savedSetting(): Promise<string> {
  const { rows } = await database.db.query<{ sealed: string }>(
    "select settings #>> '{operationContext,environmentVariables,HUSH,ciphertext}' as sealed from deployment_settings",
  )
  return rows[0]?.sealed ?? ''
}

const status = async () => (await server.call('GET', '/api/daypass/keys', undefined, token)).body

async function formerKeys(): Promise<number> {
  return (await status()).dataKeys.former
}

/** Further versions of the stack's key, as many rotations would have left them. */
async function addDataKeys(): Promise<void> {
  const master = await openMasterKey({ kind: 'value', value: OLD }, randomBytes)
  const versions = Array.from({ length: MORE_KEYS }, (_, index) => index + 2)
  const wrapped = versions.map((version) => master.wrap(randomBytes(32), dataKeyContext(stackId, version)))
  await database.db.query(
    'insert into stack_data_keys (stack_id, version, wrapped_key) select $1, * from unnest($2::integer[], $3::bytea[])',
    [stackId, versions, wrapped],
  )
}

async function waitFor(happened: () => Promise<boolean>): Promise<void> {
  while (!(await happened())) await new Promise((resolve) => setTimeout(resolve, 20))
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
