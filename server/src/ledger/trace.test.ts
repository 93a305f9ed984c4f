/** From what a cloud's log says to the deployment, by every form in which it may say it. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../../test/harness/world.ts'
import { insertMints } from '../issuer/record.sql.ts'

const COMMIT = '0123456789abcdef0123456789abcdef01234567'
const SUBJECT = 'pulumi:deploy:org:acme:project:web:stack:dev:operation:update:scope:write'
const PATH = '/api/daypass/orgs/acme/token-trace'

let world: World
let deploymentId: string
const jti = randomUUID()
const goneDeployment = randomUUID()

beforeAll(async () => {
  world = await createWorld()
  const stackId = await world.addStack('dev')
  const { body } = await world.call('POST', '/api/stacks/acme/web/dev/deployments', {
    body: {
      operation: 'update',
      sourceContext: { git: { repoUrl: 'https://git.example.com/shop.git', commit: COMMIT } },
      operationContext: {
        oidc: {
          aws: {
            roleARN: 'arn:aws:iam::123456789012:role/shop',
            sessionName: '${project.name}-${deployment.version}',
          },
        },
      },
    },
  })
  expect(body.id, JSON.stringify(body)).toBeTypeOf('string')
  deploymentId = body.id
  await mint({ jti, stackId, deploymentId })
  await mint({ jti: randomUUID(), stackId, deploymentId: goneDeployment })
  const other = { jti: randomUUID(), stackId: randomUUID(), deploymentId: randomUUID() }
  await mint({ ...other, organizationId: world.organizationIds.other })
})
afterAll(() => world.close())

async function mint(what: {
  jti: string
  stackId: string
  deploymentId: string
  organizationId?: string
  subject?: string
}): Promise<void> {
  const now = Math.floor(Date.now() / 1000)
  const record = {
    kid: 'k',
    organizationId: world.organizationIds.acme,
    subject: SUBJECT,
    audience: 'acme',
    purpose: 'exchange' as const,
    issuedAtSeconds: now,
    expiresAtSeconds: now + 300,
    ...what,
  }
  await insertMints(world.database.db, [record])
}

const trace = (of: string, more = '', token = world.tokens.admin) =>
  world.call('GET', `${PATH}?of=${encodeURIComponent(of)}${more}`, { token })
const found = async (of: string, more = '') =>
  (await trace(of, more)).body.deployments.map(({ id }: { id: string }) => id)

test('a token, its deployment and its AWS session all lead to the deployment, the commit and the person', async () => {
  const session = 'web-1'
  for (const of of [
    jti,
    jti.toUpperCase(),
    deploymentId,
    `daypass-${deploymentId}`,
    session,
    `arn:aws:sts::123456789012:assumed-role/shop/${session}`,
    `arn:aws-us-gov:sts::123456789012:assumed-role/path/shop/${session}`,
  ]) {
    const { status, body } = await trace(of)
    expect({ of, status, body }).toEqual({
      of,
      status: 200,
      body: {
        deployments: [
          {
            id: deploymentId,
            stack: 'acme/web/dev',
            operation: 'update',
            version: 1,
            requestedBy: 'admin',
            trigger: expect.any(String),
            createdAt: expect.any(String),
            repository: 'https://git.example.com/shop.git',
            commit: COMMIT,
            tokens: [expect.objectContaining({ id: jti, subject: SUBJECT, audience: 'acme' })],
          },
        ],
      },
    })
  }
})

test('so do the sessions of the identity by operation and of named ones', async () => {
  const aws = (name: string) => ({
    aws: { roleArn: 'arn:aws:iam::123456789012:role/x', sessionName: `${name}-\${deployment.version}` },
  })
  const body = {
    operations: { update: aws('writer'), preview: aws('reader') },
    named: { dns: aws('dns'), hub: aws('hub') },
  }
  const put = await world.call('PUT', '/api/daypass/stacks/acme/web/dev/identity', { body })
  expect(put.status, JSON.stringify(put.body)).toBe(200)
  for (const name of ['writer', 'dns', 'hub']) {
    expect(await found(`arn:aws:sts::210987654321:assumed-role/x/${name}-1`)).toEqual([deploymentId])
  }
  // Of another operation.
  expect(await found('reader-1')).toEqual([])
  await world.call('PUT', '/api/daypass/stacks/acme/web/dev/identity', { body: {} })
  expect(await found('dns-1')).toEqual([])
  expect(await found('web-1')).toEqual([deploymentId])
})

test('a subject leads to all of its deployments, also to one that retention took', async () => {
  expect(await found(SUBJECT)).toEqual([goneDeployment, deploymentId])
  const gone = (await trace(goneDeployment)).body.deployments[0]
  expect(gone).toMatchObject({ id: goneDeployment, stack: 'acme/web/dev', operation: 'update' })
  expect(gone).not.toHaveProperty('version')
})

test.each([
  ['class', 'pulumi:deploy:org:acme:project:web:stack:dev:access:write'],
  ['compact', 'dp1:01234567890123456789abcdef:update'],
])('a subject of the %s form leads to the stack and its operation', async (_, subject) => {
  const token = randomUUID()
  const { rows } = await world.database.db.query<{ id: string }>("select id from stacks where name = 'dev'")
  await mint({ jti: token, stackId: rows[0]?.id ?? '', deploymentId, subject })
  for (const of of [subject, token]) {
    const { body } = await trace(of)
    expect(body.deployments).toMatchObject([{ id: deploymentId, stack: 'acme/web/dev', operation: 'update' }])
  }
})

test('the time narrows it down to what a session could still have been', async () => {
  const at = (hours: number) => `&at=${new Date(Date.now() + hours * 3_600_000).toISOString()}`
  expect(await found(jti, at(0))).toEqual([deploymentId])
  expect(await found(jti, at(11))).toEqual([deploymentId])
  expect(await found(jti, at(13))).toEqual([])
  expect(await found(jti, at(-1))).toEqual([])
  expect((await trace(jti, '&at=2026-02-31T99:00:00Z')).status).toBe(400)
  expect((await trace(jti, '&at=yesterday')).status).toBe(400)
})

test('a name that fits none finds none', async () => {
  expect(await found('web-2')).toEqual([])
  expect(await found(randomUUID())).toEqual([])
})

test('only admins of the organization may, and nobody sees another one', async () => {
  expect((await trace(jti, '', world.tokens.member)).status).toBe(403)
  expect((await trace(jti, '', world.tokens.stranger)).status).toBe(404)
  const { body } = await world.call('GET', `/api/daypass/orgs/other/token-trace?of=${jti}`, {
    token: world.tokens.stranger,
  })
  expect(body.deployments ?? []).toEqual([])
})
