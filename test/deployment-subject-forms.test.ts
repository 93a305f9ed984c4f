// Deployments whose stacks have another form of subject: Azure trusts a class, Google Cloud the id of the stack.
import { subjectOf } from '@daypass/trust/subject.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { azureBlock, gcpBlock, startAzureAndGoogle } from './harness/azure-and-google.ts'
import { type Ended, type System, startSystem } from './harness/system.ts'

const CLASS = 'pulumi:deploy:org:main:project:shop:stack:dev:access:write'
const STACK_ID = 'b6f9ef92-5703-4a2a-8d7b-38fb35826610'
const names = { organization: 'main', project: 'shop', stack: 'long' }
const COMPACT = subjectOf({ ...names, operation: 'update', form: 'compact', stackUuid: STACK_ID })
let system: System

beforeAll(async () => {
  system = await startSystem({
    accounts: () => [],
    moreClouds: (issuerUrl) => startAzureAndGoogle({ issuerUrl, subject: CLASS, googleSubject: COMPACT }),
  })
  await system.addStack('dev')
  // The clouds are set up before there is a stack, so its id is chosen here.
  await system.database.db.query(
    `insert into stacks (id, organization_id, project, name, created_by)
     select $1, organization_id, project, 'long', created_by from stacks where name = 'dev'`,
    [STACK_ID],
  )
  await choose('dev', 'class')
  await choose('long', 'compact')
})
afterAll(() => system?.stop())

async function choose(stack: string, subjectForm: string): Promise<void> {
  const path = `/api/daypass/stacks/main/shop/${stack}/identity`
  const { status, body } = await system.server.call('PUT', path, { subjectForm })
  expect(status, JSON.stringify(body)).toBe(200)
}

/** Says the subject of the token that it was given. */
const SAY = `node -e '
  const [, claims] = process.env.PULUMI_OIDC_TOKEN.split(".")
  console.log("SUBJECT", JSON.parse(Buffer.from(claims, "base64url")).sub)'`

function deploy(stack: string, operation: string, oidc: object): Promise<Ended> {
  return system.deploy(stack, {
    operation,
    inheritSettings: false,
    sourceContext: { git: { repoUrl: system.repoUrl, branch: 'main' } },
    operationContext: { oidc, preRunCommands: [SAY, 'echo nobody > caller.txt'] },
  })
}

test('Azure lets in what may write by one credential, and explains why a preview is not', async () => {
  for (const operation of ['update', 'refresh']) {
    const ended = await deploy('dev', operation, { azure: azureBlock() })
    expect(ended.status, ended.log).toBe('succeeded')
    expect(ended.log).toContain(`SUBJECT ${CLASS}`)
  }
  const preview = await deploy('dev', 'preview', { azure: azureBlock() })
  expect(preview.failure?.code).toBe('azure_refused')
  expect(preview.log).toContain(CLASS.replace('write', 'read'))
}, 120_000)

test('Google Cloud lets in the id of the stack, and no other operation or stack', async () => {
  const ended = await deploy('long', 'update', { gcp: gcpBlock() })
  expect(ended.status, ended.log).toBe('succeeded')
  expect(ended.log).toContain(`SUBJECT ${COMPACT}`)
  for (const [stack, operation] of [
    ['long', 'preview'],
    ['dev', 'update'],
  ] as const) {
    expect((await deploy(stack, operation, { gcp: gcpBlock() })).failure?.code).toBe('google_refused')
  }
}, 120_000)
