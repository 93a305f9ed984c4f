import { randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts'
import { type MasterKey, openMasterKey } from './master-key.ts'
import { countWrappedDataKeys, proveDataKeysOpen, rewrapDataKeys } from './rotation.ts'
import {
  createOrganizationSecrets,
  createStackSecrets,
  type Purpose,
  type StackSecrets,
} from './stack-secrets.ts'

const PURPOSES: readonly Purpose[] = ['state', 'env', 'git', 'registry', 'webhook']
let database: TestDatabase
let secrets: StackSecrets
let here: string
let elsewhere: string

beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 20 })
  secrets = createStackSecrets(await masterKey(randomBytes(32)), randomBytes)
  here = await makeStack()
  elsewhere = await makeStack()
})
afterAll(() => database.drop())

test('what was sealed opens for its stack and purpose, whatever its bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array(), fc.constantFrom(...PURPOSES), async (bytes, purpose) => {
      const plain = Buffer.from(bytes)
      const sealed = await secrets.seal(database.db, here, purpose, plain)
      expect(await secrets.open(database.db, here, purpose, sealed)).toEqual(plain)
    }),
    { numRuns: 50 },
  )
})

test('a sealed secret moved to another stack or to another purpose does not open', async () => {
  const sealed = await secrets.seal(database.db, here, 'env', Buffer.from('hush'))
  await secrets.seal(database.db, elsewhere, 'env', Buffer.from('gives the other stack a key'))
  expect(await secrets.open(database.db, elsewhere, 'env', sealed)).toBeUndefined()
  for (const purpose of PURPOSES.filter((one) => one !== 'env')) {
    expect(await secrets.open(database.db, here, purpose, sealed)).toBeUndefined()
  }
})

test('a secret with one bit changed, cut short or made up does not open', async () => {
  const sealed = await secrets.seal(database.db, here, 'state', Buffer.from('hush'))
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const altered = Buffer.from(sealed)
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(await secrets.open(database.db, here, 'state', altered)).toBeUndefined()
  }
  for (let length = 0; length < sealed.length; length += 1) {
    expect(await secrets.open(database.db, here, 'state', sealed.subarray(0, length))).toBeUndefined()
  }
})

test('many at once make one data key, and keep their order', async () => {
  const stack = await makeStack()
  const plains = Array.from({ length: 20 }, (_, index) => Buffer.from(`secret ${index}`))
  const sealed = await Promise.all(plains.map((plain) => secrets.seal(database.db, stack, 'state', plain)))
  expect(await secrets.openAll(database.db, stack, 'state', sealed)).toEqual(plains)
  const { rows } = await database.db.query('select from stack_data_keys where stack_id = $1', [stack])
  expect(rows).toHaveLength(1)
  expect(
    await secrets.openAll(database.db, stack, 'state', [Buffer.from('no'), sealed[3] ?? Buffer.of()]),
  ).toEqual([undefined, plains[3]])
})

test('the data keys are nothing without the master key', async () => {
  const sealed = await secrets.seal(database.db, here, 'state', Buffer.from('hush'))
  const thief = createStackSecrets(await masterKey(randomBytes(32)), randomBytes)
  await expect(thief.open(database.db, here, 'state', sealed)).rejects.toThrow(/another master key/)
})

test('a new master key on top of the old one reads everything, also data keys made before', async () => {
  const old = randomBytes(32)
  const stack = await makeStack()
  const sealed = await createStackSecrets(await masterKey(old), randomBytes).seal(
    database.db,
    stack,
    'state',
    Buffer.from('hush'),
  )
  const rotated = createStackSecrets(await masterKey(randomBytes(32), old), randomBytes)
  expect((await rotated.open(database.db, stack, 'state', sealed))?.toString()).toBe('hush')
})

test('an organization has a data key of its own, which is wrapped anew like those of stacks', async () => {
  const fresh = await createTestDatabase()
  try {
    const { db } = fresh
    const organization = randomUUID()
    await db.query('insert into organizations (id, name) values ($1, $2)', [organization, 'acme'])
    const [old, next] = [randomBytes(32), randomBytes(32)]
    const sealed = await createOrganizationSecrets(await masterKey(old), randomBytes).seal(
      db,
      organization,
      'webhook',
      Buffer.from('hush'),
    )
    const both = await masterKey(next, old)
    expect(await countWrappedDataKeys(db, both)).toEqual({ total: 1, former: 1 })
    expect(await rewrapDataKeys(db, both, 10)).toBe(1)
    expect(await countWrappedDataKeys(db, both)).toEqual({ total: 1, former: 0 })
    const alone = await masterKey(next)
    await proveDataKeysOpen(db, alone)
    const secrets = createOrganizationSecrets(alone, randomBytes)
    expect((await secrets.open(db, organization, 'webhook', sealed))?.toString()).toBe('hush')
    await expect(proveDataKeysOpen(db, await masterKey(old))).rejects.toThrow(/another master key/)
  } finally {
    await fresh.drop()
  }
})

function masterKey(...keys: Buffer[]): Promise<MasterKey> {
  const value = keys.map((key) => key.toString('base64')).join('\n')
  return openMasterKey({ kind: 'value', value }, randomBytes)
}

async function makeStack(): Promise<string> {
  const organization = randomUUID()
  const stack = randomUUID()
  await database.db.query('insert into organizations (id, name) values ($1, $2)', [
    organization,
    organization,
  ])
  await database.db.query(
    "insert into stacks (id, organization_id, project, name) values ($1, $2, 'p', 's')",
    [stack, organization],
  )
  return stack
}
