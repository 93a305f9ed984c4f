/** Whole requests over HTTP: the good token and the table of bad ones. */
import { randomBytes } from 'node:crypto'
import { AZURE_EXPLANATIONS } from '@daypass/trust/azure/explanation.ts'
import { EXPLANATION_HEADER, readExplanationHeader } from '@daypass/trust/explanation-header.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { badTokens, FAULTS, type Fault } from '../../../test/harness/bad-tokens.ts'
import type { CloudServer } from '../cloud/http.ts'
import { SUBJECT, startTestIssuer, type TestIssuer } from '../issuer/issuer-for-tests.ts'
import { readLocalEntraConfig } from './config.ts'
import { startLocalEntra } from './local-entra.ts'

const TENANT = '11111111-1111-4111-8111-111111111111'
const CLIENT = '22222222-2222-4222-8222-222222222222'
const SUBSCRIPTION = '33333333-3333-4333-8333-333333333333'
let now = new Date('2030-01-01T00:00:00Z')
let issuer: TestIssuer
let stranger: TestIssuer
let entra: CloudServer

const configOf = (issuerUrl: string) => ({
  tenants: [
    {
      id: TENANT,
      applications: [
        {
          clientId: CLIENT,
          federatedCredentials: [
            { name: 'shop', issuer: issuerUrl, subject: SUBJECT, audiences: ['acme'] },
            {
              name: 'other',
              issuer: issuerUrl,
              subject: SUBJECT.replace('dev', 'prod'),
              audiences: ['acme'],
            },
          ],
          subscriptions: [SUBSCRIPTION],
        },
      ],
    },
  ],
})

beforeAll(async () => {
  issuer = await startTestIssuer(() => now)
  stranger = await startTestIssuer(() => now)
  await stranger.rotate()
  const read = readLocalEntraConfig(configOf(issuer.url))
  if (!read.ok) throw new Error(read.sentence)
  entra = await startLocalEntra({ config: read.config, now: () => now, fetch: globalThis.fetch, randomBytes })
})
afterAll(async () => {
  await Promise.all([entra.close(), issuer.close(), stranger.close()])
})

async function ask(assertion: string, change: Record<string, string | undefined> = {}, tenant = TENANT) {
  const fields = {
    grant_type: 'client_credentials',
    client_id: CLIENT,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    scope: 'https://management.azure.com/.default',
    ...change,
  }
  const form = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined)
  const response = await fetch(`${entra.url}/${tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
  })
  const explanation = readExplanationHeader(response.headers.get(EXPLANATION_HEADER), AZURE_EXPLANATIONS)
  const body = (await response.json()) as {
    access_token: string
    error: string
    error_codes: number[]
    error_description: string
  }
  return { status: response.status, body, explanation }
}

const subscription = (id: string, token: string) =>
  fetch(`${entra.url}/subscriptions/${id}`, { headers: { authorization: `Bearer ${token}` } })

test('a token that a credential names reads its subscription, and no other', async () => {
  const { status, body } = await ask(await issuer.token())
  expect(status).toBe(200)
  expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3600 })
  expect((await subscription(SUBSCRIPTION, body.access_token)).status).toBe(200)
  expect((await subscription(TENANT, body.access_token)).status).toBe(403)
  expect((await subscription(SUBSCRIPTION, `${body.access_token}x`)).status).toBe(401)
})

test('an access token is good for its resource and its hour', async () => {
  const graph = await ask(await issuer.token(), { scope: 'https://graph.microsoft.com/.default' })
  expect((await subscription(SUBSCRIPTION, graph.body.access_token)).status).toBe(401)
  const { body } = await ask(await issuer.token())
  const before = now
  now = new Date(now.getTime() + 3600_000)
  expect((await subscription(SUBSCRIPTION, body.access_token)).status).toBe(401)
  now = before
})

test.each([
  ['another stack', { sub: SUBJECT.replace('dev', 'test') }, 700213, 'subject_stack_differs'],
  ['another operation', { sub: SUBJECT.replace('update', 'preview') }, 700213, 'subject_operation_differs'],
  ['other capital letters', { sub: SUBJECT.replace('web', 'Web') }, 700213, 'subject_case'],
  ['another audience', { aud: 'api://AzureADTokenExchange' }, 700212, 'audience_differs'],
  ['an audience in a list', { aud: ['acme'] }, 700212, 'audience_differs'],
  ['an expired token', { exp: 1 }, 700024, undefined],
  ['a token of tomorrow', { iat: 4_000_000_000, nbf: 4_000_000_000, exp: 4_100_000_000 }, 700024, undefined],
  ['no subject', { sub: undefined }, 50027, undefined],
])('%s is refused', async (_, claims, number, code) => {
  const { status, body, explanation } = await ask(await issuer.token(claims))
  expect(status).toBeGreaterThanOrEqual(400)
  expect(body.error_codes).toEqual([number])
  expect(body.error_description).toMatch(new RegExp(`^AADSTS${number}: `))
  expect(explanation?.code).toBe(code)
})

test('clocks may be five minutes apart, and no more', async () => {
  const seconds = Math.floor(now.getTime() / 1000)
  expect((await ask(await issuer.token({ exp: seconds - 299 }))).status).toBe(200)
  expect((await ask(await issuer.token({ exp: seconds - 301 }))).status).toBe(401)
})

test('each bad token is refused with the number that Entra has for it', async () => {
  const bad = await badTokens(issuer.signer(), issuer.claims())
  const numbers: Partial<Record<Fault, number>> = {}
  for (const fault of FAULTS) numbers[fault] = (await ask(bad[fault])).body.error_codes?.[0] ?? 0
  const NO_KEY = 700027
  expect(numbers).toEqual({
    ...Object.fromEntries(FAULTS.map((fault) => [fault, NO_KEY])),
    expired: 700024,
    'not valid yet': 700024,
    'issued in the future': 700024,
    'another audience': 700212,
    'an audience in other letters': 700212,
    'an audience in a list': 700212,
    'an audience among others': 700212,
    'an issuer with a slash': 700211,
    'a subject twice, a false one last': 50027,
    'a subject twice, a false one first': 50027,
    // Nobody reads it.
    'a megabyte': 0,
  })
})

test('tokens of another issuer, and none at all', async () => {
  const foreign = await ask(await stranger.token())
  expect(foreign.body.error_codes).toEqual([700211])
  expect(foreign.explanation?.clause).toBe('issuer')
  expect((await ask('nonsense')).body.error_codes).toEqual([50027])
})

test.each([
  [{ client_id: TENANT }, 700016],
  [{ grant_type: 'authorization_code' }, 70003],
  [{ client_assertion_type: 'urn:x' }, 900144],
  [{ client_assertion: undefined }, 900144],
  [{ scope: 'https://management.azure.com' }, 70011],
])('a request with %j is refused with AADSTS%i', async (change, number) => {
  expect((await ask(await issuer.token(), change)).body.error_codes).toEqual([number])
})

test('another tenant is not found', async () => {
  expect((await ask(await issuer.token(), {}, SUBSCRIPTION)).body.error_codes).toEqual([90002])
})

test('a configuration that Entra would not save is refused, and says where', () => {
  const many = Array.from({ length: 21 }, (_, at) => ({
    name: `c${at}`,
    issuer: issuer.url,
    subject: `s${at}`,
    audiences: ['acme'],
  }))
  const tenants = (federatedCredentials: unknown) => ({
    tenants: [{ id: TENANT, applications: [{ clientId: CLIENT, federatedCredentials }] }],
  })
  expect(readLocalEntraConfig(tenants(many))).toMatchObject({
    ok: false,
    path: '$.tenants[0].applications[0].federatedCredentials[20]',
  })
  expect(readLocalEntraConfig(tenants([{ ...many[0], issuer: 'http://example.com' }]))).toMatchObject({
    ok: false,
  })
  expect(readLocalEntraConfig({ tenants: [], more: 1 })).toMatchObject({ ok: false, path: '$' })
})
