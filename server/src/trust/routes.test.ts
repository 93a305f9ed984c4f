import { OPERATIONS } from '@daypass/trust/subject.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../../test/harness/world.ts'
import { createJudge } from './judge.ts'

const TRUST = '/api/daypass/stacks/acme/web/dev/trust'
const IDENTITY = '/api/daypass/stacks/acme/web/dev/identity'
const SUBJECT = 'pulumi:deploy:org:acme:project:web:stack:dev:operation:update:scope:write'
let world: World
let issuer: string

beforeAll(async () => {
  world = await createWorld()
  await world.addStack('dev')
  issuer = (await world.call('GET', TRUST)).body.issuer
})
afterAll(() => world.close())

async function save(oidc: object): Promise<void> {
  const path = '/api/stacks/acme/web/dev/deployments/settings'
  const saved = await world.call('PUT', path, { body: { operationContext: { oidc } } })
  expect(saved.status, JSON.stringify(saved.body)).toBe(200)
}

const explain = (documents: readonly unknown[], more: object = {}) =>
  world.call('POST', `${TRUST}/explain`, { body: { documents, ...more } })

const aws = { roleArn: 'arn:aws:iam::123456789012:role/deploy', sessionName: 'daypass' }

test('without settings there are the subjects, and no cloud', async () => {
  const { status, body } = await world.call('GET', TRUST)
  expect(status).toBe(200)
  expect(body).toEqual({
    issuer,
    audience: 'acme',
    subjects: expect.anything(),
    aws: [],
    azure: [],
    google: [],
  })
  expect(body.subjects).toHaveLength(6)
  expect(body.subjects).toContainEqual({ operation: 'update', subject: SUBJECT })
})

test('with session tags it says to allow sts:TagSession, and explains where that is not done', async () => {
  await save({ aws })
  const plain = (await world.call('GET', TRUST)).body.aws[0]
  const sessionTags = ['org', 'stack']
  await world.call('PUT', IDENTITY, { body: { sessionTags } })
  const tagged = (await world.call('GET', TRUST)).body.aws[0]
  expect([plain.sessionTags, tagged.sessionTags]).toEqual([[], sessionTags])
  expect((await explain([tagged.trustPolicy])).body.allowed).toBe(true)
  const { operations } = (await explain([plain.trustPolicy])).body
  expect(operations[0].explanations[0].code).toBe('action_tag_session_missing')
  await world.call('PUT', IDENTITY, { body: {} })
})

test('what it says to trust lets in every operation, at each cloud of the settings', async () => {
  const gcp = {
    projectId: '123456',
    workloadPoolId: 'daypass',
    providerId: 'issuer',
    serviceAccount: 'shop@acme.iam.gserviceaccount.com',
  }
  const id = '22222222-2222-4222-8222-222222222222'
  await save({ aws, azure: { clientId: id, tenantId: id, subscriptionId: id }, gcp })
  const { body } = await world.call('GET', TRUST)
  expect(body).toMatchObject({
    aws: [
      {
        roleArn: aws.roleArn,
        providerArn: expect.stringMatching(/^arn:aws:iam::123456789012:oidc-provider\//),
      },
    ],
    azure: [{ clientId: id, operations: OPERATIONS }],
    google: [{ serviceAccount: gcp.serviceAccount, operations: OPERATIONS }],
  })
  const asked = await explain([body.aws[0].trustPolicy])
  expect(asked.body).toMatchObject({ cloud: 'aws', allowed: true, issuer, audience: 'acme' })
  expect(asked.body.operations).toHaveLength(6)
  // The issuer of a test has http, and AWS, Azure and Google say so.
  expect(body.aws[0].problems.join(' ')).toMatch(/https/)
  expect(body.azure[0].problems.join(' ')).toMatch(/https/)
  expect(body.google[0].problems.join(' ')).toMatch(/https/)
})

test('an operation that acts as another role has a trust policy of its own', async () => {
  await save({ aws })
  const reader = { ...aws, roleArn: 'arn:aws:iam::123456789012:role/reader' }
  const identity = { operations: { preview: { aws: reader }, 'detect-drift': { aws: reader } } }
  const path = IDENTITY
  expect((await world.call('PUT', path, { body: identity })).status).toBe(200)
  const { body } = await world.call('GET', TRUST)
  expect(body.aws).toMatchObject([
    { roleArn: reader.roleArn, operations: ['preview', 'detect-drift'] },
    { roleArn: aws.roleArn, operations: ['update', 'refresh', 'destroy', 'remediate-drift'] },
  ])
  const refused = await explain([body.aws[1].trustPolicy], { operations: ['preview', 'update'] })
  expect(refused.body.operations).toMatchObject([{ allowed: false }, { allowed: true }])
  await world.call('PUT', path, { body: {} })
})

test('a refusal names the clause and the mend, and what is too wide is found', async () => {
  await save({ aws })
  const { body } = await world.call('GET', TRUST)
  const text = JSON.stringify(body.aws[0].trustPolicy)
  const policy = JSON.parse(text.replaceAll('stack:dev', 'stack:prod'))
  const refused = await explain([policy], { operations: ['update'] })
  expect(refused.body).toMatchObject({
    allowed: false,
    operations: [
      {
        operation: 'update',
        subject: SUBJECT,
        allowed: false,
        explanations: expect.arrayContaining([
          expect.objectContaining({ code: 'subject_stack_differs', clause: 'condition' }),
        ]),
      },
    ],
  })
  const [statement] = policy.Statement
  const { StringEquals: equals } = statement.Condition
  const [subjectKey = ''] = Object.keys(equals).filter((key) => key.endsWith(':sub'))
  const { [subjectKey]: _, ...audience } = equals
  statement.Condition = {
    StringEquals: audience,
    StringLike: { [subjectKey]: 'pulumi:deploy:org:acme:project:web*' },
  }
  const wide = await explain([policy])
  expect(wide.body.allowed).toBe(true)
  expect(wide.body.findings.map(({ code }: { code: string }) => code)).toContain('project_begins_alike')
})

test('the account is that of the saved role, and an unnamed policy of Google is that of the saved service account', async () => {
  await save({ aws: { ...aws, roleArn: 'arn:aws:iam::210987654321:role/deploy' } })
  const { body } = await world.call('GET', TRUST)
  const other = JSON.parse(JSON.stringify(body.aws[0].trustPolicy).replaceAll('210987654321', '123456789012'))
  const refused = await explain([other], { operations: ['update'] })
  expect(refused.body.operations[0].explanations[0].code).toBe('provider_other_account')
})

test.each([
  [['{'], 'document_malformed'],
  [[{ name: 'package' }], 'document_malformed'],
  [[{ Statement: [] }], 'document_malformed'],
  [[[], { bindings: [] }], 'documents_do_not_fit'],
  [[{ bindings: [] }], 'document_missing'],
])('%j is refused, and says why', async (documents, reason) => {
  expect(await explain(documents)).toMatchObject({ status: 400, body: { reason } })
})

test('a stranger is told of no stack, and a member who may read is answered', async () => {
  const { stranger, member } = world.tokens
  expect((await world.call('GET', TRUST, { token: stranger })).status).toBe(404)
  const asked = { body: { documents: [[]] } }
  expect((await world.call('POST', `${TRUST}/explain`, { ...asked, token: stranger })).status).toBe(404)
  expect((await world.call('POST', `${TRUST}/explain`, { ...asked, token: member })).status).toBe(200)
})

const costly = (condition: string) => ({
  provider: {
    name: 'projects/1/locations/global/workloadIdentityPools/pool/providers/issuer',
    oidc: { issuerUri: 'https://daypass.example.com/oidc', allowedAudiences: ['acme'] },
    attributeMapping: { 'google.subject': 'assertion.sub' },
    attributeCondition: condition,
  },
  serviceAccount: { email: 'a@b', policy: { bindings: [] } },
})

test('a condition that would keep the server busy for ever is ended, and only two are judged at once', async () => {
  const judge = createJudge({ longestMs: 1500 })
  const list = `[${Array.from({ length: 50 }, (_, at) => at).join(',')}]`
  const condition = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].reduce(
    (inner, name) => `${list}.all(${name}, ${inner})`,
    'true',
  )
  const question = {
    documents: [costly(condition)],
    issuerUrl: 'https://daypass.example.com/oidc',
    stack: { organization: 'acme', project: 'web', stack: 'dev' },
    sessionTags: [],
    account: undefined,
    serviceAccount: undefined,
  }
  const both = [judge(question), judge(question)]
  expect(await judge(question)).toMatchObject({ status: 429, reason: 'trust_busy' })
  expect(await Promise.all(both)).toMatchObject([
    { status: 400, reason: 'documents_too_costly' },
    { status: 400, reason: 'documents_too_costly' },
  ])
  // A busy machine may take those 1.5 seconds to start a thread.
  const cheap = { ...question, documents: [costly('assertion.stack == "dev"')] }
  await expect
    .poll(() => judge(cheap), { timeout: 15_000 })
    .toMatchObject({ cloud: 'google', allowed: false })
})
