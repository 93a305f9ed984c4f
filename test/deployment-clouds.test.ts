// A deployment on three clouds at once, by their own libraries; and what is said when one of them refuses.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { filesBelow, searchForSecrets } from '../demo/secret-search.ts'
import { tablesOf } from '../demo/tables.ts'
import {
  ARCHIVE_ACCOUNT,
  ARCHIVE_CLIENT,
  type AzureAndGoogle,
  azureBlock,
  CLIENT,
  gcpBlock,
  POOL,
  SERVICE_ACCOUNT,
  SUBSCRIPTION,
  startAzureAndGoogle,
  TENANT,
} from './harness/azure-and-google.ts'
import { type Ended, type System, startSystem } from './harness/system.ts'
import { accountTrusting, ROLE, subject } from './harness/trusting-role.ts'

const DNS_ROLE = `${ROLE}-dns`
const OTHER_ACCOUNT = 'billing@acme-prod.iam.gserviceaccount.com'
let system: System
let clouds: AzureAndGoogle

beforeAll(async () => {
  const trusted = subject('dev', 'update')
  system = await startSystem({
    accounts: (issuerUrl) => [accountTrusting(issuerUrl, { subjects: [trusted], roles: [ROLE, DNS_ROLE] })],
    moreClouds: async (issuerUrl) => {
      clouds = await startAzureAndGoogle({
        issuerUrl,
        subject: trusted,
        providers: {
          conditional: { attributeCondition: 'assertion.operation == "preview"' },
          audience: { oidc: { issuerUri: issuerUrl, allowedAudiences: ['Main'] } },
          elsewhere: { oidc: { issuerUri: `${issuerUrl}/`, allowedAudiences: ['main'] } },
        },
        serviceAccounts: [OTHER_ACCOUNT],
      })
      return clouds
    },
    program: join(import.meta.dirname, 'fixtures/asks-the-clouds'),
  })
  for (const stack of ['dev', 'prod']) await system.addStack(stack)
})
afterAll(() => system?.stop())

const AWS = { roleArn: ROLE, sessionName: '${project.name}-${stack.name}' }

function deploy(stack: string, oidc: object, context: object = {}): Promise<Ended> {
  return system.deploy(stack, {
    operation: 'update',
    inheritSettings: false,
    sourceContext: { git: { repoUrl: system.repoUrl, branch: 'main' } },
    operationContext: { oidc, ...context },
  })
}

test('AWS, Azure and Google Cloud in one deployment, and further identities of each: all say who they are, and nothing of it is kept', async () => {
  const identity = await system.server.call('PUT', '/api/daypass/stacks/main/shop/dev/identity', {
    named: {
      dns: { aws: { roleArn: DNS_ROLE, sessionName: 'dns' } },
      'log-archive': {
        azure: azureBlock({ clientId: ARCHIVE_CLIENT }),
        gcp: gcpBlock({ serviceAccount: ARCHIVE_ACCOUNT }),
      },
    },
  })
  expect(identity.status, JSON.stringify(identity.body)).toBe(200)
  // The sandbox has no npm configuration of this machine's user; the registry is where this machine has it.
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim()
  const ended = await deploy(
    'dev',
    { aws: AWS, azure: azureBlock(), gcp: gcpBlock({ region: 'europe-west1', tokenLifetime: '20m' }) },
    {
      environmentVariables: {
        AWS_REGION: 'eu-west-1',
        AWS_ENDPOINT_URL_STS: system.aws.url,
        LOCAL_AZURE: clouds.azureUrl,
        LOCAL_GOOGLE: clouds.googleUrl,
        // Otherwise the library asks Google for the project's id.
        GOOGLE_CLOUD_PROJECT: 'acme-prod',
        npm_config_registry: registry,
      },
      preRunCommands: [
        'env | grep -oE "^(ARM|AZURE|GOOGLE|CLOUDSDK)_[A-Z_]+=" | sort | tr "\\n" " "; echo $GOOGLE_REGION; cat /mnt/pulumi/google-credentials.json',
      ],
    },
  )
  expect(ended.status, ended.log).toBe('succeeded')
  expect(ended.log).toContain(
    'ARM_CLIENT_ID= ARM_OIDC_AUDIENCE= ARM_OIDC_REQUEST_TOKEN= ARM_OIDC_REQUEST_URL= ARM_OIDC_TOKEN_FILE_PATH= ARM_SUBSCRIPTION_ID= ARM_TENANT_ID= ARM_USE_OIDC= AZURE_AUTHORITY_HOST= AZURE_CLIENT_ID= AZURE_FEDERATED_TOKEN_FILE= AZURE_SUBSCRIPTION_ID= AZURE_TENANT_ID= CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE= GOOGLE_APPLICATION_CREDENTIALS= GOOGLE_CLOUD_PROJECT= GOOGLE_CREDENTIALS= GOOGLE_REGION= europe-west1',
  )
  expect(ended.log).toContain('"service_account_impersonation":{"token_lifetime_seconds":1200}')

  const { body } = await system.server.call('GET', '/api/stacks/main/shop/dev/export')
  const stack = body.deployment.resources.find(
    (resource: { type: string }) => resource.type === 'pulumi:pulumi:Stack',
  )
  expect(stack.outputs).toEqual({
    aws: 'arn:aws:sts::123456789012:assumed-role/shop/shop-dev',
    azure: { application: CLIENT, tenant: TENANT, subscription: `/subscriptions/${SUBSCRIPTION}` },
    google: SERVICE_ACCOUNT,
    dns: 'arn:aws:sts::123456789012:assumed-role/shop-dns/dns',
    archive: {
      azure: { application: ARCHIVE_CLIENT, tenant: TENANT, subscription: `/subscriptions/${SUBSCRIPTION}` },
      google: ARCHIVE_ACCOUNT,
    },
  })
  expect(ended.log).toMatch(/^dns: Role .*role\/shop-dns, session name dns/m)

  // Access tokens of the local clouds begin alike, and so does every token of ours.
  const secrets = [
    { name: 'an access token of Azure', value: 'eyJlocal.' },
    { name: 'a federated token of Google', value: 'ya29.d.' },
    { name: 'an access token of Google', value: 'ya29.c.' },
    { name: 'a token of ours', value: '.eyJpc3MiOi' },
  ]
  const places = async function* () {
    yield* tablesOf({ query: (text) => system.database.db.query(text) })
    yield* filesBelow(system.server.dataFolder)
    yield { name: 'the runner', bytes: Buffer.from(system.runner.log()) }
  }
  const found = await searchForSecrets(secrets, [SERVICE_ACCOUNT, CLIENT], places())
  expect(found).toMatchObject({ findings: [], missingMarkers: [] })
}, 180_000)

function expectRefusal(ended: Ended, code: string, ...sentences: RegExp[]): void {
  expect(ended.status, ended.log).toBe('failed')
  expect(ended.failure?.code).toBe(code)
  expect(ended.steps).toEqual(['Setup', 'Fetch credentials via OIDC'])
  for (const sentence of sentences) expect(ended.log).toMatch(sentence)
}

test('Azure: a subject that no credential has', async () => {
  expectRefusal(
    await deploy('prod', { azure: azureBlock() }),
    'azure_refused',
    /"shop-dev" trusts stack "dev", but this deployment is of stack "prod"/,
    /What to change: .*stack:prod/,
  )
})

test.each([
  ['a tenant that is not there', { tenantId: SUBSCRIPTION }, /There is no tenant/],
  ['an application that is not there', { clientId: SUBSCRIPTION }, /has no application with the client id/],
])('Azure: %s', async (_, change, sentence) => {
  expectRefusal(await deploy('dev', { azure: azureBlock(change) }), 'azure_refused', sentence)
})

test.each([
  [
    'an attribute condition that does not hold',
    'dev',
    { providerId: 'conditional' },
    /condition .*does not hold for this token/,
  ],
  ['an audience in another case', 'dev', { providerId: 'audience' }, /Google compares case too/],
  ['an issuer with a slash too many', 'dev', { providerId: 'elsewhere' }, /has a trailing slash too many/],
  [
    'a project id in place of its number',
    'dev',
    { projectId: 'acme-prod' },
    /is the id of a project, where its number is needed/,
  ],
  [
    'a service account that nobody is bound to',
    'dev',
    { serviceAccount: OTHER_ACCOUNT },
    /add-iam-policy-binding billing@/,
  ],
  [
    'a subject that the service account has no member for',
    'prod',
    {},
    new RegExp(`principal://iam.googleapis.com/${POOL}/subject/`),
  ],
  [
    'a lifetime that the service account does not give',
    'dev',
    { tokenLifetime: '2h' },
    /no session as long as the stack asks for/,
  ],
])('Google Cloud: %s', async (_, stack, change, sentence) => {
  expectRefusal(
    await deploy(stack, { gcp: gcpBlock(change) }),
    'google_refused',
    sentence,
    /What to change: /,
  )
})

test('several clouds that refuse are all explained', async () => {
  const ended = await deploy('prod', { aws: AWS, azure: azureBlock(), gcp: gcpBlock() })
  expectRefusal(ended, 'aws_refused', /\[subject_stack_differs\]/)
  for (const cloud of [/trust polic|statement/i, /credential "shop-dev"/, /add-iam-policy-binding/]) {
    expect(ended.failure?.message).toMatch(cloud)
  }
})

test('a further identity that is refused says which one it is', async () => {
  await system.server.call('PUT', '/api/daypass/stacks/main/shop/prod/identity', {
    named: { dns: { aws: { roleArn: DNS_ROLE, sessionName: 'dns' } } },
  })
  expectRefusal(await deploy('prod', {}), 'aws_refused', /^dns: The role trusts stack "dev"/m)
  await system.server.call('PUT', '/api/daypass/stacks/main/shop/prod/identity', {})
})

test('credentials of one’s own are not mixed with ours', async () => {
  const ended = await deploy(
    'dev',
    { azure: azureBlock(), gcp: gcpBlock() },
    {
      environmentVariables: { ARM_CLIENT_ID: 'mine', GOOGLE_CREDENTIALS: 'mine' },
      options: { skipInstallDependencies: true },
      preRunCommands: [
        'env | grep -oE "^(ARM|AZURE|GOOGLE|CLOUDSDK)_[A-Z_]+=" | sort | tr "\\n" " "; exit 1',
      ],
    },
  )
  expect(ended.log).toContain('\nARM_CLIENT_ID= GOOGLE_CREDENTIALS= ')
})
