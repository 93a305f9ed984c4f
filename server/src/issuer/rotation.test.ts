/** The acts on a real database, by two servers that share it. */
import { randomBytes, randomUUID } from 'node:crypto'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts'
import { MINT_REQUEST as request } from '../../../test/harness/mints.ts'
import { ADMIN as admin } from '../../../test/harness/mirrored-server.ts'
import type { Database } from '../db/database.ts'
import { Outage } from '../outage.ts'
import { isRefusal } from '../refuse.ts'
import { openMasterKey } from '../secrets/master-key.ts'
import { databaseSigner } from './database-signer.ts'
import { destroyRetiredKeys } from './destroy.ts'
import { createKeyRing } from './keys.ts'
import { createIssuer } from './mint.ts'
import { insertMints } from './record.sql.ts'
import { mintRecorder } from './record.ts'
import { type ReloadableIssuer, reloadableIssuer } from './reloadable.ts'
import { rewrapSigningKeys } from './rewrap.ts'
import {
  publishNextKey,
  type RotationServices,
  revokeKey,
  rotateWhatIsDue,
  signingKeyStatus,
} from './rotation.ts'
import type { Signer } from './signer.ts'
import { createSigners } from './signers.ts'

const masterKey = await openMasterKey(
  { kind: 'value', value: randomBytes(32).toString('base64') },
  randomBytes,
)
const signers = createSigners({ newKeys: 'database', pkcs11: undefined, randomBytes })

let database: TestDatabase
let db: Database
let services: RotationServices
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  services = {
    db,
    masterKey,
    signers,
    keyRotation: {
      everySeconds: undefined,
      leadSeconds: 600,
      maxAgeSeconds: 300,
      awaitsPublication: false,
    },
  }
})
beforeEach(async () => {
  await db.query('delete from signing_keys')
  await db.query('delete from audit_log')
  await db.query('delete from mints')
})
afterAll(() => database.drop())

/** As a server that runs has it. */
function startIssuer(): Promise<ReloadableIssuer> {
  return reloadableIssuer(createKeyRing(services), (keys) =>
    createIssuer({
      issuerUrl: 'https://daypass.example.com/oidc',
      keys,
      record: mintRecorder((mints) => insertMints(db, mints)),
      now: () => new Date(),
      randomUuid: randomUUID,
    }),
  )
}

const states = async () => (await signingKeyStatus(services)).keys.map(({ state }) => state)
const kidOf = (token: string): string => String(decodeProtectedHeader(token).kid)
const publishedBy = ({ issuer }: ReloadableIssuer): string[] =>
  (issuer.jwks() as JSONWebKeySet).keys.map(({ kid }) => String(kid))
const timePasses = (interval: string) =>
  db.query(
    'update signing_keys set signs_from = signs_from - $1::interval, created_at = created_at - $1::interval',
    [interval],
  )
const actions = async () =>
  (
    await db.query<{ done: string }>("select actor || ' ' || action as done from audit_log order by seq")
  ).rows.map(({ done }) => done)

test('the next key is published, signs after the lead, and the old one goes when its tokens are dead', async () => {
  const server = await startIssuer()
  const { token: before } = await server.issuer.mint(request)
  const published = await publishNextKey(services, admin)
  expect(isRefusal(published)).toBe(false)
  expect(await states()).toEqual(['signing', 'next'])
  await server.reload()
  expect(publishedBy(server)).toHaveLength(2)
  expect(kidOf((await server.issuer.mint(request)).token)).toBe(kidOf(before))

  await timePasses('10 min')
  await server.reload()
  const { token: after } = await server.issuer.mint(request)
  expect(kidOf(after)).not.toBe(kidOf(before))
  for (const token of [before, after]) {
    const keys = createLocalJWKSet(server.issuer.jwks() as JSONWebKeySet)
    expect((await jwtVerify(token, keys)).payload['org']).toBe('contoso')
  }
  expect(await rotateWhatIsDue(services)).toBe(false)

  await timePasses('17 min')
  expect(await rotateWhatIsDue(services)).toBe(true)
  expect(await states()).toEqual(['retired', 'signing'])
  await server.reload()
  expect(publishedBy(server)).toEqual([kidOf(after)])
  expect(server.issuer.isOurKid(kidOf(before))).toBe(true)
  expect(await actions()).toEqual(['user:alice signing_key.published', 'daypass signing_key.retired'])
})

test('the private part of a retired key is destroyed, that of the others is not', async () => {
  const server = await startIssuer()
  const { token } = await server.issuer.mint(request)
  await revokeKey(services, admin, kidOf(token))
  await destroyRetiredKeys(services)
  const { keys } = await signingKeyStatus(services)
  expect(keys).toMatchObject([
    { kid: kidOf(token), state: 'retired' },
    { state: 'signing', heldBy: 'database' },
  ])
  expect(keys[0]).not.toHaveProperty('heldBy')
  await server.reload()
  await server.issuer.mint(request)
  expect(server.issuer.isOurKid(kidOf(token))).toBe(true)
  expect(await rewrapSigningKeys(db, masterKey)).toBe(0)
})

test('a key that was made in vain is destroyed where it was made', async () => {
  await startIssuer()
  let destroyed = 0
  const watched: Signer = {
    ...databaseSigner,
    destroy: async () => {
      destroyed += 1
    },
  }
  const held = {
    ...services,
    signers: { forNewKeys: watched, holding: { ...signers.holding, database: watched } },
  }
  await publishNextKey(held, admin)
  expect(destroyed).toBe(0)
  expect(await publishNextKey(held, admin)).toMatchObject({ status: 409 })
  expect(destroyed).toBe(1)
})

test('a holder that is away keeps nobody from revoking a key that another one can follow', async () => {
  const server = await startIssuer()
  const lost = kidOf((await server.issuer.mint(request)).token)
  await publishNextKey(services, admin)
  const away: Signer = {
    ...databaseSigner,
    create: () => Promise.reject(new Outage('away', { reason: 'signer_unavailable', sentence: 'away' })),
  }
  const held = { ...services, signers: { ...signers, forNewKeys: away } }
  expect(await revokeKey(held, admin, lost)).toMatchObject({
    keys: [{ state: 'retired' }, { state: 'signing' }],
  })
  const { keys } = await signingKeyStatus(services)
  await expect(revokeKey(held, admin, String(keys.at(-1)?.kid))).rejects.toThrow(Outage)
  expect(await states()).toEqual(['retired', 'signing'])
})

test('a second rotation waits for the first', async () => {
  await startIssuer()
  await publishNextKey(services, admin)
  expect(await publishNextKey(services, admin)).toMatchObject({ status: 409, reason: 'rotation_in_progress' })
  expect(await states()).toEqual(['signing', 'next'])
})

test('servers that find the schedule due at the same time publish one key', async () => {
  await startIssuer()
  await timePasses('90 days')
  const scheduled = { ...services, keyRotation: { ...services.keyRotation, everySeconds: 90 * 86_400 } }
  const done = await Promise.all(Array.from({ length: 4 }, () => rotateWhatIsDue(scheduled)))
  expect(done.filter(Boolean)).toHaveLength(1)
  expect(await states()).toEqual(['signing', 'next'])
})

test('a revoked key is gone at once, and a new one signs', async () => {
  const server = await startIssuer()
  const lost = kidOf((await server.issuer.mint(request)).token)
  expect(await revokeKey(services, admin, lost)).toMatchObject({
    keys: [{ kid: lost, state: 'retired', retiredBecause: 'revoked' }, { state: 'signing' }],
  })
  await server.reload()
  expect(publishedBy(server)).not.toContain(lost)
  expect(kidOf((await server.issuer.mint(request)).token)).not.toBe(lost)
  expect(await revokeKey(services, admin, lost)).toMatchObject({ status: 409, reason: 'signing_key_retired' })
  expect(await revokeKey(services, admin, 'none')).toMatchObject({ status: 404 })
})

test('when the signing key is revoked while the next is published, that one signs early', async () => {
  const server = await startIssuer()
  const lost = kidOf((await server.issuer.mint(request)).token)
  await publishNextKey(services, admin)
  const next = (await signingKeyStatus(services)).keys.at(-1)?.kid
  await revokeKey(services, admin, lost)
  await server.reload()
  expect(kidOf((await server.issuer.mint(request)).token)).toBe(next)
  expect(publishedBy(server)).toEqual([next])
})

test('a server that has not heard of a revocation lets no token of that key out', async () => {
  const [deaf, other] = [await startIssuer(), await startIssuer()]
  const lost = kidOf((await deaf.issuer.mint(request)).token)
  await revokeKey(services, admin, lost)
  await other.reload()
  const minted = await Promise.all(Array.from({ length: 20 }, () => deaf.issuer.mint(request)))
  const signer = kidOf((await other.issuer.mint(request)).token)
  expect(new Set(minted.map(({ token }) => kidOf(token)))).toEqual(new Set([signer]))
  const { rows } = await db.query<{ kid: string; mints: string }>(
    'select kid, count(*) as mints from mints group by kid',
  )
  expect(Object.fromEntries(rows.map(({ kid, mints }) => [kid, Number(mints)]))).toEqual({
    [lost]: 1,
    [signer]: 21,
  })
})
