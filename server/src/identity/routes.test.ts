import { SESSION_TAGS } from '@daypass/contract/identity.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, type World } from '../../../test/harness/world.ts'

const OF_ORGANIZATION = '/api/daypass/orgs/acme/audiences'
const OF_STACK = '/api/daypass/stacks/acme/web/dev/identity'
const VAULT = 'https://vault.example.com'
let world: World

beforeAll(async () => {
  world = await createWorld()
  // Of both organizations, so that a stack can go from one to the other.
  await world.database.db.query(
    "insert into members (organization_id, user_id, role) values ($1, $2, 'admin')",
    [world.organizationIds.other, world.userIds.admin],
  )
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.database.db.query('delete from stacks')
  await world.database.db.query('delete from organization_audiences')
  await world.database.db.query('delete from audit_log')
  await world.addStack('dev')
})

const put = (path: string, audiences: unknown, token?: string) =>
  world.call('PUT', path, { body: { audiences }, ...(token !== undefined && { token }) })
const get = async (path: string, token?: string) =>
  (await world.call('GET', path, token === undefined ? {} : { token })).body.audiences
const audited = async () =>
  (
    await world.database.db.query<{ action: string; details: object }>(
      'select action, details from audit_log order by seq',
    )
  ).rows

test('an organization allows an audience, and a stack is given it; each change is in the audit once', async () => {
  expect(await put(OF_STACK, [VAULT])).toMatchObject({
    status: 400,
    body: { reason: 'audience_not_allowed' },
  })
  expect(await put(OF_ORGANIZATION, ['sts', VAULT, VAULT])).toMatchObject({
    status: 200,
    body: { audiences: [VAULT, 'sts'] },
  })
  expect((await put(OF_STACK, [VAULT])).body).toEqual({
    audiences: [VAULT],
    operations: {},
    named: {},
    readOnlyPreviews: false,
    subjectForm: 'pulumi',
    sessionTags: [],
    renew: true,
  })
  await put(OF_STACK, [VAULT])
  expect(await get(OF_STACK)).toEqual([VAULT])
  expect(await audited()).toEqual([
    { action: 'organization_audiences.changed', details: { added: ['sts', VAULT], removed: [] } },
    { action: 'stack_identity.changed', details: { added: [VAULT], removed: [], changed: [] } },
  ])
})

test('what the organization takes back is gone from its stacks, and what it leaves stays', async () => {
  await put(OF_ORGANIZATION, ['sts', VAULT])
  await put(OF_STACK, ['sts', VAULT])
  await put(OF_ORGANIZATION, ['sts'])
  expect(await get(OF_STACK)).toEqual(['sts'])
  await put(OF_STACK, [])
  expect(await get(OF_STACK)).toEqual([])
  expect(await get(OF_ORGANIZATION)).toEqual(['sts'])
})

test('members read; organization admins decide, and stack admins where the organization lets them', async () => {
  const { member } = world.tokens
  await put(OF_ORGANIZATION, [VAULT])
  expect(await get(OF_ORGANIZATION, member)).toEqual([VAULT])
  expect((await put(OF_ORGANIZATION, [], member)).body.reason).toBe('organization_admin_only')
  expect(await put(OF_STACK, [VAULT], member)).toMatchObject({
    status: 403,
    body: { reason: 'oidc_admin_only', message: expect.stringContaining('Only an organization admin may') },
  })
  await world.database.db.query(
    'insert into stack_collaborators (organization_id, user_id, stack_id, permission) select organization_id, $1, id, 103 from stacks',
    [world.userIds.member],
  )
  await world.call('PUT', '/api/daypass/orgs/acme/oidc-settings-rule', {
    body: { changedBy: 'stack-admins' },
  })
  expect((await put(OF_STACK, [VAULT], member)).status).toBe(200)
  await world.call('PUT', '/api/daypass/orgs/acme/oidc-settings-rule', {
    body: { changedBy: 'organization-admins' },
  })
})

test('another organization sees neither', async () => {
  const { stranger } = world.tokens
  for (const path of [OF_ORGANIZATION, OF_STACK]) {
    expect((await world.call('GET', path, { token: stranger })).status).toBe(404)
    expect((await put(path, [], stranger)).status).toBe(404)
  }
})

test.each([[['a b']], [['a\u200bb']], [['']], ['sts'], [[7]], [['x'.repeat(601)]]])(
  '%j is no list of audiences',
  async (audiences) => {
    expect((await put(OF_ORGANIZATION, audiences)).status).toBe(400)
    expect(await get(OF_ORGANIZATION)).toEqual([])
  },
)

test('a stack that goes to another organization leaves its audiences behind, and only admins rename it before', async () => {
  await put(OF_ORGANIZATION, [VAULT])
  await put(OF_STACK, [VAULT])
  const rename = (token: string) =>
    world.call('POST', '/api/stacks/acme/web/dev/rename', { body: { newName: 'prod' }, token })
  await world.database.db.query(
    'insert into stack_collaborators (organization_id, user_id, stack_id, permission) select organization_id, $1, id, 103 from stacks',
    [world.userIds.member],
  )
  expect((await rename(world.tokens.member)).status).toBe(403)
  const moved = await world.call('POST', '/api/stacks/acme/web/dev/transfer', { body: { toOrg: 'other' } })
  expect(moved.status, JSON.stringify(moved.body)).toBeLessThan(300)
  expect(await get('/api/daypass/stacks/other/web/dev/identity', world.tokens.stranger)).toEqual([])
})

const WRITER = { roleArn: 'arn:aws:iam::123456789012:role/writer', sessionName: 'daypass' }
const READER = { roleArn: 'arn:aws:iam::123456789012:role/reader', sessionName: 'daypass' }
const AZURE = { clientId: 'c', tenantId: 't' }
const GOOGLE = {
  projectId: '1',
  workloadPoolId: 'w',
  providerId: 'p',
  serviceAccount: 'shop@acme.iam.gserviceaccount.com',
}
const settings = (oidc: object) =>
  world.call('PUT', '/api/stacks/acme/web/dev/deployments/settings', { body: { operationContext: { oidc } } })
const identity = (body: object) => world.call('PUT', OF_STACK, { body })

test('an operation may act as somebody else; what is put is answered, and what is left out is gone', async () => {
  const operations = { preview: { aws: READER }, destroy: { azure: AZURE } }
  const named = { dns: { aws: READER }, 'log-archive': { azure: AZURE } }
  expect((await identity({ operations, named, readOnlyPreviews: false })).body).toEqual({
    audiences: [],
    operations,
    named,
    readOnlyPreviews: false,
    subjectForm: 'pulumi',
    sessionTags: [],
    renew: true,
  })
  expect((await identity({})).body.operations).toEqual({})
  const changed = ['operations.preview', 'operations.destroy', 'named.dns', 'named.log-archive']
  expect((await audited()).map(({ details }) => details)).toEqual([
    { added: [], removed: [], changed },
    { added: [], removed: [], changed },
  ])
  const { rows } = await world.database.db.query('select * from stack_identities')
  expect(rows).toEqual([])
})

test('session tags: all that there are, or some, in the audit, and only where a list of them was given', async () => {
  expect((await identity({ sessionTags: true })).body.sessionTags).toEqual(SESSION_TAGS)
  expect((await identity({ sessionTags: ['stack', 'org', 'stack'] })).body.sessionTags).toEqual([
    'org',
    'stack',
  ])
  expect((await identity({ sessionTags: ['stack'] })).body.sessionTags).toEqual(['stack'])
  expect((await identity({ sessionTags: false })).body.sessionTags).toEqual([])
  expect((await identity({ sessionTags: ['colour'] })).status).toBe(400)
  expect((await audited()).map(({ details }) => details)).toMatchObject([
    { changed: ['sessionTags'], sessionTags: SESSION_TAGS },
    { changed: ['sessionTags'], sessionTags: ['org', 'stack'] },
    { changed: ['sessionTags'], sessionTags: ['stack'] },
    { changed: ['sessionTags'], sessionTags: [] },
  ])
})

test.each([
  [{ operations: { up: { aws: READER } } }, /"operations.up"/],
  [{ operations: { preview: { aws: { roleArn: READER.roleArn } } } }, /sessionName/],
  [
    { operations: { preview: { aws: { ...READER, roleArn: 'reader' } } } },
    /operations.preview.aws.roleArn must be/,
  ],
  [{ operations: { preview: { azure: { clientId: 'c' } } } }, /operations.preview.azure.tenantId is missing/],
  [{ operations: { preview: { aws: { ...READER, colour: 'red' } } } }, /colour/],
  [{ colour: 'red' }, /colour/],
  [{ named: { DNS: { aws: READER } } }, /named/],
  [{ named: { dns: { aws: { ...READER, roleArn: 'x' } } } }, /named.dns.aws.roleArn must be/],
  [
    { readOnlyPreviews: true, operations: { preview: { aws: READER } }, named: { dns: { azure: AZURE } } },
    /acts at Azure too, .*name its identity for previews in operations.preview.azure/,
  ],
  [{ readOnlyPreviews: true }, /needs an identity for previews/],
  [
    { readOnlyPreviews: true, operations: { preview: { azure: AZURE }, update: { gcp: GOOGLE } } },
    /acts at Google Cloud too/,
  ],
  [
    { readOnlyPreviews: true, operations: { preview: { azure: AZURE }, update: { azure: AZURE } } },
    /name one for previews that can only read/,
  ],
  [
    { readOnlyPreviews: true, operations: { preview: { gcp: GOOGLE } }, named: { other: { gcp: GOOGLE } } },
    /act as "shop@/,
  ],
  [
    {
      readOnlyPreviews: true,
      operations: { preview: { aws: { ...READER, policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] } } },
    },
    /policyArns must be left out/,
  ],
])('%j is refused with a sentence', async (body, sentence) => {
  const answer = await identity(body)
  expect(answer.status).toBe(400)
  expect(answer.body.message).toMatch(sentence)
  expect((await world.call('GET', OF_STACK)).body.operations).toEqual({})
})

const LINK = { roleArn: 'arn:aws:iam::210987654321:role/dns', externalId: 'shop-1' }

test('an identity may go from role to role, which Pulumi’s settings may not', async () => {
  const named = { dns: { aws: { ...READER, duration: '1h', chain: [LINK] } } }
  expect((await identity({ named })).body.named).toEqual(named)
  const { body } = await settings({ aws: { ...WRITER, chain: [LINK] } })
  expect(body.message).toMatch(/chain" is not a known field/)
  for (const [aws, sentence] of [
    [{ duration: '2h', chain: [LINK] }, /duration must be 1h0m0s at most/],
    [{ chain: [{ externalId: 'shop-1' }] }, /lacks "named.dns.aws.chain.0.roleArn"/],
    [
      { chain: [{ ...LINK, roleArn: LINK.roleArn.replace('aws', 'aws-cn') }] },
      /must be of the partition aws/,
    ],
    [{ chain: [{ ...LINK, externalId: 'a b' }] }, /externalId must have/],
    [{ chain: Array.from({ length: 6 }, () => LINK) }, /at most 5|fewer than 5|5 items/],
  ] as const) {
    expect((await identity({ named: { dns: { aws: { ...READER, ...aws } } } })).body.message).toMatch(
      sentence,
    )
  }
})

test('read-only previews are refused while another cloud or an audience shares their token', async () => {
  const body = { readOnlyPreviews: true, operations: { preview: { aws: READER } } }
  await settings({ aws: WRITER, azure: AZURE })
  expect((await identity(body)).body.reason).toBe('audience_shared')
  await settings({ aws: WRITER })
  await put(OF_ORGANIZATION, ['acme'])
  expect((await identity({ ...body, audiences: ['acme'] })).body.reason).toBe('audience_shared')
  expect((await identity(body)).status).toBe(200)
  await settings({ aws: WRITER, azure: AZURE })
  const readers = { aws: READER, azure: { ...AZURE, clientId: AZURE.tenantId } }
  expect(
    (await identity({ ...body, operations: { preview: { ...readers, azure: AZURE } } })).body.reason,
  ).toBe('preview_identity_writes')
  expect((await identity({ ...body, operations: { preview: readers } })).status).toBe(200)
})

test('the form of the subjects is an admin’s choice, stands in the audit, and is what the clouds must trust', async () => {
  await settings({ azure: AZURE })
  expect(
    (await world.call('PUT', OF_STACK, { body: { subjectForm: 'class' }, token: world.tokens.member }))
      .status,
  ).toBe(403)
  expect((await identity({ subjectForm: 'short' })).status).toBe(400)
  expect((await identity({ subjectForm: 'class' })).body.subjectForm).toBe('class')
  expect((await audited()).at(-1)?.details).toEqual({
    added: [],
    removed: [],
    changed: ['subjectForm'],
    subjectForm: 'class',
  })
  const { body } = await world.call('GET', '/api/daypass/stacks/acme/web/dev/trust')
  expect(body.subjects).toContainEqual({
    operation: 'preview',
    subject: 'pulumi:deploy:org:acme:project:web:stack:dev:access:read',
  })
  expect((await identity({})).body.subjectForm).toBe('pulumi')
})

test('the id of a stack that was trusted in one organization is not trusted in another', async () => {
  expect((await identity({ subjectForm: 'compact' })).status).toBe(200)
  const moved = await world.call('POST', '/api/stacks/acme/web/dev/transfer', { body: { toOrg: 'other' } })
  expect(moved.status, JSON.stringify(moved.body)).toBeLessThan(300)
  const there = '/api/daypass/stacks/other/web/dev/identity'
  const as = (subjectForm: string) =>
    world.call('PUT', there, { body: { subjectForm }, token: world.tokens.stranger })
  expect((await world.call('GET', there, { token: world.tokens.stranger })).body.subjectForm).toBe('pulumi')
  expect(await as('compact')).toMatchObject({ status: 409, body: { reason: 'compact_subject_elsewhere' } })
  expect((await as('class')).status).toBe(200)
})
