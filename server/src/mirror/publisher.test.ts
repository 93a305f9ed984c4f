/** The rotation and the mirror on a real database: what is seen lets a key begin, what is not seen stops it. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeProtectedHeader } from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts'
import { MINT_REQUEST } from '../../../test/harness/mints.ts'
import {
  ADMIN,
  LEAD_SECONDS,
  type MirroredServer,
  type MirrorOptions,
  startMirrored,
} from '../../../test/harness/mirrored-server.ts'
import { type PutHost, startPutHost, uploadByHand } from '../../../test/harness/put-host.ts'
import { publishNextKey, revokeKey } from '../issuer/rotation.ts'
import { createMetrics } from '../metrics/metrics.ts'
import type { MirrorDocuments } from './mirror.ts'

/** Nobody answers there: only what the target holds is to be seen. */
const OUT_OF_REACH = 'http://127.0.0.1:1'
const KEYS = '/.well-known/jwks'

let database: TestDatabase
let folder: string
let host: PutHost
const servers: MirroredServer[] = []
beforeEach(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'daypass-mirror-'))
  host = await startPutHost()
})
afterEach(async () => {
  await Promise.all(servers.splice(0).map(({ publisher }) => publisher.stop()))
  await host.close()
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

async function start(options: MirrorOptions): Promise<MirroredServer> {
  const server = await startMirrored(database, options)
  servers.push(server)
  return server
}
const inFolder = () => start({ issuerUrl: OUT_OF_REACH, target: folder })
/** At a host that was filled by hand once, as a first publication must be. */
async function atHost(): Promise<MirroredServer> {
  const before = ({ inOrder }: MirrorDocuments) => uploadByHand(host, inOrder)
  const server = await start({ issuerUrl: host.url, target: host.url, before })
  await server.publisher.publishNow()
  return server
}
const kidsIn = (keys: Buffer | undefined): string[] =>
  JSON.parse(String(keys)).keys.map(({ kid }: { kid: string }) => kid)
const measured = ({ publisher }: MirroredServer): Promise<string> => {
  const metrics = createMetrics({ withProcess: false })
  metrics.watchPublication(publisher.status)
  return metrics.text()
}
const signerOf = async ({ issuer }: MirroredServer) =>
  decodeProtectedHeader((await issuer.mint(MINT_REQUEST)).token).kid

test('both documents lie in the folder, byte for byte, and nothing else', async () => {
  const server = await inFolder()
  expect(await server.publisher.publishNow()).toMatchObject({ state: 'published', seenBy: 'target' })
  for (const { path, body } of server.publisher.documents().inOrder)
    expect(await readFile(join(folder, path))).toEqual(body)
  const { rows } = await database.db.query('select target, digest, kids from issuer_publications')
  expect(rows).toEqual([
    { target: folder, digest: server.publisher.documents().digest, kids: [await signerOf(server)] },
  ])
})

test('the next key waits until it is seen, and then for its lead', async () => {
  const server = await inFolder()
  await server.publisher.publishNow()
  await publishNextKey(server.services, ADMIN)
  expect(await server.states()).toEqual(['signing', 'unpublished'])
  expect((await server.status()).keys.at(-1)).not.toHaveProperty('signsFrom')
  await server.publisher.publishNow()
  const { at, keys } = await server.status()
  expect(keys.map(({ state }) => state)).toEqual(['signing', 'next'])
  const leadMs = Date.parse(String(keys.at(-1)?.signsFrom)) - Date.parse(at)
  expect(leadMs).toBeGreaterThan((LEAD_SECONDS - 20) * 1000)
  expect(leadMs).toBeLessThanOrEqual(LEAD_SECONDS * 1000)
  expect(kidsIn(await readFile(join(folder, KEYS)))).toEqual(keys.map(({ kid }) => kid))
})

test('what cannot be written stops the rotation, and what is mended lets it begin anew', async () => {
  const server = await inFolder()
  await server.publisher.publishNow()
  await publishNextKey(server.services, ADMIN)
  await server.publisher.publishNow()
  expect(await server.states()).toEqual(['signing', 'next'])
  await rm(folder, { recursive: true })
  await writeFile(folder, 'a file where the folder was')
  expect(await server.publisher.publishNow()).toMatchObject({
    state: 'failing',
    failure: { code: 'target_unreachable', message: expect.stringContaining(folder) },
  })
  expect(await server.states()).toEqual(['signing', 'unpublished'])
  expect(server.logged.at(-1)).toContain('no other one begins to sign')
  expect(await measured(server)).toContain('daypass_keys_published 0')
  expect(await publishNextKey(server.services, ADMIN)).toMatchObject({
    status: 409,
    message: expect.stringContaining('was not seen yet'),
  })
  await rm(folder)
  await mkdir(folder)
  expect(await server.publisher.publishNow()).toMatchObject({ state: 'published' })
  expect(await measured(server)).toContain('daypass_keys_published 1')
  expect(await server.states()).toEqual(['signing', 'next'])
})

test('what somebody altered is found and mended', async () => {
  const server = await inFolder()
  await server.publisher.publishNow()
  await writeFile(join(folder, KEYS), '{"keys":[]}')
  await chmod(join(folder, KEYS), 0o600)
  await server.publisher.publishNow()
  expect(await readFile(join(folder, KEYS))).toEqual(server.publisher.documents().inOrder[0].body)
})

test('a host that believes only what it publishes itself is written with a day pass, keys before discovery', async () => {
  const server = await atHost()
  host.held.set('/.well-known/openid-configuration', Buffer.from('{}'))
  await publishNextKey(server.services, ADMIN)
  expect(await server.publisher.publishNow(), server.logged.join('\n')).toMatchObject({
    state: 'published',
    seenBy: 'issuer-url',
  })
  expect(host.requests.filter((request) => / 20\d$/.test(request))).toEqual([
    'MKCOL /.well-known/ 201',
    'PUT /.well-known/jwks 204',
    'PUT /.well-known/openid-configuration 204',
  ])
  const { rows } = await database.db.query('select subject, audience, purpose from mints')
  expect(rows[0]).toEqual({ subject: 'daypass:issuer:publish', audience: host.url, purpose: 'publish' })
})

test('where nothing was ever published, it says what is to be done by hand', async () => {
  const server = await start({ issuerUrl: host.url, target: host.url })
  expect(await server.publisher.publishNow()).toMatchObject({
    state: 'failing',
    failure: { code: 'target_refused', message: expect.stringContaining('daypass issuer publish --print') },
  })
})

test('after a revocation the new key is published by what the lost one still opened', async () => {
  const server = await atHost()
  const lost = String(await signerOf(server))
  await server.publisher.prepare()
  await revokeKey(server.services, ADMIN, lost)
  expect(await server.publisher.publishNow(), server.logged.join('\n')).toMatchObject({ state: 'published' })
  expect(kidsIn(host.held.get(KEYS))).toEqual([await signerOf(server)])
  expect(kidsIn(host.held.get(KEYS))).not.toContain(lost)
  // And from then on by a pass of its own.
  await publishNextKey(server.services, ADMIN)
  expect(await server.publisher.publishNow()).toMatchObject({ state: 'published' })
})

test('nothing that keeps the mirror from being opened keeps a key from being revoked', async () => {
  const server = await atHost()
  const lost = String(await signerOf(server))
  await host.close()
  await server.publisher.prepare()
  await revokeKey(server.services, ADMIN, lost)
  expect(await server.publisher.publishNow()).toMatchObject({
    state: 'failing',
    failure: { code: 'target_unreachable' },
  })
  expect((await server.status()).keys.find(({ kid }) => kid === lost)?.state).toBe('retired')
})

test('a revocation that cannot be published says so, and is tried again', async () => {
  const server = await atHost()
  const lost = String(await signerOf(server))
  await server.publisher.prepare()
  host.outage = 503
  await revokeKey(server.services, ADMIN, lost)
  expect(await server.publisher.publishNow()).toMatchObject({
    state: 'failing',
    failure: { code: 'target_refused', message: expect.stringContaining('503') },
  })
  host.outage = undefined
  await expect
    .poll(() => server.publisher.status(), { timeout: 15_000 })
    .toMatchObject({ state: 'published' })
  expect(kidsIn(host.held.get(KEYS))).not.toContain(lost)
})

test('of servers that share a database one writes at a time, and one of them takes what a dead one left', async () => {
  const first = await atHost()
  const others = await Promise.all(
    Array.from({ length: 3 }, () => start({ issuerUrl: host.url, target: host.url })),
  )
  await publishNextKey(first.services, ADMIN)
  host.requests.length = 0
  await Promise.all([first, ...others].map(({ publisher }) => publisher.publishNow()))
  expect(host.most()).toBe(1)
  expect(host.requests.filter((request) => request.startsWith('PUT') && / 20\d$/.test(request))).toEqual([
    'PUT /.well-known/jwks 204',
  ])
  await database.db.query(
    `update issuer_publishers set lease_id = gen_random_uuid(), leased_until = now() + interval '1 second'`,
  )
  expect(await first.publisher.publishNow()).toMatchObject({ state: 'published' })
})
