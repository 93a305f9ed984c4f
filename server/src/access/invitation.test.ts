/** Invitations over the routes and pages: one use, a week, and only for as long as whoever made them is an admin. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createWorld, type World } from '../../../test/harness/world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const PATH = '/api/daypass/orgs/acme/invitations'

async function invited(body: object = { login: 'carol' }): Promise<{ id: string; code: string }> {
  const made = await world.call('POST', PATH, { body })
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  const url = new URL(made.body.url)
  expect(url.origin + url.pathname).toBe('http://127.0.0.1:8080/invitation')
  return { id: made.body.id, code: url.searchParams.get('code') ?? '' }
}

async function open(code: string): Promise<{ status: number; text: string }> {
  const { statusCode, payload } = await world.app.inject({ method: 'GET', url: `/invitation?code=${code}` })
  return { status: statusCode, text: payload }
}

async function join(
  code: string,
  origin = 'http://127.0.0.1:8080',
): Promise<{ status: number; text: string }> {
  const { statusCode, payload, headers } = await world.app.inject({
    method: 'POST',
    url: '/invitation',
    headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ code }).toString(),
  })
  expect(headers['cache-control']).toBe('no-store')
  return { status: statusCode, text: payload }
}

const tokenIn = (text: string): string => /pul-[0-9a-f]{40}/.exec(text)?.[0] ?? ''

test('an admin sends a link, and whoever opens it becomes a member with a token of their own', async () => {
  const { code } = await invited({ login: 'carol', email: 'c@example.com', role: 'billing-manager' })
  const shown = await open(code)
  expect(shown).toMatchObject({ status: 200, text: expect.stringContaining('carol') })
  expect((await open(code)).status).toBe(200)
  const { status, text } = await join(code)
  expect(status).toBe(200)
  expect(text).toContain('pulumi login http://127.0.0.1:8080')
  const token = tokenIn(text)
  expect((await world.call('GET', '/api/user', { token })).body).toMatchObject({
    githubLogin: 'carol',
    email: 'c@example.com',
    siteAdmin: false,
    organizations: [{ name: 'acme', role: 'billing-manager' }],
  })
  expect((await open(code)).status).toBe(404)
  expect((await join(code)).status).toBe(404)
  expect((await world.call('GET', PATH)).body.invitations).toEqual([])
  const { rows } = await world.db.query<{ actor: string; action: string }>(
    'select actor, action from audit_log where organization_id = $1 order by seq',
    [world.organizationIds.acme],
  )
  expect(rows).toEqual([
    { actor: 'user:admin', action: 'invitation.created' },
    { actor: 'user:carol', action: 'user.created' },
    { actor: 'user:carol', action: 'token.created' },
    { actor: 'user:carol', action: 'invitation.accepted' },
  ])
  const kept = JSON.stringify((await world.db.query('select * from audit_log')).rows)
  for (const secret of [code, token]) expect(kept).not.toContain(secret)
})

test('of many who use a link at once, one gets in', async () => {
  const { code } = await invited()
  const answers = await Promise.all(Array.from({ length: 6 }, () => join(code)))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404, 404, 404, 404])
  const { rows } = await world.db.query("select from users where login = 'carol'")
  expect(rows).toHaveLength(1)
})

test('a link is worth nothing once it is old, taken back, replaced, or its maker is no admin any more', async () => {
  const old = await invited()
  await world.db.query("update invitations set expires_at = now() - interval '1 second'")
  const taken = await invited()
  expect((await world.call('DELETE', `${PATH}/${taken.id}`)).status).toBe(204)
  expect((await world.call('DELETE', `${PATH}/${taken.id}`)).status).toBe(404)
  const replaced = await invited()
  const last = await invited()
  expect((await world.call('GET', PATH)).body.invitations).toMatchObject([
    { id: last.id, createdBy: 'admin' },
  ])
  const swapRoles = "update members set role = case when user_id = $1 then 'member' else 'admin' end"
  await world.db.query(swapRoles, [world.userIds.admin])
  for (const { code } of [old, taken, replaced, last]) {
    expect((await open(code)).status).toBe(404)
    expect((await join(code)).status).toBe(404)
  }
})

test('a link that a program made ends with the program’s token', async () => {
  const expires = Math.floor(Date.now() / 1000) + 86_400
  const body = { name: 'hr', description: '', expires, admin: true }
  const { tokenValue: token } = (await world.call('POST', '/api/orgs/acme/tokens', { body })).body
  const made = await world.call('POST', PATH, { body: { login: 'carol' }, token })
  const code = new URL(made.body.url).searchParams.get('code') ?? ''
  expect((await open(code)).status).toBe(200)
  await world.db.query("update access_tokens set expires_at = now() where name = 'hr'")
  expect((await open(code)).status).toBe(404)
  expect((await join(code)).status).toBe(404)
})

test('no login is taken twice, and a form of another page lets nobody in', async () => {
  expect(await world.call('POST', PATH, { body: { login: 'member' } })).toMatchObject({
    status: 409,
    body: { reason: 'user_exists' },
  })
  for (const login of ['Carol', 'api', 'x', 'token:acme/ci']) {
    expect((await world.call('POST', PATH, { body: { login } })).status, login).toBe(400)
  }
  const { code } = await invited()
  expect((await join(code, 'https://evil.example')).status).toBe(400)
  await world.db.query("insert into users (id, login, name) values (gen_random_uuid(), 'carol', '')")
  expect(await join(code)).toMatchObject({ status: 409, text: expect.stringContaining('another one') })
  expect((await world.db.query('select from members')).rows).toHaveLength(3)
})
