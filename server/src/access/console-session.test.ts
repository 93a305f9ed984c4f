import { afterEach, expect, test } from 'vitest'
import { createWorld, type World } from '../../../test/harness/world.ts'

let world: World
afterEach(() => world.close())

const PATH = '/api/daypass/session'
const OURS = { 'x-daypass-console': '1' }
const WRONG = `pul-${'0'.repeat(40)}`

async function signIn(token = world.tokens.member) {
  const answer = await world.app.inject({ method: 'POST', url: PATH, payload: { accessToken: token } })
  const header = String(answer.headers['set-cookie'] ?? '')
  return { status: answer.statusCode, header, cookie: header.split(';')[0] ?? '', body: answer.json() }
}

async function ask(method: 'GET' | 'POST' | 'DELETE', url: string, headers: Record<string, string>) {
  const { statusCode, payload, headers: answered } = await world.app.inject({ method, url, headers })
  return {
    status: statusCode,
    body: payload.startsWith('{') ? JSON.parse(payload) : payload,
    cookie: answered['set-cookie'],
  }
}

test('a person’s own token becomes a cookie that does what the person may, and is kept as a hash', async () => {
  world = await createWorld()
  const { status, header, cookie, body } = await signIn()
  expect(status).toBe(201)
  expect(header).toMatch(
    /^daypass_session=dps-[0-9a-f]{40}; Max-Age=43200; HttpOnly; SameSite=Strict; Path=\/$/,
  )
  expect(body).toMatchObject({ user: { githubLogin: 'member', name: 'MEMBER' } })
  expect(new Date(body.expiresAt).getTime()).toBeGreaterThan(Date.now() + 11 * 3_600_000)
  expect((await ask('GET', '/api/user', { cookie })).body).toMatchObject({ githubLogin: 'member' })
  expect((await ask('GET', PATH, { cookie })).body).toMatchObject({ user: { githubLogin: 'member' } })
  const { rows } = await world.db.query<{ row: string }>('select s::text as row from console_sessions s')
  expect(rows).toHaveLength(1)
  expect(rows[0]?.row).not.toContain(cookie.split('-')[1])
})

test('the cookie is for the installation’s path alone, and for TLS where there is TLS', async () => {
  world = await createWorld({ flags: ['--base-url', 'https://host.example/daypass'] })
  expect((await signIn()).header).toContain('; Path=/daypass/; Secure')
})

test('what is not a person’s own token signs nobody in, and too many of them are told to wait', async () => {
  world = await createWorld({ flags: ['--failed-logins-per-minute', '2'] })
  const made = await world.call('POST', '/api/orgs/acme/tokens', {
    body: { name: 'ci', description: '', expires: 0, admin: true },
  })
  expect(made.status).toBe(200)
  expect(await signIn(made.body.tokenValue)).toMatchObject({ status: 401, header: '' })
  expect(await signIn(WRONG)).toMatchObject({ status: 401, header: '' })
  expect((await signIn(WRONG)).status).toBe(429)
})

test('with the cookie, only a request of our own pages may change something', async () => {
  world = await createWorld()
  const { cookie } = await signIn(world.tokens.admin)
  const change = (headers: Record<string, string>) =>
    ask('POST', '/api/user/organizations/acme/default', { cookie, ...headers })
  const own = 'http://127.0.0.1:8080'
  const refused = [
    {},
    { 'x-daypass-console': '0' },
    { origin: own, 'sec-fetch-site': 'same-origin' },
    { ...OURS, origin: 'https://evil.example' },
    { ...OURS, origin: 'null' },
    { ...OURS, origin: `${own}.evil.example` },
    { ...OURS, 'sec-fetch-site': 'cross-site' },
    { ...OURS, 'sec-fetch-site': 'same-site' },
    { ...OURS, 'sec-fetch-site': 'none' },
    { ...OURS, origin: own, 'sec-fetch-site': 'cross-site' },
  ]
  for (const headers of refused) {
    const { status, body } = await change(headers)
    expect(status, JSON.stringify(headers)).toBe(403)
    expect(['console_header_missing', 'foreign_origin']).toContain(body.reason)
  }
  for (const headers of [
    OURS,
    { ...OURS, origin: own },
    { ...OURS, origin: own, 'sec-fetch-site': 'same-origin' },
  ])
    expect((await change(headers)).status, JSON.stringify(headers)).toBe(204)
})

test('another site’s page reads nothing with the cookie, and a token in the header needs none of this', async () => {
  world = await createWorld()
  const { cookie } = await signIn()
  for (const site of ['cross-site', 'same-site'])
    expect((await ask('GET', '/api/user', { cookie, 'sec-fetch-site': site })).status, site).toBe(403)
  for (const site of ['same-origin', 'none'])
    expect((await ask('GET', '/api/user', { cookie, 'sec-fetch-site': site })).status, site).toBe(200)
  const authorization = `token ${world.tokens.admin}`
  const foreign = { authorization, origin: 'https://tool.example', 'sec-fetch-site': 'cross-site' }
  expect((await ask('POST', '/api/user/organizations/acme/default', foreign)).status).toBe(204)
})

test('a header that is wrong is not made good by a cookie, and two cookies are none', async () => {
  world = await createWorld()
  const { cookie } = await signIn()
  const both = { cookie, authorization: `token ${WRONG}` }
  expect((await ask('GET', '/api/user', both)).status).toBe(401)
  expect((await ask('GET', '/api/user', { cookie: `${cookie}; ${cookie}` })).status).toBe(401)
  const unknown = `daypass_session=dps-${'0'.repeat(40)}`
  expect(await ask('GET', '/api/user', { cookie: unknown })).toMatchObject({
    status: 401,
    cookie: expect.stringContaining('Max-Age=0'),
  })
  expect((await ask('POST', '/api/daypass/runner/claim', { cookie, ...OURS })).status).toBe(401)
})

test('signing out ends it at once, is noted, and needs our own page', async () => {
  world = await createWorld()
  const { cookie } = await signIn()
  expect((await ask('DELETE', PATH, { cookie })).status).toBe(403)
  expect((await ask('GET', PATH, { cookie })).status).toBe(200)
  expect(await ask('DELETE', PATH, { cookie, ...OURS })).toMatchObject({
    status: 204,
    cookie: expect.stringContaining('Max-Age=0'),
  })
  expect((await ask('GET', PATH, { cookie })).status).toBe(401)
  expect((await ask('GET', '/api/user', { cookie })).status).toBe(401)
  const { rows } = await world.db.query(
    `select actor, action from audit_log where action like 'console_session.%' order by action`,
  )
  expect(rows).toEqual([
    { actor: 'user:member', action: 'console_session.created' },
    { actor: 'user:member', action: 'console_session.ended' },
  ])
})

test('it ends with its access token', async () => {
  world = await createWorld()
  const { cookie } = await signIn()
  const listed = await world.call('GET', '/api/user/tokens', { token: world.tokens.member })
  const id = listed.body.tokens[0].id
  expect((await ask('DELETE', `/api/user/tokens/${id}`, { cookie, ...OURS })).status).toBe(204)
  expect((await ask('GET', '/api/user', { cookie })).status).toBe(401)
})

test('use gives it more time, and so does the cookie; without use it ends', async () => {
  world = await createWorld()
  const { cookie } = await signIn()
  const age = (seconds: number) =>
    world.db.query('update console_sessions set expires_at = now() + make_interval(secs => $1)', [seconds])
  await age(60)
  expect((await ask('GET', '/api/user', { cookie })).cookie).toContain('Max-Age=43200')
  const { rows } = await world.db.query<{ left: boolean }>(
    `select expires_at > now() + interval '11 hours' as left from console_sessions`,
  )
  expect(rows).toEqual([{ left: true }])
  const other = await signIn()
  await age(-1)
  expect((await ask('GET', '/api/user', { cookie: other.cookie })).status).toBe(401)
})

test('the page of a login of the CLI offers to continue as who is signed in', async () => {
  world = await createWorld()
  const { cookie } = await signIn()
  const link = `/cli-login?cliSessionPort=4321&cliSessionNonce=${'a'.repeat(64)}&cliSessionDescription=x`
  expect((await ask('GET', link, { cookie })).body).toContain('Continue as MEMBER')
  const without = (await ask('GET', link, {})).body
  expect(without).not.toContain('Continue as')
  expect(without).toContain('name="accessToken"')
  const go = (headers: Record<string, string>) =>
    world.app.inject({
      method: 'POST',
      url: '/cli-login',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      payload: String(
        new URLSearchParams({ asSignedIn: '1', cliSessionPort: '4321', cliSessionNonce: 'a'.repeat(64) }),
      ),
    })
  const ours = { origin: 'http://127.0.0.1:8080', 'sec-fetch-site': 'same-origin' }
  const gone = await go({ cookie, ...ours })
  expect(gone.statusCode).toBe(303)
  const token = new URL(String(gone.headers.location)).searchParams.get('accessToken')
  expect((await world.call('GET', '/api/user', { token })).body.githubLogin).toBe('member')
  expect((await go({ cookie })).statusCode).toBe(400)
  expect((await go({ cookie, ...ours, origin: 'https://evil.example' })).statusCode).toBe(401)
  expect((await go({ cookie, ...ours, 'sec-fetch-site': 'cross-site' })).statusCode).toBe(401)
  expect((await go(ours)).statusCode).toBe(401)
})
