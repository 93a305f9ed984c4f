/** A tenant of the local Entra and a project of the local Google Cloud that trust our issuer, as a person would set them up. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificate } from '@daypass/local-clouds/cloud/certificate.ts'
import { readLocalCloudsConfig, startLocalClouds } from '@daypass/local-clouds/local-clouds.ts'
import type { MoreClouds } from './system.ts'

export const TENANT = '11111111-1111-4111-8111-111111111111'
export const CLIENT = '22222222-2222-4222-8222-222222222222'
export const SUBSCRIPTION = '33333333-3333-4333-8333-333333333333'
/** Further ones, which trust the same. */
export const ARCHIVE_CLIENT = '44444444-4444-4444-8444-444444444444'
export const ARCHIVE_ACCOUNT = 'archive@acme-prod.iam.gserviceaccount.com'
export const POOL = 'projects/123456/locations/global/workloadIdentityPools/daypass'
export const SERVICE_ACCOUNT = 'shop@acme-prod.iam.gserviceaccount.com'

export interface AzureAndGoogle extends MoreClouds {
  readonly azureUrl: string
  readonly googleUrl: string
}

export interface TrustedByBoth {
  readonly issuerUrl: string
  readonly audience?: string
  /** Of a federated credential and of a member of the service account. */
  readonly subject: string
  /** Of further ones. */
  readonly moreSubjects?: readonly string[]
  /** Of the member, where it is another one. */
  readonly googleSubject?: string
  /** Further providers of the pool, and what they have otherwise. */
  readonly providers?: Readonly<Record<string, object>>
  /** Further service accounts, which nobody may act as. */
  readonly serviceAccounts?: readonly string[]
}

export async function startAzureAndGoogle(trusted: TrustedByBoth): Promise<AzureAndGoogle> {
  const {
    issuerUrl,
    subject,
    moreSubjects = [],
    googleSubject = subject,
    audience = 'main',
    providers = {},
    serviceAccounts = [],
  } = trusted
  const folder = await mkdtemp(join(tmpdir(), 'daypass-clouds-'))
  const azureTls = await makeCertificate()
  const caFile = join(folder, 'local-clouds.pem')
  await writeFile(caFile, azureTls.cert)
  const federatedCredentials = [subject, ...moreSubjects].map((one, at) => ({
    name: at === 0 ? 'shop-dev' : `shop-dev-${at}`,
    issuer: issuerUrl,
    subject: one,
    audiences: [audience],
  }))
  const applications = [CLIENT, ARCHIVE_CLIENT].map((clientId) => ({
    clientId,
    federatedCredentials,
    subscriptions: [SUBSCRIPTION],
  }))
  const members = [googleSubject, ...moreSubjects].map(
    (one) => `principal://iam.googleapis.com/${POOL}/subject/${one}`,
  )
  const bound = [{ role: 'roles/iam.workloadIdentityUser', members }]
  const read = readLocalCloudsConfig({
    azure: { tenants: [{ id: TENANT, applications }] },
    google: {
      providers: Object.entries({ issuer: {}, ...providers }).map(([id, change]) => ({
        name: `${POOL}/providers/${id}`,
        oidc: { issuerUri: issuerUrl, allowedAudiences: [audience] },
        attributeMapping: { 'google.subject': 'assertion.sub' },
        ...change,
      })),
      serviceAccounts: [
        ...[SERVICE_ACCOUNT, ARCHIVE_ACCOUNT].map((email) => ({ email, policy: { bindings: bound } })),
        ...serviceAccounts.map((email) => ({ email, policy: { bindings: [] } })),
      ],
    },
  })
  if (!read.ok) throw new Error(`${read.path}: ${read.sentence}`)
  const clouds = await startLocalClouds({
    config: read.config,
    azureTls,
    now: () => new Date(),
    fetch: globalThis.fetch,
    randomBytes,
  })
  const { azure = '', google = '' } = clouds.urls
  return {
    azureUrl: azure,
    googleUrl: google,
    runnerFlags: [...clouds.runnerFlags, '--ca-file', caFile],
    close: async () => {
      await clouds.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The `oidc` blocks of both. */
export const azureBlock = (change: object = {}) => ({
  clientId: CLIENT,
  tenantId: TENANT,
  subscriptionId: SUBSCRIPTION,
  ...change,
})
export const gcpBlock = (change: object = {}) => ({
  projectId: '123456',
  workloadPoolId: 'daypass',
  providerId: 'issuer',
  serviceAccount: SERVICE_ACCOUNT,
  ...change,
})
