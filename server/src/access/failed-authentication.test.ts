import { afterEach, expect, test } from 'vitest'
import { createWorld, type World } from '../../../test/harness/world.ts'

let world: World
afterEach(() => world.close())

const WRONG = `pul-${'0'.repeat(40)}`

async function ask(
  remoteAddress: string,
  authorization: string | undefined,
  headers: Readonly<Record<string, string>> = {},
) {
  const answer = await world.app.inject({
    url: '/api/user',
    remoteAddress,
    headers: { ...(authorization !== undefined && { authorization }), ...headers },
  })
  return { status: answer.statusCode, headers: answer.headers, body: answer.json() }
}

async function statuses(count: number, remoteAddress: string, authorization?: string): Promise<number[]> {
  const found: number[] = []
  for (let n = 0; n < count; n += 1) found.push((await ask(remoteAddress, authorization)).status)
  return found
}

test('wrong tokens are answered 401 up to the limit, and then 429 with how long to wait', async () => {
  world = await createWorld({ flags: ['--failed-logins-per-minute', '3'] })
  expect(await statuses(4, '192.0.2.1', `token ${WRONG}`)).toEqual([401, 401, 401, 429])
  const limited = await ask('192.0.2.1', `token ${WRONG}`)
  expect(limited).toMatchObject({
    status: 429,
    headers: { 'retry-after': expect.stringMatching(/^(?:[1-9]|1[0-9]|20)$/) },
    body: {
      code: 429,
      reason: 'too_many_failed_logins',
      message: expect.stringMatching(/^Too many requests .* wait \d+ seconds?, and check the token\./),
    },
  })
  // Whatever form it has, and whoever it is for.
  expect(await statuses(1, '192.0.2.1', 'Basic eDp5')).toEqual([429])
  const claim = await world.app.inject({
    method: 'POST',
    url: '/api/daypass/runner/claim',
    remoteAddress: '192.0.2.1',
    headers: { authorization: `Bearer dpp-${'0'.repeat(40)}` },
    payload: { runnerName: 'r', runnerVersion: '1', launcher: 'plain', waitSeconds: 0 },
  })
  expect(claim.statusCode).toBe(429)
})

test('a good token passes, from another address and from the same', async () => {
  world = await createWorld({ flags: ['--failed-logins-per-minute', '1'] })
  expect(await statuses(3, '192.0.2.1', `token ${WRONG}`)).toEqual([401, 429, 429])
  expect(await statuses(2, '192.0.2.2', `token ${world.tokens.member}`)).toEqual([200, 200])
  expect(await statuses(2, '192.0.2.1', `token ${world.tokens.member}`)).toEqual([200, 200])
})

test('no header makes another address of one, and an IPv6 network is one', async () => {
  world = await createWorld({ flags: ['--failed-logins-per-minute', '1'] })
  const forged = {
    'x-forwarded-for': '198.51.100.7',
    forwarded: 'for=198.51.100.7',
    'x-real-ip': '198.51.100.7',
  }
  expect((await ask('192.0.2.1', `token ${WRONG}`)).status).toBe(401)
  expect((await ask('192.0.2.1', `token ${WRONG}`, forged)).status).toBe(429)
  expect(await statuses(1, '198.51.100.7', `token ${WRONG}`)).toEqual([401])
  expect(await statuses(1, '2001:db8::1', `token ${WRONG}`)).toEqual([401])
  expect(await statuses(1, '2001:db8::2', `token ${WRONG}`)).toEqual([429])
})

test('however its path is written, a route counts', async () => {
  world = await createWorld({ flags: ['--failed-logins-per-minute', '1'] })
  expect(await statuses(1, '192.0.2.1', `token ${WRONG}`)).toEqual([401])
  for (const url of ['/%61pi/user', '/ap%69/user?a=/api/', '/%61%70%69/orgs/acme']) {
    const headers = { authorization: `token ${WRONG}` }
    const { statusCode } = await world.app.inject({ url, remoteAddress: '192.0.2.1', headers })
    expect(statusCode, url).toBe(429)
  }
})

test('who shows no token is told what is missing, however often', async () => {
  world = await createWorld({ flags: ['--failed-logins-per-minute', '1'] })
  expect(await statuses(4, '192.0.2.1')).toEqual([401, 401, 401, 401])
})

test('with 0 there is no limit', async () => {
  world = await createWorld({ flags: ['--failed-logins-per-minute', '0'] })
  expect(new Set(await statuses(100, '192.0.2.1', `token ${WRONG}`))).toEqual(new Set([401]))
})

test('the page of a login in the browser counts as well, and says so on the page', async () => {
  world = await createWorld({ flags: ['--failed-logins-per-minute', '2'] })
  const fill = (accessToken: string) =>
    world.app.inject({
      method: 'POST',
      url: '/cli-login',
      remoteAddress: '192.0.2.1',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'same-origin',
      },
      payload: String(
        new URLSearchParams({ accessToken, cliSessionPort: '4321', cliSessionNonce: 'a'.repeat(64) }),
      ),
    })
  expect((await fill(WRONG)).statusCode).toBe(401)
  expect((await fill('anything')).statusCode).toBe(401)
  const limited = await fill(WRONG)
  expect(limited.statusCode).toBe(429)
  expect(limited.headers).toMatchObject({
    'retry-after': expect.stringMatching(/^\d+$/),
    'content-type': expect.stringContaining('text/html'),
  })
  expect(limited.payload).toContain('Too many requests')
  expect((await fill(world.tokens.member)).statusCode).toBe(303)
})
