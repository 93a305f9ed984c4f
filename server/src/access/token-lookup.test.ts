import { randomBytes, randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts'
import type { Database } from '../db/database.ts'
import { insertAccessToken } from './access-token.sql.ts'
import { insertMember } from './member.sql.ts'
import { insertOrganization } from './organization.sql.ts'
import { insertUser } from './person.sql.ts'
import { insertPool } from './pool.sql.ts'
import { hashToken, isTokenOf, makeToken } from './token.ts'
import { type TokenLookup, tokenLookup } from './token-lookup.ts'

const ids = {
  organization: randomUUID(),
  user: randomUUID(),
  stack: randomUUID(),
  deployment: randomUUID(),
  pool: randomUUID(),
}
let database: TestDatabase
let now: Date
let asked: number
let lookup: TokenLookup

beforeEach(async () => {
  database = await createTestDatabase()
  const { db } = database
  await insertOrganization(db, { id: ids.organization, name: 'acme' })
  await insertUser(db, { id: ids.user, login: 'alice', name: 'Alice', siteAdmin: false })
  await insertMember(db, { organizationId: ids.organization, userId: ids.user, role: 'member' })
  now = new Date()
  asked = 0
  const counting: Database = {
    ...db,
    query: (statement, values) => {
      if (!(typeof statement === 'object' && statement.name === 'access-token-touch')) asked += 1
      return db.query(statement, values)
    },
  }
  lookup = tokenLookup(counting, () => now)
})
afterEach(() => database.drop())

async function accessToken(expiresAt: Date | null = null): Promise<{ id: string; token: string }> {
  const token = makeToken('access', randomBytes)
  const id = randomUUID()
  await insertAccessToken(database.db, {
    id,
    userId: ids.user,
    tokenHash: hashToken(token),
    description: '',
    expiresAt,
  })
  return { id, token }
}

async function runningDeployment(token: string, leaseSeconds: number): Promise<void> {
  const { db } = database
  await insertPool(db, { id: ids.pool, organizationId: null, name: 'p', description: '' })
  await db.query(`insert into stacks (id, organization_id, project, name) values ($1, $2, 'p', 's')`, [
    ids.stack,
    ids.organization,
  ])
  await db.query(
    `insert into deployments (id, stack_id, organization_id, version, operation, status, pool_id, requested_by, trigger,
                              settings, timeout_seconds, fencing, stack_token_hash, lease_until)
     values ($1, $2, $3, 1, 'update', 'running', $4, $5, 'rest', '{}', 60, 3, $6, now() + make_interval(secs => $7))`,
    [ids.deployment, ids.stack, ids.organization, ids.pool, ids.user, hashToken(token), leaseSeconds],
  )
}

test('a token is 160 random bits behind the prefix of its kind', () => {
  const token = makeToken('pool', () => Buffer.alloc(20, 0xab))
  expect(token).toBe(`dpp-${'ab'.repeat(20)}`)
  expect(isTokenOf('pool', token)).toBe(true)
  for (const other of [token.toUpperCase(), `${token}0`, token.slice(1), `${token}\n`]) {
    expect(isTokenOf('pool', other)).toBe(false)
  }
  expect(isTokenOf('access', token)).toBe(false)
})

test('a person is found by their token, asked for once in five seconds', async () => {
  const { token } = await accessToken()
  const found = await lookup.principalOf(token)
  expect(found).toEqual({
    kind: 'user',
    userId: ids.user,
    login: 'alice',
    name: 'Alice',
    email: '',
    siteAdmin: false,
    memberships: [{ organizationId: ids.organization, organization: 'acme', role: 'member', teams: [] }],
  })
  expect(await lookup.principalOf(token)).toBe(found)
  expect(asked).toBe(1)
  now = new Date(now.getTime() + 5_001)
  await lookup.principalOf(token)
  expect(asked).toBe(2)
})

test('that it was used is noted', async () => {
  const { id, token } = await accessToken()
  await lookup.principalOf(token)
  const used = async () =>
    (
      await database.db.query<{ used: boolean }>(
        "select last_used_at > now() - interval '10 seconds' as used from access_tokens where id = $1",
        [id],
      )
    ).rows[0]?.used
  await expect.poll(used).toBe(true)
})

test('a revoked token is refused at once where it was revoked, and within five seconds elsewhere', async () => {
  const { id, token } = await accessToken()
  await lookup.principalOf(token)
  await database.db.query('update access_tokens set revoked_at = now() where id = $1', [id])
  expect(await lookup.principalOf(token)).toBeDefined()
  lookup.forget()
  expect(await lookup.principalOf(token)).toBeUndefined()
})

test('an expired token is nobody’s, also when it expires while it is remembered', async () => {
  const soon = await accessToken(new Date(now.getTime() + 1_000))
  expect(await lookup.principalOf(soon.token)).toBeDefined()
  now = new Date(now.getTime() + 1_001)
  await database.db.query('update access_tokens set expires_at = now() where id = $1', [soon.id])
  expect(await lookup.principalOf(soon.token)).toBeUndefined()
})

test('what has not the form of a token is not looked up', async () => {
  for (const token of ['', 'pul-', `dpj-${'0'.repeat(40)}`, "pul-' or true --"]) {
    expect(await lookup.principalOf(token)).toBeUndefined()
  }
  expect(asked).toBe(0)
})

test('a stack token is its deployment, with the person behind it, and is looked up each time', async () => {
  const token = makeToken('access', randomBytes)
  await runningDeployment(token, 60)
  const found = await lookup.principalOf(token)
  expect(found).toMatchObject({
    kind: 'deployment',
    deploymentId: ids.deployment,
    stackId: ids.stack,
    organizationId: ids.organization,
    operation: 'update',
    fencing: 3,
    user: { kind: 'user', login: 'alice' },
  })
  await database.db.query(`update deployments set lease_until = now() - interval '1 millisecond'`)
  expect(await lookup.principalOf(token)).toBeUndefined()
  await database.db.query(`update deployments set lease_until = now() + interval '1 minute'`)
  expect(await lookup.principalOf(token)).toBeDefined()
  await database.db.query(`update deployments set status = 'succeeded', lease_until = null, ended_at = now()`)
  expect(await lookup.principalOf(token)).toBeUndefined()
})
