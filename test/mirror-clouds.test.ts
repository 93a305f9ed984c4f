/** Mirrors in the stores of Google and Azure, by a day pass that the local clouds exchange, and what is said when they do not. */
import { randomBytes } from 'node:crypto'
import { readLocalCloudsConfig, startLocalClouds } from '@daypass/local-clouds/local-clouds.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { publishNextKey } from '../server/src/issuer/rotation.ts'
import type { MirrorDocuments } from '../server/src/mirror/mirror.ts'
import { CLIENT, POOL, SERVICE_ACCOUNT, TENANT } from './harness/azure-and-google.ts'
import { type CloudStore, startAzureStore, startGoogleStore } from './harness/cloud-stores.ts'
import { createTestDatabase, type TestDatabase } from './harness/database.ts'
import { ADMIN, type MirroredServer, startMirrored } from './harness/mirrored-server.ts'
import { ACCOUNT, accountTrusting } from './harness/trusting-role.ts'

const PUBLISHER = 'daypass:issuer:publish'
let database: TestDatabase
const closers: (() => Promise<unknown>)[] = []
beforeEach(async () => {
  database = await createTestDatabase()
  closers.push(() => database.drop())
})
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function startClouds(config: object): Promise<{ aws?: string; azure?: string; google?: string }> {
  const read = readLocalCloudsConfig(config)
  if (!read.ok) throw new Error(`${read.path}: ${read.sentence}`)
  const clouds = await startLocalClouds({ config: read.config, now: () => new Date(), fetch, randomBytes })
  closers.push(clouds.close)
  return clouds.urls
}

/** In front of a store that somebody filled by hand once. */
async function mirrored(
  store: CloudStore,
  place: string,
  target: string,
  byHand = true,
): Promise<MirroredServer> {
  const before = ({ inOrder }: MirrorDocuments): void => {
    for (const { path, body, contentType, cacheControl } of byHand ? inOrder : [])
      store.held.set(`${place}${path}`, {
        body,
        headers: { 'content-type': contentType, 'cache-control': cacheControl },
      })
  }
  const server = await startMirrored(database, { issuerUrl: `${store.url}${place}`, target, before })
  closers.push(() => server.publisher.stop())
  return server
}

async function googleMirror(change: { subject?: string; direct?: boolean; byHand?: boolean } = {}) {
  const { subject = PUBLISHER, direct = false, byHand = true } = change
  let google = ''
  const store = await startGoogleStore(async (authorization) => {
    // A federated token is nobody's but the pool's; that of a service account says whose it is.
    if (direct) return authorization.startsWith('Bearer ya29.d.')
    const who = await fetch(`${google}/oauth2/v3/userinfo`, { headers: { authorization } })
    return ((await who.json()) as { email?: string }).email === SERVICE_ACCOUNT
  })
  closers.push(store.close)
  const audience = `https://iam.googleapis.com/${POOL}/providers/keys`
  const provider = {
    name: `${POOL}/providers/keys`,
    oidc: { issuerUri: `${store.url}/acme-keys`, allowedAudiences: [audience] },
    attributeMapping: { 'google.subject': 'assertion.sub' },
  }
  const members = [`principal://iam.googleapis.com/${POOL}/subject/${subject}`]
  const bindings = [{ role: 'roles/iam.workloadIdentityUser', members }]
  const urls = await startClouds({
    google: { providers: [provider], serviceAccounts: [{ email: SERVICE_ACCOUNT, policy: { bindings } }] },
  })
  google = urls.google ?? ''
  const account = direct ? '' : `&service-account=${SERVICE_ACCOUNT}`
  const target = `gs://acme-keys?provider=${provider.name}${account}&endpoint=${store.url}&sts=${google}&iam=${google}`
  return { store, server: await mirrored(store, '/acme-keys', target, byHand) }
}

test.each([
  ['as a service account', { direct: false }],
  ['as the principal of the pool itself', { direct: true }],
])('Google Cloud Storage is written %s', async (_, change) => {
  const { store, server } = await googleMirror(change)
  await publishNextKey(server.services, ADMIN)
  expect(await server.publisher.publishNow(), server.logged.join('\n')).toMatchObject({
    target: 'gs://acme-keys',
    state: 'published',
    seenBy: 'issuer-url',
  })
  expect(store.writes).toEqual(['PUT /acme-keys/.well-known/jwks 200'])
  const [keys] = server.publisher.documents().inOrder
  expect(store.held.get('/acme-keys/.well-known/jwks')).toEqual({
    body: keys.body,
    headers: { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' },
  })
  expect(await server.states()).toEqual(['signing', 'next'])
})

test('a service account that trusts another subject is named, with the clause', async () => {
  const { server } = await googleMirror({ subject: 'daypass:issuer:other' })
  const { failure } = await server.publisher.publishNow()
  expect(failure).toMatchObject({ code: 'pass_refused', message: expect.stringContaining(SERVICE_ACCOUNT) })
})

test('a store that was never filled cannot be written, and the first step is said', async () => {
  const { server } = await googleMirror({ byHand: false })
  const { failure } = await server.publisher.publishNow()
  expect(failure?.message).toContain('upload the first two documents by hand')
})

async function azureMirror(subject = PUBLISHER) {
  let azure = ''
  const store = await startAzureStore(async (authorization) => {
    // Entra's own page tells a token of another resource from one that was never issued.
    const asked = await fetch(`${azure}/subscriptions/none`, { headers: { authorization } })
    const { error } = (await asked.json()) as { error?: { code?: string } }
    return error?.code === 'InvalidAuthenticationTokenAudience'
  })
  closers.push(store.close)
  const issuer = `${store.url}/keys/oidc`
  const federatedCredentials = [{ name: 'keys', issuer, subject, audiences: ['api://AzureADTokenExchange'] }]
  const applications = [{ clientId: CLIENT, federatedCredentials, subscriptions: [] }]
  const urls = await startClouds({ azure: { tenants: [{ id: TENANT, applications }] } })
  azure = urls.azure ?? ''
  const target = `azure://acmekeys/keys/oidc?tenant=${TENANT}&client=${CLIENT}&endpoint=${store.url}&authority=${azure}`
  return { store, server: await mirrored(store, '/keys/oidc', target) }
}

test('Azure Blob Storage is written as an application', async () => {
  const { store, server } = await azureMirror()
  await publishNextKey(server.services, ADMIN)
  expect(await server.publisher.publishNow(), server.logged.join('\n')).toMatchObject({
    target: 'azure://acmekeys/keys/oidc',
    state: 'published',
    seenBy: 'issuer-url',
  })
  expect(store.writes).toEqual(['PUT /keys/oidc/.well-known/jwks 201'])
  expect(store.held.get('/keys/oidc/.well-known/jwks')).toEqual({
    body: server.publisher.documents().inOrder[0].body,
    headers: { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' },
  })
})

test('an object whose headers somebody changed is written again', async () => {
  const { store, server } = await azureMirror()
  await server.publisher.publishNow()
  const path = '/keys/oidc/.well-known/jwks'
  const { body } = store.held.get(path) ?? { body: Buffer.alloc(0) }
  store.held.set(path, { body, headers: { 'content-type': 'text/plain', 'cache-control': 'max-age=86400' } })
  expect(await server.publisher.publishNow()).toMatchObject({ state: 'published' })
  expect(store.held.get(path)?.headers['content-type']).toBe('application/json')
})

test('an application that trusts another subject is named, with the subject that was said', async () => {
  const { server } = await azureMirror('daypass:issuer:other')
  const { failure } = await server.publisher.publishNow()
  expect(failure).toMatchObject({ code: 'pass_refused', message: expect.stringContaining(PUBLISHER) })
})

test('a role of AWS that trusts another subject is named, with the subject that was said', async () => {
  const store = await startGoogleStore(async () => false)
  closers.push(store.close)
  const trust = accountTrusting(`${store.url}/acme-keys`, {
    subjects: ['daypass:issuer:other'],
    audience: 'sts.amazonaws.com',
    registered: ['sts.amazonaws.com'],
    roles: [`arn:aws:iam::${ACCOUNT}:role/keys`],
  })
  const { aws } = await startClouds({ aws: { accounts: [trust] } })
  const target = `s3://acme-keys?region=eu-west-1&role=arn:aws:iam::${ACCOUNT}:role/keys&endpoint=${store.url}&sts=${aws}`
  const server = await mirrored(store, '/acme-keys', target)
  const { failure } = await server.publisher.publishNow()
  expect(failure).toMatchObject({ code: 'pass_refused', message: expect.stringContaining(PUBLISHER) })
})
