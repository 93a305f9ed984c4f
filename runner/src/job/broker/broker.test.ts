import { randomBytes } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { openRelayedBroker } from '../../../harness/relayed-broker.ts'
import type { Answer } from '../../control-plane.ts'
import { azureRequestVariables, idTokenRoutes, requestVariables } from './id-token-request.ts'

type Minted = Awaited<ReturnType<Parameters<typeof idTokenRoutes>[0]['mint']>>

const token = (audience: string): Minted => ({
  kind: 'ok',
  value: { token: `jwt-for-${audience}`, subject: 's', audience, lifetimeSeconds: 900, expiresAt: '' },
})

async function open(
  mint: (audience: string) => Minted | Promise<Minted> = token,
  ownAudience: string | null = 'acme',
) {
  const asked: string[] = []
  const reported: string[] = []
  const broker = await openRelayedBroker({
    routes: idTokenRoutes({
      ownAudience,
      mint: async (audience) => {
        asked.push(audience)
        return mint(audience)
      },
    }),
    randomBytes,
    report: (sentence) => reported.push(sentence),
  })
  onTestFinished(() => broker.close())
  const variables = requestVariables(broker)
  const ask = async (url: string, init: RequestInit = {}, given: string = broker.requestToken) => {
    const response = await fetch(url, { headers: { authorization: `Bearer ${given}` }, ...init })
    return { status: response.status, body: (await response.json()) as { value?: string; message?: string } }
  }
  const url = variables['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? ''
  return { broker, url, variables, asked, reported, ask }
}

test('as programs ask GitHub: the audience is appended, the request token is the bearer', async () => {
  const { url, variables, ask, asked } = await open()
  expect(variables['ACTIONS_ID_TOKEN_REQUEST_TOKEN']).toMatch(/^dpr-[0-9a-f]{40}$/)
  expect(await ask(`${url}&audience=${encodeURIComponent('https://vault.example.com')}`)).toEqual({
    status: 200,
    body: { value: 'jwt-for-https://vault.example.com' },
  })
  expect((await ask(url)).body.value).toBe('jwt-for-acme')
  expect(asked).toEqual(['https://vault.example.com', 'acme'])
})

test('Azure’s providers get the token of the settings’ audience, whichever they put into the query', async () => {
  const { broker, ask, asked } = await open()
  const { ARM_OIDC_REQUEST_URL = '', ARM_OIDC_AUDIENCE } = azureRequestVariables(broker, 'acme')
  expect(new URL(ARM_OIDC_REQUEST_URL).searchParams.get('audience')).toBe('acme')
  expect(ARM_OIDC_AUDIENCE).toBe('acme')
  const replaced = ARM_OIDC_REQUEST_URL.replace('acme', 'api%3A%2F%2FAzureADTokenExchange')
  expect((await ask(replaced)).body.value).toBe('jwt-for-acme')
  expect(asked).toEqual(['acme'])
})

test('nobody without the token of this job gets anything', async () => {
  const { url, ask, asked } = await open()
  const other = await open()
  for (const given of ['', 'dpr-', `dpr-${'0'.repeat(40)}`, other.broker.requestToken]) {
    expect((await ask(url, {}, given)).status).toBe(401)
  }
  expect((await fetch(url)).status).toBe(401)
  expect(asked).toEqual([])
})

test.each([
  ['another path', '/', {}, 404],
  ['a path of an object', '/constructor', {}, 404],
  ['a path that is the same only when it is decoded', '/id%2Dtoken?audience=a', {}, 404],
  ['a path with more behind it', '/id-token/?audience=a', {}, 404],
  ['another method', undefined, { method: 'POST' }, 405],
  ['more than a form has', '/id-token', { method: 'POST', body: 'x'.repeat(30_000) }, 413],
  ['an empty audience', '/id-token?audience=', {}, 400],
  ['two audiences', '/id-token?audience=a&audience=b', {}, 400],
  ['an audience that is too long', `/id-token?audience=${'x'.repeat(601)}`, {}, 400],
])('%s is refused', async (_, path, init, status) => {
  const { broker, url, ask, asked } = await open()
  const headers = { authorization: `Bearer ${broker.requestToken}` }
  expect((await ask(path === undefined ? url : broker.url + path, { ...init, headers })).status).toBe(status)
  expect(asked).toEqual([])
})

test('without an audience of its own, a job must say for whom', async () => {
  const { broker, url, ask } = await open(token, null)
  expect(await ask(url)).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining('Say for whom') },
  })
  expect((await ask(`${broker.url}/id-token/azure`)).status).toBe(404)
  expect((await ask(`${url}&audience=sts`)).status).toBe(200)
})

const answers: readonly (readonly [Answer<never>, number, string])[] = [
  [
    { kind: 'refused', status: 403, reason: 'audience_not_allowed', sentence: 'Only for acme.' },
    403,
    'Only for acme.',
  ],
  [{ kind: 'lost', sentence: 'The lease is over.' }, 403, 'The lease is over.'],
  [{ kind: 'away', reason: 'it answered 502' }, 503, 'it answered 502'],
]
test.each(answers)('what the server says reaches the program: %j', async (answer, status, words) => {
  const { url, ask } = await open(() => answer)
  expect(await ask(url)).toMatchObject({ status, body: { message: expect.stringContaining(words) } })
})

test('a fault of the runner is a 500, reported, and the next request is answered', async () => {
  let calls = 0
  const { url, ask, reported } = await open((audience) => {
    calls += 1
    if (calls === 1) throw new Error('broken')
    return token(audience)
  })
  expect((await ask(url)).status).toBe(500)
  expect(reported.join()).toContain('broken')
  expect((await ask(url)).status).toBe(200)
})

test('a job that asks without end is told so, at once and in sum', async () => {
  const gate = Promise.withResolvers<void>()
  const { url, ask, asked } = await open(async (audience) => {
    await gate.promise
    return token(audience)
  })
  const statuses: number[] = []
  const many = Array.from({ length: 20 }, async () => {
    statuses.push((await ask(url)).status)
  })
  await expect.poll(() => statuses).toEqual(Array.from({ length: 12 }, () => 429))
  gate.resolve()
  await Promise.all(many)
  expect(statuses.slice(12)).toEqual(Array.from({ length: 8 }, () => 200))
  while (asked.length < 300) expect((await ask(url)).status).toBe(200)
  expect((await ask(url)).status).toBe(429)
  expect(asked).toHaveLength(300)
})

test('it is gone when it is closed', async () => {
  const { broker, url, ask } = await open()
  await broker.closeBroker()
  await expect(ask(url)).rejects.toThrow(/fetch failed/)
})
