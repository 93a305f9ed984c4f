import type { JobIdentity } from '@daypass/contract/job-protocol.ts'
import { expect, test } from 'vitest'
import { jobSpec } from '../../harness/fake-plane.ts'
import { SANDBOX_PATHS } from '../launch/layout.ts'
import { cloudVariables } from './cloud-variables.ts'
import type { JobContext } from './context.ts'

const AZURE = { clientId: 'client', tenantId: 'tenant', subscriptionId: null }
const GOOGLE = {
  projectNumber: '123',
  workloadPoolId: 'pool',
  providerId: 'provider',
  serviceAccount: 's@p.iam.gserviceaccount.com',
  region: 'europe-west1',
  tokenLifetimeSeconds: null,
}
const KEYS = { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c', expiresAt: new Date(0) }

/** What the functions look at, and no more. */
function variables(
  identity: Partial<JobIdentity>,
  { own = {}, findings = {} }: { own?: Record<string, string>; findings?: object } = {},
) {
  const none = { aws: null, azure: null, google: null }
  const whole: JobIdentity = {
    issuerUrl: 'https://i.example',
    subject: 's',
    audience: 'acme',
    withheld: false,
    renew: true,
    audiences: [],
    ...none,
    named: [],
    configJson: '{}',
    ...identity,
  }
  const environment = Object.entries(own).map(([name, value]) => ({ name, value, secret: false }))
  const context = {
    spec: jobSpec({ identity: whole, environment }),
    settings: { cloudUrls: {} },
    findings: { aws: undefined, awsProfiles: new Map(), ...findings },
    paths: SANDBOX_PATHS,
  }
  return cloudVariables(context as unknown as JobContext, own, 'token-of-the-step')
}

test('Azure without renewal: the token itself, and nothing that could be read or asked again', () => {
  const { ARM_OIDC_TOKEN, ...others } = variables({ azure: AZURE, renew: false })
  expect(ARM_OIDC_TOKEN).toBe('token-of-the-step')
  for (const name of Object.keys(others)) expect(name).not.toMatch(/^ARM_OIDC_/)
})

test('Azure: what its providers and what its SDKs read, and no token that would get old', () => {
  expect(variables({ azure: AZURE })).toEqual({
    ARM_USE_OIDC: 'true',
    ARM_CLIENT_ID: 'client',
    ARM_TENANT_ID: 'tenant',
    ARM_OIDC_TOKEN_FILE_PATH: '/mnt/pulumi/pulumi.oidc',
    AZURE_CLIENT_ID: 'client',
    AZURE_TENANT_ID: 'tenant',
    AZURE_FEDERATED_TOKEN_FILE: '/mnt/pulumi/pulumi.oidc',
  })
  const { ARM_SUBSCRIPTION_ID, AZURE_SUBSCRIPTION_ID } = variables({
    azure: { ...AZURE, subscriptionId: 'subscription' },
  })
  expect([ARM_SUBSCRIPTION_ID, AZURE_SUBSCRIPTION_ID]).toEqual(['subscription', 'subscription'])
})

test('Azure: another cloud than the public one is told to SDKs, which do not read ARM_ENVIRONMENT', () => {
  const own = { ARM_ENVIRONMENT: 'usgovernment' }
  expect(variables({ azure: AZURE }, { own })['AZURE_AUTHORITY_HOST']).toBe(
    'https://login.microsoftonline.us',
  )
})

test('the request pair is there where the job reaches the broker', () => {
  const broker = { url: 'http://127.0.0.1:1', requestToken: 'dpr-x' }
  expect(variables({ azure: AZURE }, { findings: { broker } })).toMatchObject({
    ARM_OIDC_REQUEST_URL: 'http://127.0.0.1:1/id-token/azure?audience=acme',
    ARM_OIDC_REQUEST_TOKEN: 'dpr-x',
    ARM_OIDC_AUDIENCE: 'acme',
  })
})

test('AWS: credentials that are renewed are asked for, and no static one beats them', () => {
  const broker = { url: 'http://127.0.0.1:1', requestToken: 'dpr-x' }
  const findings = { aws: KEYS, awsSession: {}, broker }
  expect(variables({}, { findings })).toEqual({
    AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:1/aws-credentials',
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 'Bearer dpr-x',
  })
  const own = { AWS_ACCESS_KEY_ID: 'mine' }
  expect(variables({}, { findings, own })).toEqual({})
})

test('a read-only preview is told where to ask for access tokens, and nothing of the token that clouds take', () => {
  const broker = { url: 'http://127.0.0.1:1', requestToken: 'dpr-x' }
  const findings = { azureTokens: {}, googleSession: {}, broker }
  const identity = { azure: AZURE, google: GOOGLE, withheld: true }
  const { GOOGLE_CREDENTIALS = '', ...others } = variables(identity, { findings })
  expect(JSON.parse(GOOGLE_CREDENTIALS)).toMatchObject({
    type: 'external_account',
    token_url: 'http://127.0.0.1:1/google-access-token',
    credential_source: { file: '/mnt/pulumi/google-request-token' },
  })
  expect(others).toEqual({
    ARM_USE_MSI: 'true',
    ARM_MSI_ENDPOINT: 'http://127.0.0.1:1/dpr-x/azure-access-token',
    ARM_CLIENT_ID: 'client',
    ARM_TENANT_ID: 'tenant',
    IDENTITY_ENDPOINT: 'http://127.0.0.1:1/azure-access-token',
    IDENTITY_HEADER: 'dpr-x',
    AZURE_CLIENT_ID: 'client',
    AZURE_TENANT_ID: 'tenant',
    GOOGLE_APPLICATION_CREDENTIALS: '/mnt/pulumi/google-credentials.json',
    CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: '/mnt/pulumi/google-credentials.json',
    GOOGLE_REGION: 'europe-west1',
  })
})

test('Google: the configuration as text and as a file', () => {
  const { GOOGLE_CREDENTIALS = '', ...others } = variables({ google: GOOGLE })
  expect(JSON.parse(GOOGLE_CREDENTIALS)).toMatchObject({
    type: 'external_account',
    credential_source: { file: '/mnt/pulumi/pulumi.oidc' },
  })
  expect(others).toEqual({
    GOOGLE_APPLICATION_CREDENTIALS: '/mnt/pulumi/google-credentials.json',
    CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: '/mnt/pulumi/google-credentials.json',
    GOOGLE_REGION: 'europe-west1',
  })
})

test.each([
  ['AWS_ACCESS_KEY_ID', { findings: { aws: KEYS } }],
  ['ARM_CLIENT_SECRET', {}],
  ['AZURE_CLIENT_ID', {}],
  ['GOOGLE_OAUTH_ACCESS_TOKEN', {}],
] as const)(
  'a stack that brings %s of its own gets none of that cloud, and all of the others',
  (name, options) => {
    const identity = { azure: AZURE, google: GOOGLE }
    const cloud = /^(?:ARM|AZURE)/.test(name)
      ? /^(?:ARM|AZURE)_/
      : name.startsWith('AWS')
        ? /^AWS_/
        : /^(?:GOOGLE|CLOUDSDK)_/
    const all = Object.keys(variables(identity, options))
    expect(all.some((one) => cloud.test(one))).toBe(true)
    const left = Object.keys(variables(identity, { ...options, own: { [name]: 'mine' } }))
    expect(left).toEqual(all.filter((one) => !cloud.test(one)))
  },
)

test('further identities: variables that begin with the name, and a profile', () => {
  const awsProfiles = new Map([['dns', KEYS]])
  const named = [{ name: 'log-archive', aws: null, azure: AZURE, google: GOOGLE }]
  const { LOG_ARCHIVE_GOOGLE_CREDENTIALS, ...others } = variables({ named }, { findings: { awsProfiles } })
  expect(LOG_ARCHIVE_GOOGLE_CREDENTIALS).toContain('external_account')
  expect(others).toEqual({
    LOG_ARCHIVE_ARM_CLIENT_ID: 'client',
    LOG_ARCHIVE_ARM_TENANT_ID: 'tenant',
    LOG_ARCHIVE_GOOGLE_APPLICATION_CREDENTIALS: '/mnt/pulumi/google-credentials-log-archive.json',
    AWS_SHARED_CREDENTIALS_FILE: '/mnt/pulumi/aws-credentials',
  })
})
