/** A stack under another name or in another organization, over HTTP: what follows it, and what is refused. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type StateClient, startStateClient } from './harness/state-client.ts'

let client: StateClient
/** `/api/stacks/main/p/s<n>`, new for each test. */
let S: string
/** `s<n>`. */
let name: string

beforeAll(async () => {
  client = await startStateClient()
})
afterAll(async () => {
  expect(await client.server.stop()).toBe(0)
})
beforeEach(async () => {
  S = await client.makeStack()
  name = S.split('/').at(-1) ?? ''
  await letMembers(102)
})

/** The organization's default permission on its stacks. */
async function letMembers(setDefaultStackPermission: 102 | 103): Promise<void> {
  const { status } = await client.call('PATCH', '/api/orgs/main', { setDefaultStackPermission })
  expect(status).toBe(200)
}

const stateOf = (project: string, stack: string) =>
  `{"version":3,"deployment":{"secrets_providers":{"type":"service","state":{"url":"http://elsewhere","owner":"main","project":"p","stack":"s"}},"resources":[{"urn":"urn:pulumi:${stack}::${project}::pulumi:pulumi:Stack::${project}-${stack}","n":1.0}]}}`

async function encrypted(at: string): Promise<string> {
  const plaintext = Buffer.from('correct horse').toString('base64')
  return (await client.call('POST', `${at}/encrypt`, { plaintext })).body.ciphertext
}

async function decrypts(at: string, ciphertext: string): Promise<boolean> {
  const { status, body } = await client.call('POST', `${at}/decrypt`, { ciphertext })
  return status === 200 && Buffer.from(body.plaintext, 'base64').toString() === 'correct horse'
}

/** An `oidc` block, as an organization admin saves it. */
async function giveIdentity(): Promise<void> {
  const oidc = { aws: { roleArn: 'arn:aws:iam::123456789012:role/r', sessionName: 'shop' } }
  const saved = await client.call('PUT', `${S}/deployments/settings`, { operationContext: { oidc } })
  expect(saved.status, JSON.stringify(saved.body)).toBe(200)
}

describe('rename', () => {
  test('the state, its secrets, the history and the tags follow; the old name is gone and retired', async () => {
    await client.importState(S, stateOf('p', name))
    await client.call('PATCH', `${S}/tags`, { 'pulumi:project': 'p', a: '1' })
    const ciphertext = await encrypted(S)
    const before = await client.text(`${S}/export`)

    const renamed = await client.call('POST', `${S}/rename`, { newName: `new-${name}`, newProject: 'q' })
    expect(renamed).toMatchObject({ status: 204, body: undefined })
    const N = `/api/stacks/main/q/new-${name}`
    expect((await client.call('GET', S)).status).toBe(404)
    expect((await client.call('GET', N)).body).toMatchObject({
      projectName: 'q',
      stackName: `new-${name}`,
      version: 2,
      tags: { 'pulumi:project': 'q', a: '1' },
    })
    const provider = (project: string, stack: string) =>
      `"owner":"main","project":"${project}","stack":"${stack}"`
    expect(await client.text(`${N}/export`)).toBe(
      before
        .replace(provider('p', name), provider('q', `new-${name}`))
        .replace(`urn:pulumi:${name}::p::`, `urn:pulumi:new-${name}::q::`)
        .replace(`::p-${name}"`, `::q-new-${name}"`),
    )
    expect(await decrypts(N, ciphertext)).toBe(true)
    const { updates } = (await client.call('GET', `${N}/updates`)).body
    expect(
      updates.map(({ kind, version, result }: Record<string, unknown>) => [kind, version, result]),
    ).toEqual([
      ['rename', 2, 'succeeded'],
      ['import', 1, 'succeeded'],
    ])
    expect(updates[0]).toMatchObject({ message: `Renamed from p/${name} to q/new-${name}`, resourceCount: 1 })
    // As it was: the state before, under its names.
    expect(await client.text(`${N}/export/1`)).toContain(`urn:pulumi:${name}::p::`)
    const { retiredNames } = (await client.call('GET', '/api/daypass/orgs/main/retired-names')).body
    expect(retiredNames).toContainEqual(expect.objectContaining({ project: 'p', name }))
    const { id, U, lease } = await client.openUpdate(N)
    expect((await client.leased('POST', `${U}/complete`, lease, '{"status":"succeeded"}')).status).toBe(204)
    expect((await client.call('GET', N)).body).toMatchObject({ version: 3, activeUpdate: id })
  })

  test('empty names are kept, and a stack without a state has nothing to edit', async () => {
    expect((await client.call('POST', `${S}/rename`, { newName: `${name}b`, newProject: '' })).status).toBe(
      204,
    )
    expect((await client.call('GET', `${S}b/export`)).body.version).toBe(3)
    expect((await client.call('GET', `${S}b/updates/latest`)).body.info.kind).toBe('rename')
  })

  test.each([
    [{ newName: 'a b' }, 400, 'invalid_request'],
    [{ newName: 'a', newProject: 'x/y' }, 400, 'invalid_request'],
    [{ newName: 'a', organization: 'other' }, 400, 'invalid_request'],
    [{ newName: '' }, 409, 'stack_exists'],
  ])('%j is refused', async (body, status, reason) => {
    const answer = await client.call('POST', `${S}/rename`, body)
    expect(answer).toMatchObject({ status, body: { code: status, reason } })
    expect((await client.call('GET', S)).status).toBe(200)
  })

  test('a taken name is refused in the words that the CLI looks for, also when two want it at once', async () => {
    const other = await client.makeStack()
    const taken = await client.call('POST', `${S}/rename`, { newName: other.split('/').at(-1) })
    expect(taken).toMatchObject({ status: 409, body: { reason: 'stack_exists' } })
    expect(taken.body.message).toContain('already exists')
    const wanted = { newName: `wanted-${name}` }
    const both = await Promise.all([S, other].map((at) => client.call('POST', `${at}/rename`, wanted)))
    expect(both.map(({ status }) => status).sort()).toEqual([204, 409])
  })

  test('nothing is renamed under a running update or deployment, nor by a job, nor by a stranger', async () => {
    const wanted = { newName: `${name}-new` }
    const { U, lease } = await client.openUpdate(S)
    const held = await client.call('POST', `${S}/rename`, wanted)
    expect(held).toMatchObject({ status: 409, body: { reason: 'update_in_progress' } })
    expect(held.body.message).toMatch(/^Conflict: Another update is currently in progress\. admin has held/)
    await client.leased('POST', `${U}/complete`, lease, '{"status":"succeeded"}')

    const job = await client.makeDeployment(S, 'update')
    const running = await client.call('POST', `${S}/rename`, wanted)
    expect(running).toMatchObject({ status: 409, body: { reason: 'deployment_running' } })
    expect((await client.call('POST', `${S}/rename`, wanted, job.token)).status).toBe(403)
    await client.endDeployment(job.id)
    expect((await client.call('POST', `${S}/rename`, wanted, await client.makeUser())).status).toBe(404)
    const writer = await client.call('POST', `${S}/rename`, wanted, await client.makeUser('member'))
    expect(writer).toMatchObject({ status: 403, body: { reason: 'stack_admin_only' } })
    await letMembers(103)
    expect((await client.call('POST', `${S}/rename`, wanted, await client.makeUser('member'))).status).toBe(
      204,
    )
  })

  test('who may not decide about cloud credentials may not rename what gets them', async () => {
    await giveIdentity()
    await letMembers(103)
    const wanted = { newName: `${name}-prod` }
    const refused = await client.call('POST', `${S}/rename`, wanted, await client.makeUser('member'))
    expect(refused).toMatchObject({ status: 403, body: { reason: 'oidc_admin_only' } })
    expect((await client.call('POST', `${S}/rename`, wanted)).status).toBe(204)
  })

  test('a lease that ran out does not keep the name', async () => {
    await client.openUpdate(S)
    await client.db.query("update updates set lease_until = now() where status = 'running'")
    expect((await client.call('POST', `${S}/rename`, { newName: `${name}-new` })).status).toBe(204)
    const { updates } = (await client.call('GET', `${S}-new/updates`)).body
    expect(updates.map(({ kind, result }: Record<string, unknown>) => [kind, result])).toEqual([
      ['rename', 'succeeded'],
      ['update', 'failed'],
    ])
  })

  test('a state that says a thing twice is left as it is', async () => {
    await client.importState(S, `{"version":3,"deployment":{"resources":[{"urn":"a","urn":"b"}]}}`)
    const answer = await client.call('POST', `${S}/rename`, { newName: `${name}-new` })
    expect(answer).toMatchObject({ status: 409, body: { reason: 'state_unreadable' } })
    expect((await client.call('GET', S)).body.version).toBe(1)
  })
})

describe('transfer', () => {
  let other: string
  beforeEach(async () => {
    other = `org-${randomUUID().slice(0, 8)}`
    expect((await client.call('POST', '/api/daypass/orgs', { name: other })).status).toBe(201)
  })

  test('the stack is in the other organization, with all that is its own', async () => {
    await client.importState(S, stateOf('p', name))
    const ciphertext = await encrypted(S)
    const job = await client.makeDeployment(S, 'update')
    await client.endDeployment(job.id)
    const moved = await client.call('POST', `${S}/transfer`, {
      toOrg: other,
      fromOrg: 'main',
      stackName: name,
    })
    expect(moved).toMatchObject({ status: 204, body: undefined })
    const T = `/api/stacks/${other}/p/${name}`
    expect((await client.call('GET', S)).status).toBe(404)
    expect((await client.call('GET', T)).body).toMatchObject({ orgName: other, version: 1 })
    expect(await client.text(`${T}/export`)).toContain(`"owner":"${other}"`)
    expect(await decrypts(T, ciphertext)).toBe(true)
    expect((await client.call('GET', `${T}/deployments/${job.id}`)).status).toBe(200)
    const ofOld = await client.call('GET', '/api/orgs/main/deployments')
    expect(ofOld.body.deployments.map(({ id }: { id: string }) => id)).not.toContain(job.id)
    const { retiredNames } = (await client.call('GET', '/api/daypass/orgs/main/retired-names')).body
    expect(retiredNames).toContainEqual(expect.objectContaining({ project: 'p', name }))
    const { rows } = await client.db.query<{ action: string }>(
      "select action from audit_log where action in ('stack.transferred', 'stack.received') order by seq desc limit 2",
    )
    expect(rows.map(({ action }) => action)).toEqual(['stack.received', 'stack.transferred'])
  })

  test('only an admin of both may, and nobody learns which organizations there are', async () => {
    await letMembers(103)
    const member = await client.makeUser('member')
    const unknown = await client.call('POST', `${S}/transfer`, { toOrg: `no-${other}` }, member)
    const hidden = await client.call('POST', `${S}/transfer`, { toOrg: other }, member)
    expect(hidden).toMatchObject({ status: 404, body: { reason: 'organization_not_found' } })
    expect(unknown.body.message).toBe(hidden.body.message.replace(other, `no-${other}`))
    const memberHere = await client.makeUser('member')
    await client.db.query(
      `insert into members (organization_id, user_id, role)
       select o.id, t.user_id, 'admin' from organizations o, access_tokens t where o.name = $1
        and t.token_hash = sha256($2::bytea)`,
      [other, memberHere],
    )
    const half = await client.call('POST', `${S}/transfer`, { toOrg: other }, memberHere)
    expect(half).toMatchObject({ status: 403, body: { reason: 'organization_admin_only' } })
  })

  test.each([
    [{}, 400],
    [{ toOrg: '' }, 400],
    [{ toOrg: 'main', stackName: 'another' }, 400],
    [{ toOrg: 'main' }, 409],
  ])('%j is refused', async (body, status) => {
    expect((await client.call('POST', `${S}/transfer`, body)).status).toBe(status)
  })

  test('it waits for what runs and what is queued', async () => {
    const { U, lease } = await client.openUpdate(S)
    const held = await client.call('POST', `${S}/transfer`, { toOrg: other })
    expect(held).toMatchObject({ status: 409, body: { reason: 'update_in_progress' } })
    await client.leased('POST', `${U}/complete`, lease, '{"status":"succeeded"}')
    const job = await client.makeDeployment(S, 'update')
    await client.db.query(
      "update deployments set status = 'waiting', lease_until = null, stack_token_hash = null where id = $1",
      [job.id],
    )
    const waits = await client.call('POST', `${S}/transfer`, { toOrg: other })
    expect(waits).toMatchObject({ status: 409, body: { reason: 'deployment_waiting' } })
    expect((await client.call('GET', S)).status).toBe(200)
  })
})
