// Other identities for previews, and previews that can only read: every text that the program can reach is played at three clouds.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  ARCHIVE_ACCOUNT,
  ARCHIVE_CLIENT,
  type AzureAndGoogle,
  azureBlock,
  CLIENT,
  gcpBlock,
  POOL,
  SERVICE_ACCOUNT,
  startAzureAndGoogle,
  TENANT,
} from './harness/azure-and-google.ts'
import { type System, startSystem } from './harness/system.ts'
import { accountTrusting, deploymentRequest, ROLE, subject } from './harness/trusting-role.ts'

const READER = `${ROLE}-reader`
const VAULT = 'https://vault.example.com'
const READS = ['preview', 'detect-drift']
let system: System
let clouds: AzureAndGoogle

beforeAll(async () => {
  system = await startSystem({
    accounts: (issuerUrl) => {
      // Careless on purpose, as at the other two clouds: the writer's role would take a preview's token.
      const writer = accountTrusting(issuerUrl, { subjects: [subject('dev', '*')] }) as Account
      const subjects = READS.map((operation) => subject('dev', operation))
      const reader = accountTrusting(issuerUrl, { subjects }) as Account
      return [
        { ...writer, roles: [...writer.roles, ...reader.roles.map((role) => ({ ...role, arn: READER }))] },
      ]
    },
    moreClouds: async (issuerUrl) => {
      const moreSubjects = READS.map((operation) => subject('dev', operation))
      clouds = await startAzureAndGoogle({ issuerUrl, subject: subject('dev', 'update'), moreSubjects })
      return clouds
    },
  })
  await system.addStack('dev')
  await put('/api/daypass/orgs/main/audiences', { audiences: [VAULT] })
})
afterAll(() => system?.stop())

interface Account {
  readonly roles: readonly object[]
}

async function put(path: string, body: object): Promise<void> {
  const answer = await system.server.call('PUT', path, body)
  if (answer.status !== 200) throw new Error(JSON.stringify(answer))
}
const identity = (body: object) => put('/api/daypass/stacks/main/shop/dev/identity', body)
const readers = () => ({
  aws: { roleArn: READER, sessionName: 'reader' },
  azure: azureBlock({ clientId: ARCHIVE_CLIENT }),
  gcp: gcpBlock({ serviceAccount: ARCHIVE_ACCOUNT }),
})

const PLAY = readFileSync(join(import.meta.dirname, 'fixtures/plays-tokens.mjs')).toString('base64')

async function deploy(operation: string): Promise<readonly string[]> {
  const writer = {
    role: ROLE,
    tenant: TENANT,
    client: CLIENT,
    account: SERVICE_ACCOUNT,
    provider: `//iam.googleapis.com/${POOL}/providers/issuer`,
    azureUrl: clouds.azureUrl,
    googleUrl: clouds.googleUrl,
    otherAudience: VAULT,
  }
  const request = deploymentRequest(
    { repoUrl: system.repoUrl, awsUrl: system.aws.url },
    {
      operation,
      context: {
        oidc: {
          aws: { roleArn: ROLE, sessionName: '${project.name}-${stack.name}' },
          azure: azureBlock(),
          gcp: gcpBlock(),
        },
        environmentVariables: {
          AWS_REGION: 'eu-west-1',
          AWS_ENDPOINT_URL_STS: system.aws.url,
          WRITER: JSON.stringify(writer),
        },
        preRunCommands: [
          `echo ${PLAY} | base64 -d > plays-tokens.mjs; NODE_TLS_REJECT_UNAUTHORIZED=0 node --no-warnings plays-tokens.mjs; node whoami.mjs > caller.txt; echo "WAS aws $(cat caller.txt)"`,
        ],
      },
    },
  )
  const ended = await system.deploy('dev', request)
  expect(ended.status, ended.log).toBe('succeeded')
  return [...ended.log.matchAll(/^(?:TAKEN|PLAYED|WAS) .*$/gm)].map(([line]) => line)
}

const AS_READER = 'WAS aws arn:aws:sts::123456789012:assumed-role/shop-reader/reader'
const AS_WRITER = 'WAS aws arn:aws:sts::123456789012:assumed-role/shop/shop-dev'
/** What a program that holds the deployment's own token can do with it. */
const TAKEN = [
  'PULUMI_OIDC_TOKEN',
  '/id-token value',
  '/id-token?audience=main value',
  '/id-token/azure value',
].flatMap((where) => ['aws', 'azure', 'google'].map((cloud) => `TAKEN ${where} by ${cloud}`))

test('a preview takes the identities that it was given, and a program could still play its token at careless ones', async () => {
  await identity({ operations: { preview: readers() }, audiences: [VAULT] })
  expect(await deploy('preview')).toEqual([...TAKEN, 'PLAYED many', AS_READER])
})

test('with readOnlyPreviews it holds none that a cloud takes, in a preview or a drift run; an update goes on as before', async () => {
  await identity({ operations: { preview: readers() }, audiences: [VAULT], readOnlyPreviews: true })
  for (const operation of READS) {
    expect(await deploy(operation)).toEqual([
      'PLAYED many',
      `WAS azure ${ARCHIVE_CLIENT}`,
      `WAS google ${ARCHIVE_ACCOUNT}`,
      AS_READER,
    ])
  }
  expect(await deploy('update')).toEqual([...TAKEN, 'PLAYED many', AS_WRITER])
}, 180_000)
