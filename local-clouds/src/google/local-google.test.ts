/** Whole requests over HTTP: the good token, the table of bad ones, and the real library of Google. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EXPLANATION_HEADER, readExplanationHeader } from '@daypass/trust/explanation-header.ts'
import { GOOGLE_EXPLANATIONS } from '@daypass/trust/google/explanation.ts'
import { ExternalAccountClient } from 'google-auth-library'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { badTokens, FAULTS, type Fault } from '../../../test/harness/bad-tokens.ts'
import type { CloudServer } from '../cloud/http.ts'
import { SUBJECT, startTestIssuer, type TestIssuer } from '../issuer/issuer-for-tests.ts'
import { readLocalGoogleConfig } from './config.ts'
import { startLocalGoogle } from './local-google.ts'

const POOL = 'projects/123456/locations/global/workloadIdentityPools/daypass'
const EMAIL = 'shop@acme.iam.gserviceaccount.com'
let issuer: TestIssuer
let google: CloudServer
const now = () => new Date()

const provider = (id: string, change: object = {}, oidc: object = {}) => ({
  name: `${POOL}/providers/${id}`,
  oidc: { issuerUri: issuer.url, allowedAudiences: ['acme'], ...oidc },
  attributeMapping: { 'google.subject': 'assertion.sub' },
  ...change,
})

beforeAll(async () => {
  issuer = await startTestIssuer(now)
  const member = `principal://iam.googleapis.com/${POOL}/subject/${SUBJECT}`
  const read = readLocalGoogleConfig({
    providers: [
      provider('good'),
      provider('off-line', {}, { jwksJson: JSON.stringify(issuer.serves.jwks) }),
      provider('conditional', { attributeCondition: 'assertion.sub.contains("stack:prod")' }),
      provider('too-long', { attributeMapping: { 'google.subject': 'assertion.sub + assertion.sub' } }),
      provider('disabled', { disabled: true }),
    ],
    serviceAccounts: [
      { email: EMAIL, policy: { bindings: [{ role: 'roles/iam.workloadIdentityUser', members: [member] }] } },
      { email: 'other@acme.iam.gserviceaccount.com', policy: { bindings: [] } },
    ],
  })
  if (!read.ok) throw new Error(`${read.path}: ${read.sentence}`)
  google = await startLocalGoogle({ config: read.config, now, fetch: globalThis.fetch, randomBytes })
})
afterAll(async () => {
  await Promise.all([google.close(), issuer.close()])
})

async function post(path: string, body: URLSearchParams | string, headers: Record<string, string> = {}) {
  const response = await fetch(google.url + path, { method: 'POST', body, headers })
  const explanation = readExplanationHeader(response.headers.get(EXPLANATION_HEADER), GOOGLE_EXPLANATIONS)
  // biome-ignore lint/suspicious/noExplicitAny: an answer's shape is what a test asserts
  return { status: response.status, body: (await response.json()) as any, explanation }
}

const exchange = (token: string, providerId = 'good') =>
  post(
    '/v1/token',
    new URLSearchParams({
      audience: `//iam.googleapis.com/${POOL}/providers/${providerId}`,
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      subject_token: token,
    }),
  )

const actAs = (email: string, token: string, lifetime = '3600s') =>
  post(
    `/v1/projects/-/serviceAccounts/${email}:generateAccessToken`,
    JSON.stringify({ scope: ['x'], lifetime }),
    {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
    },
  )

test.each(['good', 'off-line'])('a token becomes the service account by the provider %s', async (id) => {
  const federated = await exchange(await issuer.token(), id)
  expect(federated).toMatchObject({ status: 200, body: { token_type: 'Bearer' } })
  expect(federated.body.expires_in).toBeLessThanOrEqual(300)
  const acted = await actAs(EMAIL, federated.body.access_token)
  expect(acted.status).toBe(200)
  const authorization = `Bearer ${acted.body.accessToken}`
  const who = await fetch(`${google.url}/oauth2/v3/userinfo`, { headers: { authorization } })
  expect(await who.json()).toMatchObject({ email: EMAIL })
})

test('a provider with uploaded keys asks nobody', async () => {
  issuer.asked.length = 0
  expect((await exchange(await issuer.token(), 'off-line')).status).toBe(200)
  expect(issuer.asked).toEqual([])
})

test.each([
  ['another audience', 'good', { aud: 'sts.amazonaws.com' }, 'invalid_grant', 'audience_differs'],
  ['an expired token', 'good', { exp: 1 }, 'invalid_grant', undefined],
  ['the condition', 'conditional', {}, 'unauthorized_client', 'condition_false'],
  ['a subject of more than 127 bytes', 'too-long', {}, 'invalid_request', 'subject_too_long'],
  ['a provider that is disabled', 'disabled', {}, 'invalid_target', 'provider_disabled'],
  ['a provider that is not there', 'nobody', {}, 'invalid_target', undefined],
  [
    'another issuer',
    'good',
    { iss: 'https://elsewhere.example.com' },
    'invalid_grant',
    'issuer_other_issuer',
  ],
])('%s is refused', async (_, id, claims, error, code) => {
  const { status, body, explanation } = await exchange(await issuer.token(claims), id)
  expect(status).toBe(400)
  expect(body.error).toBe(error)
  expect(explanation?.code).toBe(code)
})

test.each(['good', 'off-line'])(
  'each bad token is refused by the provider %s with Google’s error',
  async (id) => {
    const bad = await badTokens(issuer.signer(), issuer.claims())
    const errors: Partial<Record<Fault, string>> = {}
    for (const fault of FAULTS) errors[fault] = (await exchange(bad[fault], id)).body.error ?? 'ok'
    expect(errors).toEqual({
      ...Object.fromEntries(FAULTS.map((fault) => [fault, 'invalid_grant'])),
      // Any audience of a list that the provider allows is as good as one alone.
      'an audience in a list': 'ok',
      'an audience among others': 'ok',
      'a megabyte': 'invalid_request',
    })
    expect((await exchange('nonsense', id)).body.error).toBe('invalid_grant')
  },
)

test('only its members act as a service account, and no longer than it gives', async () => {
  const { body } = await exchange(await issuer.token({ sub: SUBJECT.replace('dev', 'prod') }))
  const refused = await actAs(EMAIL, body.access_token)
  expect(refused.status).toBe(403)
  expect(refused.explanation?.code).toBe('binding_subject_stack_differs')
  const good = await exchange(await issuer.token())
  expect((await actAs('other@acme.iam.gserviceaccount.com', good.body.access_token)).explanation?.code).toBe(
    'binding_none',
  )
  expect((await actAs('nobody@acme.iam.gserviceaccount.com', good.body.access_token)).status).toBe(403)
  expect((await actAs(EMAIL, good.body.access_token, '7200s')).status).toBe(400)
  expect((await actAs(EMAIL, 'invented')).status).toBe(401)
})

test("Google's own library gets a token of the service account from a token file", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'daypass-google-'))
  const file = join(folder, 'pulumi.oidc')
  await writeFile(file, await issuer.token())
  const client = ExternalAccountClient.fromJSON({
    type: 'external_account',
    audience: `//iam.googleapis.com/${POOL}/providers/good`,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${google.url}/v1/token`,
    service_account_impersonation_url: `${google.url}/v1/projects/-/serviceAccounts/${EMAIL}:generateAccessToken`,
    credential_source: { file },
  })
  const { token } = (await client?.getAccessToken()) ?? {}
  const who = await fetch(`${google.url}/oauth2/v3/userinfo`, {
    headers: { authorization: `Bearer ${token}` },
  })
  expect(await who.json()).toMatchObject({ email: EMAIL })
  await rm(folder, { recursive: true })
})
