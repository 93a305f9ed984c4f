import { createPrivateKey, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { calculateJwkThumbprint, createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts'
import { type Database, openDatabase } from '../db/database.ts'
import { type MasterKey, openMasterKey } from '../secrets/master-key.ts'
import { StartRefusal } from '../start-refusal.ts'
import { databaseSigner, generateSigningKey } from './database-signer.ts'
import { keySet } from './discovery.ts'
import { createKeyRing, type SigningKeys } from './keys.ts'
import { signWith } from './sign.ts'
import { type Signer, thumbprintOf } from './signer.ts'
import { createSigners } from './signers.ts'

const makeMasterKey = () =>
  openMasterKey({ kind: 'value', value: randomBytes(32).toString('base64') }, randomBytes)
const masterKey = await makeMasterKey()

const signers = createSigners({ newKeys: 'database', pkcs11: undefined, randomBytes })

let database: TestDatabase
let db: Database
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
})
beforeEach(() => db.query('delete from signing_keys'))
afterAll(() => database.drop())

/** As a server that starts does it. */
function loadSigningKeys(server: { db: Database; masterKey: MasterKey }): Promise<SigningKeys> {
  return createKeyRing({ ...server, signers }).load()
}

async function addKey(times: { signsFrom: string; retired?: boolean }, master: MasterKey = masterKey) {
  const key = await generateSigningKey()
  const der = key.privateKey.export({ format: 'der', type: 'pkcs8' })
  await db.query(
    `insert into signing_keys (kid, public_jwk, sealed_private_key, signs_from, retired_at, retired_because)
     values ($1, $2, $3, now() + $4::interval, case when $5 then now() end, case when $5 then 'superseded' end)`,
    [
      key.kid,
      JSON.stringify(key.publicJwk),
      master.wrap(der, `signing-key|${key.kid}`),
      times.signsFrom,
      times.retired ?? false,
    ],
  )
  return key
}

test('the first start makes one RSA key of 2048 bits, and later starts find it', async () => {
  const first = await loadSigningKeys({ db, masterKey })
  const second = await loadSigningKeys({ db, masterKey })
  expect(Buffer.from(first.active.publicJwk.n, 'base64url')).toHaveLength(2048 / 8)
  expect(second.active.kid).toBe(first.active.kid)
  expect((await db.query('select from signing_keys')).rows).toHaveLength(1)
})

test('a token that was signed before a restart is believed after it', async () => {
  const token = await signWith((await loadSigningKeys({ db, masterKey })).active)({ sub: 'a' })
  const jwks = keySet((await loadSigningKeys({ db, masterKey })).published) as JSONWebKeySet
  expect((await jwtVerify(token, createLocalJWKSet(jwks))).payload.sub).toBe('a')
})

test('what has not changed is not opened again, and what has is', async () => {
  const opened: string[] = []
  const watched: Signer = {
    ...databaseSigner,
    open(material) {
      const key = databaseSigner.open(material)
      opened.push(key.kid)
      return key
    },
  }
  const ring = createKeyRing({
    db,
    masterKey,
    signers: { ...signers, holding: { ...signers.holding, database: watched } },
  })
  const first = await ring.load()
  expect(await ring.load()).toBe(first)
  expect(opened).toEqual([first.active.kid])

  const next = await addKey({ signsFrom: '10 min' })
  const second = await ring.load()
  expect(second.published.map(({ kid }) => kid)).toEqual([first.active.kid, next.kid])
  expect(second.active).toBe(first.active)
  expect(opened).toEqual([first.active.kid, next.kid])

  await db.query('update signing_keys set signs_from = now() where kid = $1', [next.kid])
  expect((await ring.load()).active.kid).toBe(next.kid)
  expect(opened).toHaveLength(2)
})

test('servers that start together end up with one key', async () => {
  const servers = Array.from({ length: 4 }, () => openDatabase(database.connection, { poolSize: 1 }))
  let loading: Promise<SigningKeys[]> | undefined
  await db.transaction(async (tx) => {
    // Nobody can write until all of them want to: each has seen that there is no key, and has made one.
    await tx.query('lock table signing_keys in share mode')
    loading = Promise.all(servers.map((server) => loadSigningKeys({ db: server, masterKey })))
    await untilWaiting(servers.length)
  })
  const loaded = (await loading) ?? []
  await Promise.all(servers.map((server) => server.close()))
  expect(new Set(loaded.map(({ active }) => active.kid)).size).toBe(1)
  expect((await db.query('select from signing_keys')).rows).toHaveLength(1)
})

async function untilWaiting(count: number): Promise<void> {
  const deadline = Date.now() + 15_000
  while (Date.now() < deadline) {
    const { rows } = await db.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if (rows.length === count) return
    await sleep(10)
  }
  throw new Error(`It never came to ${count} waiting servers.`)
}

test('the event loop goes on while a key is made', async () => {
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 1)
  await Promise.all(Array.from({ length: 3 }, generateSigningKey))
  clearInterval(timer)
  expect(turns).toBeGreaterThan(3)
})

test('the id of a key is its JWK thumbprint', async () => {
  const { kid, publicJwk } = await generateSigningKey()
  expect(kid).toBe(await calculateJwkThumbprint({ ...publicJwk }))
})

test('the thumbprint of the example in RFC 7638 is the one in RFC 7638', () => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
  expect(thumbprintOf({ kty: 'RSA', n, e: 'AQAB' })).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
})

test('no part of the private key is stored in the clear', async () => {
  const { active } = await loadSigningKeys({ db, masterKey })
  const [row] = (
    await db.query<{ text: string; sealed: Buffer }>(
      `select signing_keys::text as text, sealed_private_key as sealed from signing_keys`,
    )
  ).rows
  const der = masterKey.unwrap(row?.sealed ?? Buffer.of(), `signing-key|${active.kid}`)
  const { d, p } = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' })
  expect(row?.sealed.includes(der.subarray(-64))).toBe(false)
  for (const secret of [d, p]) {
    expect(row?.text).not.toContain(secret)
    expect(row?.text).not.toContain(Buffer.from(secret ?? '', 'base64url').toString('hex'))
  }
})

test('with another master key the server refuses to start, in a sentence without the key', async () => {
  const { active } = await loadSigningKeys({ db, masterKey })
  const start = loadSigningKeys({ db, masterKey: await makeMasterKey() })
  await expect(start).rejects.toThrow(StartRefusal)
  await expect(start).rejects.toThrow(
    `The master key does not open the signing key ${active.kid} in the database. ` +
      'Start with the master key that this database was first started with.',
  )
})

test('a sealed key that was moved to another row does not open', async () => {
  const [one, other] = [await addKey({ signsFrom: '-2 min' }), await addKey({ signsFrom: '-1 min' })]
  await db.query(
    `update signing_keys set sealed_private_key =
       (select sealed_private_key from signing_keys where kid = $1) where kid = $2`,
    [one.kid, other.kid],
  )
  await expect(loadSigningKeys({ db, masterKey })).rejects.toThrow(
    `does not open the signing key ${other.kid}`,
  )
})

test('who can only write to the database cannot publish a key of his own', async () => {
  const honest = await loadSigningKeys({ db, masterKey })
  const evil = await generateSigningKey()
  await db.query('update signing_keys set public_jwk = $1', [JSON.stringify(evil.publicJwk)])
  const { published } = await loadSigningKeys({ db, masterKey })
  expect(published.map(({ publicJwk }) => publicJwk)).toEqual([honest.active.publicJwk])

  await addKey({ signsFrom: '-1 min' }, await makeMasterKey())
  await expect(loadSigningKeys({ db, masterKey })).rejects.toThrow(StartRefusal)
})

test('a row that names another holder than the key has publishes nothing', async () => {
  await loadSigningKeys({ db, masterKey })
  await db.query("update signing_keys set held_by = 'pkcs11'")
  await expect(loadSigningKeys({ db, masterKey })).rejects.toThrow()
})

test('a key that is sealed under the id of another is refused', async () => {
  const [one, other] = [await generateSigningKey(), await generateSigningKey()]
  const der = other.privateKey.export({ format: 'der', type: 'pkcs8' })
  await db.query(
    `insert into signing_keys (kid, public_jwk, sealed_private_key, signs_from) values ($1, '{}', $2, now())`,
    [one.kid, masterKey.wrap(der, `signing-key|${one.kid}`)],
  )
  await expect(loadSigningKeys({ db, masterKey })).rejects.toThrow('holds another key')
})

test('the next key is published before it signs, and a retired one is only recognized', async () => {
  const retired = await addKey({ signsFrom: '-3 days', retired: true })
  const old = await addKey({ signsFrom: '-2 days' })
  const active = await addKey({ signsFrom: '-1 day' })
  const next = await addKey({ signsFrom: '10 min' })
  const keys = await loadSigningKeys({ db, masterKey })
  expect(keys.active.kid).toBe(active.kid)
  expect(keys.published.map(({ kid }) => kid)).toEqual([old.kid, active.kid, next.kid])
  expect(keys.allKids).toEqual(new Set([retired.kid, old.kid, active.kid, next.kid]))
})

test('keys that may not sign yet or any more stop the start', async () => {
  await addKey({ signsFrom: '-1 day', retired: true })
  await addKey({ signsFrom: '10 min' })
  await expect(loadSigningKeys({ db, masterKey })).rejects.toThrow('none that may sign now')
})
