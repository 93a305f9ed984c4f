/** Azure's own library against the local Entra, by https with the local clouds' certificate. */
import { randomBytes } from 'node:crypto'
import { ClientAssertionCredential } from '@azure/identity'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCertificate } from '../cloud/certificate.ts'
import type { CloudServer, CloudTls } from '../cloud/http.ts'
import { SUBJECT, startTestIssuer, type TestIssuer } from '../issuer/issuer-for-tests.ts'
import { readLocalEntraConfig } from './config.ts'
import { startLocalEntra } from './local-entra.ts'

const TENANT = '11111111-1111-4111-8111-111111111111'
const CLIENT = '22222222-2222-4222-8222-222222222222'
const now = () => new Date()
let issuer: TestIssuer
let entra: CloudServer
let tls: CloudTls

beforeAll(async () => {
  issuer = await startTestIssuer(now)
  tls = await makeCertificate()
  const federatedCredentials = [{ name: 'shop', issuer: issuer.url, subject: SUBJECT, audiences: ['acme'] }]
  const applications = [{ clientId: CLIENT, federatedCredentials }]
  const read = readLocalEntraConfig({ tenants: [{ id: TENANT, applications }] })
  if (!read.ok) throw new Error(read.sentence)
  entra = await startLocalEntra({ config: read.config, tls, now, fetch: globalThis.fetch, randomBytes })
})
afterAll(async () => {
  await Promise.all([entra.close(), issuer.close()])
})

const credential = (claims: object) =>
  new ClientAssertionCredential(TENANT, CLIENT, () => issuer.token({ ...claims }), {
    authorityHost: entra.url,
    disableInstanceDiscovery: true,
    tlsOptions: { ca: tls.cert },
    retryOptions: { maxRetries: 0 },
  })

test('it gets an access token with the deployment’s token', async () => {
  const { token, expiresOnTimestamp } = await credential({}).getToken('https://management.azure.com/.default')
  expect(token).toMatch(/^eyJlocal\./)
  expect(expiresOnTimestamp).toBeGreaterThan(Date.now() + 3_500_000)
})

test('it says what Entra says of a subject that no credential has', async () => {
  const asked = credential({ sub: SUBJECT.replace('dev', 'prod') }).getToken(
    'https://management.azure.com/.default',
  )
  await expect(asked).rejects.toThrow(/AADSTS700213/)
})
