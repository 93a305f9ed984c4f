import { expect, test } from 'vitest'
import { ISSUER, SUBJECT, spiedServices, startCloud } from './cloud-for-tests.ts'
import { credentialConfiguration, googleUrls, requestGoogleToken } from './google.ts'

const GOOGLE = {
  projectNumber: '123456',
  workloadPoolId: 'daypass',
  providerId: 'issuer',
  serviceAccount: 'shop@acme-prod.iam.gserviceaccount.com',
  region: null,
  tokenLifetimeSeconds: 1800,
}
const AUDIENCE =
  '//iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/daypass/providers/issuer'
const FEDERATED = { status: 200, body: { access_token: 'ya29.d.federated', token_type: 'Bearer' } }
const ACTED = { status: 200, body: { accessToken: 'ya29.c.acted', expireTime: '2030-01-01T00:30:00Z' } }
const sts = (error: string, description: string) => ({
  status: 400,
  body: { error, error_description: description },
})

function attempt(url: string, change: Partial<typeof GOOGLE> | { tokenLifetimeSeconds: null } = {}) {
  const { services, said, hidden } = spiedServices()
  const result = requestGoogleToken({
    ...services,
    identity: { issuerUrl: ISSUER },
    google: { ...GOOGLE, ...change },
    urls: { sts: url, iamCredentials: url },
  })
  return { result, said, hidden }
}

test('the token service, then the service account, as Google documents them; both tokens are hidden', async () => {
  const { url, asked } = await startCloud([FEDERATED, ACTED])
  const { result, said, hidden } = attempt(url)
  expect(await result).toEqual({
    ok: true,
    granted: { accessToken: 'ya29.c.acted', sessionSeconds: 1800, expiresAt: '2030-01-01T00:30:00Z' },
  })
  expect(asked.map(({ path }) => path)).toEqual([
    '/v1/token',
    `/v1/projects/-/serviceAccounts/${GOOGLE.serviceAccount}:generateAccessToken`,
  ])
  expect(Object.fromEntries(asked[0]?.form ?? [])).toEqual({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    audience: AUDIENCE,
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    subject_token: 'jwt-1',
  })
  expect(asked[1]).toMatchObject({ authorization: 'Bearer ya29.d.federated', type: 'application/json' })
  expect(JSON.parse(asked[1]?.body ?? '')).toEqual({
    scope: ['https://www.googleapis.com/auth/cloud-platform'],
    lifetime: '1800s',
  })
  expect(hidden).toEqual(['ya29.d.federated', 'ya29.c.acted'])
  expect(said.join('\n')).not.toMatch(/jwt-1|ya29/)
})

test('no lifetime is asked for when the stack names none', async () => {
  const { url, asked } = await startCloud([FEDERATED, ACTED])
  await attempt(url, { tokenLifetimeSeconds: null }).result
  expect(JSON.parse(asked[1]?.body ?? '')).not.toHaveProperty('lifetime')
})

test('a refusal of the token service is not tried again, and says what to change', async () => {
  const { url, asked } = await startCloud([
    sts('unauthorized_client', 'The given credential is rejected by the attribute condition.'),
  ])
  const { result, said } = attempt(url)
  expect(await result).toMatchObject({ ok: false, failure: { code: 'google_refused' } })
  expect(asked).toHaveLength(1)
  expect(said.join('\n')).toMatch(/attribute condition does not hold .*\[condition_false\]/)
})

test('a project id in place of its number is named', async () => {
  const { url } = await startCloud([
    sts('invalid_target', 'The target service indicated by the "audience" parameters is invalid.'),
  ])
  const { result } = attempt(url, { projectNumber: 'acme-prod' })
  expect(await result).toMatchObject({
    failure: { message: expect.stringMatching(/is the id of a project.*gcloud projects describe acme-prod/) },
  })
})

test('a missing binding comes with the command that makes it', async () => {
  const error = { code: 403, status: 'PERMISSION_DENIED', message: "Permission 'getAccessToken' denied." }
  const { url } = await startCloud([FEDERATED, { status: 403, body: { error } }])
  const { result } = attempt(url)
  expect(await result).toMatchObject({
    failure: { message: expect.stringContaining(`workloadIdentityPools/daypass/subject/${SUBJECT}`) },
  })
})

test('what Google calls temporary is tried again from the start, with a fresh token', async () => {
  const exhausted = { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'Quota exceeded.' }
  const { url, asked } = await startCloud([
    sts('invalid_grant', "Error connecting to the given credential's issuer."),
    FEDERATED,
    { status: 429, body: { error: exhausted } },
    { status: 502, body: 'bad gateway' },
    FEDERATED,
    ACTED,
  ])
  expect((await attempt(url).result).ok).toBe(true)
  const tokens = asked.map(({ form }) => form.get('subject_token')).filter(Boolean)
  expect(tokens).toEqual(['jwt-1', 'jwt-2', 'jwt-3', 'jwt-4'])
})

test('an answer that is none, and nobody there, end in a sentence', async () => {
  const { url, asked } = await startCloud([{ status: 200, body: '<html>hello</html>' }])
  expect(await attempt(url).result).toMatchObject({ ok: false, failure: { code: 'google_unreachable' } })
  expect(asked).toHaveLength(5)
  expect(await attempt('http://127.0.0.1:1').result).toMatchObject({
    ok: false,
    failure: { code: 'google_unreachable' },
  })
})

test('programs are told where the token lies, in the form of AIP-4117, and no secret', () => {
  const none = { awsSts: undefined, azureAuthority: undefined, googleSts: undefined, googleIam: undefined }
  expect(credentialConfiguration(GOOGLE, googleUrls(none), '/mnt/pulumi/pulumi.oidc')).toEqual({
    type: 'external_account',
    audience: AUDIENCE,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: 'https://sts.googleapis.com/v1/token',
    service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${GOOGLE.serviceAccount}:generateAccessToken`,
    service_account_impersonation: { token_lifetime_seconds: 1800 },
    credential_source: { file: '/mnt/pulumi/pulumi.oidc', format: { type: 'text' } },
  })
})
