/** Tokens that act for an organization or a team: made, used, shown and ended over the routes. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createWorld, type World } from '../../../test/harness/world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
  await world.addStack('prod')
})
afterEach(() => world.close())

const S = '/api/stacks/acme/web/prod'
const TOKENS = '/api/orgs/acme/tokens'
const DAY = 86_400
const inDays = (days: number): number => Math.floor(Date.now() / 1000) + days * DAY

async function made(path: string, body: object): Promise<{ id: string; token: string }> {
  const answer = await world.call('POST', path, { body: { description: '', expires: 0, ...body } })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return { id: answer.body.id, token: answer.body.tokenValue }
}

test('an organization token is a member of the organization, or its admin, and no person', async () => {
  const { id, token } = await made(TOKENS, { name: 'ci' })
  expect((await world.call('GET', '/api/user', { token })).body).toMatchObject({
    githubLogin: 'acme',
    organizations: [{ name: 'acme', role: 'member' }],
    siteAdmin: false,
    tokenInfo: { name: 'ci', organization: 'acme', team: '' },
  })
  expect((await world.call('PATCH', `${S}/tags`, { token, body: { a: 'b' } })).status).toBe(204)
  expect((await world.call('GET', TOKENS, { token })).status).toBe(403)
  const admin = await made(TOKENS, { name: 'root', admin: true })
  const listed = await world.call('GET', TOKENS, { token: admin.token })
  expect(listed.body.tokens).toMatchObject([
    { name: 'root', admin: true, createdBy: 'admin', type: 'organization', expires: 0 },
    { id, name: 'ci', admin: false, type: 'organization' },
  ])
  for (const method of ['POST', 'GET'] as const) {
    const body = { ...(method === 'POST' && { body: { description: '' } }) }
    const refused = await world.call(method, '/api/user/tokens', { token: admin.token, ...body })
    expect(refused).toMatchObject({ status: 403, body: { reason: 'person_only' } })
  }
  expect((await world.call('GET', '/api/orgs/acme/members')).body.members).toHaveLength(2)
  expect((await world.call('DELETE', '/api/orgs/acme/members/token:acme%2Fci')).status).toBe(404)
})

test('what it did stands under its name, also after its end; no other token gets the name', async () => {
  const { id, token } = await made(TOKENS, { name: 'ci' })
  await world.call('POST', '/api/stacks/acme/web', { token, body: { stackName: 'made' } })
  expect((await world.call('DELETE', `${TOKENS}/${id}`)).status).toBe(204)
  expect((await world.call('GET', '/api/user', { token })).status).toBe(401)
  expect((await world.call('DELETE', `${TOKENS}/${id}`)).status).toBe(404)
  expect((await world.call('GET', TOKENS)).body.tokens).toEqual([])
  const again = await world.call('POST', TOKENS, { body: { name: 'ci', description: '' } })
  expect(again).toMatchObject({ status: 409, body: { reason: 'token_exists' } })
  const { rows } = await world.db.query("select actor, target from audit_log where action = 'stack.created'")
  expect(rows).toEqual([{ actor: 'token:acme/ci', target: 'acme/web/made' }])
  const text = JSON.stringify((await world.db.query('select * from audit_log')).rows)
  expect(text).not.toContain(token)
})

test('a team token has what its team was given, and ends with the team', async () => {
  const team = '/api/orgs/acme/teams/ops'
  await world.call('POST', '/api/orgs/acme/teams/pulumi', { body: { name: 'ops' } })
  const { token } = await made(`${team}/tokens`, { name: 'deploy' })
  expect((await world.call('GET', '/api/user', { token })).body).toMatchObject({
    githubLogin: 'acme',
    tokenInfo: { name: 'deploy', organization: 'acme', team: 'ops' },
  })
  // Not what every member may.
  expect((await world.call('GET', S, { token })).status).toBe(404)
  // What it makes, its team administers, whoever of the team asks.
  expect((await world.call('POST', '/api/stacks/acme/web', { token, body: { stackName: 'x' } })).status).toBe(
    200,
  )
  const second = await made(`${team}/tokens`, { name: 'second' })
  expect((await world.call('DELETE', '/api/stacks/acme/web/x', { token: second.token })).status).toBe(204)
  const addStackPermission = { projectName: 'web', stackName: 'prod', permission: 102 }
  await world.call('PATCH', team, { body: { addStackPermission } })
  expect((await world.call('GET', S, { token })).status).toBe(200)
  expect((await world.call('DELETE', S, { token })).status).toBe(403)
  expect((await world.call('GET', team)).body.members).toMatchObject([{ githubLogin: 'admin' }])
  const listed = await world.call('GET', `${team}/tokens`)
  expect(listed.body.tokens).toMatchObject([{ name: 'second' }, { name: 'deploy', type: 'team' }])
  expect((await world.call('GET', TOKENS)).body.tokens).toEqual([])
  expect((await world.call('GET', `${team}/tokens`, { token: world.tokens.member })).status).toBe(403)
  expect((await world.call('POST', TOKENS, { body: { name: 'deploy', description: '' } })).status).toBe(409)
  await world.call('DELETE', team)
  expect((await world.call('GET', '/api/user', { token })).status).toBe(401)
})

test('tokens end two years ahead at the latest, and sooner where an organization wants it', async () => {
  const create = async (path: string, expires: number, token = world.tokens.admin) => {
    const body = { description: '', expires, ...(path === TOKENS && { name: `t${expires}` }) }
    return (await world.call('POST', path, { body, token })).status
  }
  for (const path of [TOKENS, '/api/user/tokens']) {
    expect(await create(path, inDays(-1))).toBe(400)
    expect(await create(path, inDays(729))).toBe(200)
    expect(await create(path, inDays(731))).toBe(400)
  }
  await world.call('PATCH', '/api/orgs/acme', { body: { setMaxAccessTokenExpiryDays: 7 } })
  for (const path of [TOKENS, '/api/user/tokens']) {
    expect(await create(path, inDays(6))).toBe(200)
    expect(await create(path, inDays(8))).toBe(400)
    expect(await create(path, 0)).toBe(400)
  }
  expect(await create('/api/user/tokens', 0, world.tokens.stranger)).toBe(200)
  // A login in the browser, and an invitation, ask for no time: they get what is allowed.
  const login = await world.app.inject({
    method: 'POST',
    url: '/cli-login',
    headers: { origin: 'http://127.0.0.1:8080', 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({
      accessToken: world.tokens.member,
      cliSessionPort: '40000',
      cliSessionNonce: '0'.repeat(64),
      cliSessionDescription: 'cli',
    }).toString(),
  })
  expect(login.statusCode).toBe(303)
  const invited = await world.call('POST', '/api/daypass/orgs/acme/invitations', { body: { login: 'carol' } })
  await world.app.inject({
    method: 'POST',
    url: '/invitation',
    headers: { origin: 'http://127.0.0.1:8080', 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URL(invited.body.url).search.slice(1),
  })
  const { rows } = await world.db.query<{ expires_at: Date }>(
    "select expires_at from access_tokens where description in ('cli', 'Made when the invitation was accepted')",
  )
  expect(rows).toHaveLength(2)
  for (const { expires_at: end } of rows) expect(Math.round(end.getTime() / 1000)).toBeCloseTo(inDays(7), -2)
})

test('nothing of another organization is there', async () => {
  const { id } = await made(TOKENS, { name: 'ci' })
  const { stranger: token } = world.tokens
  for (const [method, path, body] of [
    ['GET', '', undefined],
    ['GET', '/metadata', undefined],
    ['GET', '/members', undefined],
    ['GET', '/teams', undefined],
    ['GET', '/tokens', undefined],
    ['PATCH', '', {}],
    ['POST', '/teams/pulumi', { name: 'ops' }],
    ['POST', '/tokens', { name: 'x', description: '' }],
    ['DELETE', `/tokens/${id}`, undefined],
    ['POST', '/members/stranger', { role: 'admin' }],
  ] as const) {
    const answer = await world.call(method, `/api/orgs/acme${path}`, { token, ...(body && { body }) })
    expect(answer, `${method} ${path}`).toMatchObject({
      status: 404,
      body: { reason: 'organization_not_found' },
    })
  }
})
