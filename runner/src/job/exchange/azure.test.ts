import { expect, test } from 'vitest'
import { requestAzureToken } from './azure.ts'
import { azureCloud } from './azure-cloud.ts'
import { ISSUER, SUBJECT, spiedServices, startCloud } from './cloud-for-tests.ts'

const GRANTED = {
  status: 200,
  body: { token_type: 'Bearer', expires_in: 3599, access_token: 'eyJ.access.token' },
}
const refused = (code: number, description: string) => ({
  status: 401,
  body: {
    error: 'invalid_client',
    error_description: `AADSTS${code}: ${description} Trace ID: 1`,
    error_codes: [code],
  },
})

function attempt(authorityUrl: string) {
  const { services, said, hidden } = spiedServices()
  const result = requestAzureToken({
    ...services,
    identity: { issuerUrl: ISSUER },
    azure: { clientId: 'the-client', tenantId: 'the-tenant', subscriptionId: null },
    authorityUrl,
    scope: azureCloud(undefined).scope,
  })
  return { result, said, hidden }
}

test('one form post, as Entra documents it, and its access token is hidden', async () => {
  const { url, asked } = await startCloud([GRANTED])
  const { result, said, hidden } = attempt(url)
  expect(await result).toEqual({
    ok: true,
    granted: { accessToken: 'eyJ.access.token', sessionSeconds: 3599 },
  })
  expect(asked[0]).toMatchObject({
    path: '/the-tenant/oauth2/v2.0/token',
    type: 'application/x-www-form-urlencoded',
  })
  expect(Object.fromEntries(asked[0]?.form ?? [])).toEqual({
    grant_type: 'client_credentials',
    client_id: 'the-client',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: 'jwt-1',
    scope: 'https://management.azure.com/.default',
  })
  expect(hidden).toEqual(['eyJ.access.token'])
  expect(said.join('\n')).not.toMatch(/jwt-1|access\.token/)
})

test('a refusal is not tried again, and says which of the three does not fit', async () => {
  const { url, asked } = await startCloud([refused(700213, 'No matching federated identity record found.')])
  const { result, said } = attempt(url)
  expect(await result).toMatchObject({ ok: false, failure: { code: 'azure_refused' } })
  expect(asked).toHaveLength(1)
  expect(said.join('\n')).toContain(`has the subject "${SUBJECT}"`)
  expect(said.join('\n')).toMatch(/What to change: Add one with issuer/)
})

test('an error without its list of numbers is understood by its description', async () => {
  const answer = refused(90002, "Tenant 'the-tenant' not found.")
  const { url } = await startCloud([{ ...answer, body: { ...answer.body, error_codes: undefined } }])
  const { result } = attempt(url)
  expect(await result).toMatchObject({ failure: { message: expect.stringContaining('There is no tenant') } })
})

test('what Entra calls temporary is tried again, each time with a fresh token', async () => {
  const { url, asked } = await startCloud([
    refused(501661, 'Request to External OIDC endpoint failed.'),
    { status: 503, body: 'busy' },
    { ...refused(50196, 'Too many requests.'), status: 429 },
    GRANTED,
  ])
  expect((await attempt(url).result).ok).toBe(true)
  expect(asked.map(({ form }) => form.get('client_assertion'))).toEqual(['jwt-1', 'jwt-2', 'jwt-3', 'jwt-4'])
})

test('an answer that is none, and nobody there, end in a sentence', async () => {
  const { url, asked } = await startCloud([{ status: 200, body: '<html>hello</html>' }])
  expect(await attempt(url).result).toMatchObject({ ok: false, failure: { code: 'azure_unreachable' } })
  expect(asked).toHaveLength(5)
  expect(await attempt('http://127.0.0.1:1').result).toMatchObject({
    ok: false,
    failure: { code: 'azure_unreachable' },
  })
})

test.each([
  [undefined, 'https://login.microsoftonline.com'],
  ['public', 'https://login.microsoftonline.com'],
  ['usgovernment', 'https://login.microsoftonline.us'],
  ['AzureUSGovernmentCloud', 'https://login.microsoftonline.us'],
  ['china', 'https://login.chinacloudapi.cn'],
  ['AZURECHINACLOUD', 'https://login.chinacloudapi.cn'],
])('ARM_ENVIRONMENT=%s is asked at %s', (environment, authorityUrl) => {
  expect(azureCloud(environment).authorityUrl).toBe(authorityUrl)
})
