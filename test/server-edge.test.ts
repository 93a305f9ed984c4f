/** The edge of the running server: health, tokens, bodies, errors. */
import { request as httpRequest } from 'node:http'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from './harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ flags: ['--base-url', 'http://127.0.0.1:0/day', '--log-level', 'debug'] })
})
afterAll(async () => {
  expect(await server.stop()).toBe(0)
})

/** As an unknown client sends it: no header but those given. */
async function raw(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body: Buffer | string = '',
): Promise<{
  status: number
  headers: Record<string, unknown>
  bytes: Buffer
  json: () => Record<string, unknown>
}> {
  const { hostname, port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, method, path, headers }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () => {
        const bytes = Buffer.concat(parts)
        const json = (): Record<string, unknown> => JSON.parse(bytes.toString())
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes, json })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Of the log, those that are whole. */
const lines = (): Record<string, unknown>[] =>
  server
    .log()
    .split('\n')
    .flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line)] : []))

const authorized = (): Record<string, string> => ({
  authorization: `token ${server.adminToken}`,
  'content-type': 'application/json',
})

test('it is alive and ready', async () => {
  expect(await raw('GET', '/healthz').then((answer) => answer.json())).toEqual({ status: 'ok' })
  expect(await raw('GET', '/readyz').then((answer) => answer.json())).toEqual({ status: 'ready' })
})

test('routes are found with and without the path of the base URL', async () => {
  expect(new URL(server.url).pathname).toBe('/day')
  for (const path of ['/api/capabilities', '/day/api/capabilities', '/day/api/capabilities?a=b']) {
    expect((await raw('GET', path)).status, path).toBe(200)
  }
  for (const path of ['/days/api/capabilities', '/day/day/api/capabilities']) {
    expect((await raw('GET', path)).status, path).toBe(404)
  }
})

test('a route that does not exist is a 404 in our own form, with and without a token', async () => {
  const body = { code: 404, message: 'There is no POST /api/nothing here.', reason: 'unknown_route' }
  expect((await raw('POST', '/api/nothing?secret=x')).json()).toEqual(body)
  const answer = await raw('POST', '/api/nothing', authorized())
  expect(answer.json()).toEqual(body)
})

describe('the id of a request', () => {
  const OURS = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/

  test.each([
    ['an answer', 'GET', '/healthz', 200],
    ['a discovery document', 'GET', '/oidc/.well-known/openid-configuration', 200],
    ['a refused token', 'GET', '/api/user', 401],
    ['a route that does not exist', 'GET', '/nothing', 404],
    ['a path that no route reads', 'GET', '/api/%zz', 400],
    ['a path that is too long', 'GET', `/api/stacks/${'a'.repeat(500)}`, 414],
    ['a NUL', 'GET', '/api/user?x=%00', 400],
  ])('stands in %s', async (_what, method, path, status) => {
    const { headers, status: got } = await raw(method, path)
    expect(got).toBe(status)
    expect(headers['x-request-id']).toMatch(OURS)
    expect(headers['x-pulumi-request-id']).toBe(headers['x-request-id'])
  })

  test('that is given is taken over, and stands in the line of the log', async () => {
    const { headers } = await raw('GET', '/api/user', { 'x-request-id': 'edge-7f3a.11_X' })
    expect(headers['x-request-id']).toBe('edge-7f3a.11_X')
    expect(headers['x-pulumi-request-id']).toBe('edge-7f3a.11_X')
    await expect
      .poll(() => lines().find(({ requestId }) => requestId === 'edge-7f3a.11_X'))
      .toMatchObject({
        msg: 'Answered.',
        method: 'GET',
        route: '/api/user',
        status: 401,
      })
  })

  test.each([
    ['too short', 'abcdefg'],
    ['too long', 'a'.repeat(65)],
    ['one that is made of several', 'abcdefgh, ijklmnop'],
    ['one with a quote', 'abcdefgh"x'],
    ['one with a tag', '<b>abcdefgh'],
    ['one that is no ASCII', Buffer.from('abcdefghü').toString('latin1')],
    ['one that begins with a dash', '--abcdefgh'],
    ['empty', ''],
  ])('%s is not taken over', async (_what, given) => {
    const { headers } = await raw('GET', '/healthz', { 'x-request-id': given })
    expect(headers['x-request-id']).toMatch(OURS)
  })

  test('leads from what went wrong to the log', async () => {
    const { db } = server.database ?? expect.fail('it has a database of its own')
    await db.query('alter table usage_records rename to usage_records_away')
    const answer = await raw('GET', '/api/daypass/orgs/main/usage', authorized())
    await db.query('alter table usage_records_away rename to usage_records')
    const id = String(answer.headers['x-request-id'])
    expect(answer.status).toBe(500)
    expect(answer.json()).toMatchObject({ code: 500, message: expect.stringContaining(id) })
    const failed = lines().find(({ msg }) => msg === 'A request failed.')
    expect(failed).toMatchObject({ requestId: id, err: { message: expect.stringMatching(/usage_records/) } })
  })
})

describe('tokens', () => {
  const wrong = `pul-${'0'.repeat(40)}`
  const cases: Record<string, string | undefined> = {
    none: undefined,
    unknown: `token ${wrong}`,
    'another scheme': `Bearer ${wrong}`,
    'no scheme': wrong,
    empty: 'token ',
    'two tokens': `token ${wrong} ${wrong}`,
    'a hash of one': `token ${'a'.repeat(64)}`,
    'a pool token': `token dpp-${'0'.repeat(40)}`,
    'not ASCII': 'token ünï',
    'very long': `token ${'a'.repeat(5000)}`,
    'a lease': `update-token dpu-${'0'.repeat(40)}`,
  }
  for (const [name, authorization] of Object.entries(cases)) {
    test(`${name}: 401 with a sentence`, async () => {
      const header =
        authorization === undefined ? {} : { authorization: Buffer.from(authorization).toString('latin1') }
      for (const [method, path] of [
        ['GET', '/api/user'],
        ['POST', '/api/user/tokens'],
        ['POST', '/api/daypass/orgs'],
        ['GET', '/api/daypass/pools'],
      ] as const) {
        const answer = await raw(method, path, header)
        expect(answer.status, path).toBe(401)
        expect(answer.json()).toMatchObject({ code: 401, reason: 'unauthorized' })
        expect(answer.json()['message']).toMatch(/token/)
      }
    })
  }

  test('the right one is accepted whatever the case of the scheme', async () => {
    const answer = await raw('GET', '/api/user', { authorization: `Token ${server.adminToken}` })
    expect(answer.json()).toMatchObject({ githubLogin: 'admin' })
  })

  test('is refused before the body is read', async () => {
    const answer = await raw('POST', '/api/user/tokens', { 'content-type': 'application/json' }, '{')
    expect(answer.status).toBe(401)
  })
})

describe('bodies', () => {
  const post = async (
    body: string | Buffer,
    headers: Record<string, string> = {},
    path = '/api/user/tokens',
  ) => raw('POST', path, { ...authorized(), ...headers }, body)

  test('malformed JSON names the place where it can and repeats nothing', async () => {
    const answer = await post('{"description": hunter2}')
    expect(answer.json()).toEqual({
      code: 400,
      message: 'The body is not valid JSON.',
      reason: 'malformed_body',
    })
    const long = await post(`{"description": "${'x'.repeat(100)}" hunter2}`)
    expect(long.json()['message']).toBe('The body is not valid JSON (at position 119).')
  })

  test('an unknown field is refused by name', async () => {
    const answer = await post('{"description":"x","expire":1}')
    expect(answer.status).toBe(400)
    expect(answer.json()['message']).toBe('The body has a field that is unknown here: "expire".')
  })

  test('a missing field and a wrong type are refused by name', async () => {
    expect((await post('{}')).json()['message']).toBe('The body lacks "description".')
    const wrong = (await post('{"description":7}')).json()
    expect(wrong).toMatchObject({ code: 400, reason: 'invalid_request' })
    expect(wrong['message']).toMatch(/^The field "description" of the body must be string\.$/)
    expect((await post('')).json()['message']).toMatch(/^The body must be/)
    expect((await post('null')).json()['message']).toMatch(/^The body must be/)
  })

  test('a number as text is not taken for a number in a body', async () => {
    const answer = await post('{"description":"x","expires":"0"}')
    expect(answer.json()['message']).toContain('"expires"')
  })

  test('__proto__ is refused however it is written', async () => {
    for (const text of ['{"__proto__":{}}', '{"description":"x","a":[{"\\u005f_proto__":{}}]}']) {
      expect((await post(text)).json()['message']).toContain('__proto__')
    }
    expect((await post('{"description":"about __proto__"}')).status).toBe(200)
  })

  test('gzip is inflated; what only says so is refused', async () => {
    const gzip = { 'content-encoding': 'gzip' }
    expect((await post(gzipSync('{"description":"zipped"}'), gzip)).status).toBe(200)
    expect((await post('{"description":"x"}', gzip)).json()).toMatchObject({
      code: 400,
      reason: 'malformed_body',
    })
    expect((await post('{}', { 'content-encoding': 'br' })).json()).toMatchObject({
      reason: 'unknown_encoding',
    })
  })

  test('a body that is too large, sent or inflated, is a 413', async () => {
    const large = JSON.stringify({ description: 'x'.repeat(2 * 1024 * 1024) })
    expect((await post(large)).json()).toMatchObject({ code: 413, reason: 'body_too_large' })
    const bomb = gzipSync(large)
    expect(bomb.length).toBeLessThan(10_000)
    expect((await post(bomb, { 'content-encoding': 'gzip' })).json()).toMatchObject({
      code: 413,
      reason: 'body_too_large',
    })
    const slowBomb = gzipSync(Buffer.alloc(100 * 1024 * 1024), { level: 9 })
    const answer = await post(slowBomb, { 'content-encoding': 'gzip' })
    expect(answer.json()).toMatchObject({ code: 413, reason: 'body_too_large' })
  })

  test('something else than JSON is a 415', async () => {
    const answer = await post('a=b', { 'content-type': 'application/x-www-form-urlencoded' })
    expect(answer.json()).toMatchObject({ code: 415, reason: 'unsupported_media_type' })
  })

  test('an empty body that says JSON is fine on every method', async () => {
    expect((await raw('GET', '/api/user', authorized())).status).toBe(200)
    expect(
      (await raw('DELETE', '/api/user/tokens/11111111-1111-1111-1111-111111111111', authorized())).status,
    ).toBe(404)
    expect((await raw('POST', '/api/daypass/pools/default/tokens', authorized())).status).toBe(201)
  })
})

test('a large answer is compressed for who asks, and never an empty one', async () => {
  for (let count = 0; count < 60; count += 1) {
    const description = `token number ${count} ${'-'.repeat(100)}`
    expect((await server.call('POST', '/api/user/tokens', { description })).status).toBe(200)
  }
  const plain = await raw('GET', '/api/user/tokens', authorized())
  expect(plain.headers['content-encoding']).toBeUndefined()
  expect(plain.bytes.length).toBeGreaterThan(8 * 1024)
  const zipped = await raw('GET', '/api/user/tokens', { ...authorized(), 'accept-encoding': 'gzip' })
  expect(zipped.headers['content-encoding']).toBe('gzip')
  expect(gunzipSync(zipped.bytes)).toEqual(plain.bytes)
  expect(zipped.bytes.length).toBeLessThan(plain.bytes.length / 3)
  const refused = await raw('GET', '/api/user/tokens', { ...authorized(), 'accept-encoding': 'br, gzip;q=0' })
  expect(refused.headers['content-encoding']).toBeUndefined()
  const head = await raw('HEAD', '/api/user/tokens', { ...authorized(), 'accept-encoding': 'gzip' })
  expect(head.status).toBe(200)
  expect(head.headers['content-encoding']).toBeUndefined()
})

test('no token and no body reaches the log', async () => {
  await server.call('POST', '/api/user/tokens', { description: 'a-description-to-look-for' })
  expect(server.log()).not.toContain(server.adminToken)
  expect(server.log()).not.toContain('a-description-to-look-for')
})
