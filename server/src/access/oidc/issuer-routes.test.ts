import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../../../test/harness/world.ts'
import { FetchRefused } from './fetch-document.ts'

const THUMBPRINT = 'ab'.repeat(32)
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig' }] }

let world: World
/** What issuers publish, by URL. */
const published = new Map<string, unknown>()
let thumbprint: string | undefined = THUMBPRINT

function publish(url: string, discovery: object = {}, keys: unknown = jwks): void {
  published.set(`${url}/.well-known/openid-configuration`, {
    issuer: url,
    jwks_uri: `${url}/jwks`,
    ...discovery,
  })
  published.set(`${url}/jwks`, keys)
}

beforeAll(async () => {
  world = await createWorld({
    async fetchDocument(url) {
      if (!published.has(url)) throw new FetchRefused('It cannot be reached.')
      return { json: published.get(url), thumbprint }
    },
  })
  for (const name of ['github', 'gitlab', 'other', 'gone']) publish(`https://${name}.example`)
})
afterAll(() => world.close())

const ISSUERS = '/api/orgs/acme/oidc/issuers'
const register = (body: object) => world.call('POST', ISSUERS, { body })

test('an issuer is registered, read, listed, changed and deleted', async () => {
  const url = 'https://github.example'
  const made = await register({ name: 'github', url, maxExpiration: 3_600, thumbprints: null, jwks: null })
  expect(made.status).toBe(200)
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT/)
  const issuer = {
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    name: 'github',
    url,
    issuer: url,
    thumbprints: [],
    maxExpiration: 3_600,
    created: time,
    modified: time,
  }
  expect(made.body).toEqual(issuer)
  const one = `${ISSUERS}/${made.body.id}`
  expect((await world.call('GET', one)).body).toEqual(made.body)
  expect((await world.call('GET', ISSUERS)).body).toEqual({ oidcIssuers: [made.body] })

  const thumbprints = [THUMBPRINT.toUpperCase().replaceAll(/(..)(?=.)/g, '$1:'), THUMBPRINT]
  const changed = await world.call('PATCH', one, { body: { name: 'actions', thumbprints } })
  expect(changed.body).toEqual({ ...issuer, name: 'actions', thumbprints: [THUMBPRINT] })
  // As the provider sends what is not set.
  const same = await world.call('PATCH', one, {
    body: { name: 'actions', thumbprints: null, maxExpiration: null },
  })
  expect(same.body).toEqual(changed.body && { ...changed.body, modified: time })

  expect((await world.call('DELETE', one)).status).toBe(204)
  for (const method of ['GET', 'DELETE'] as const) {
    expect(await world.call(method, one)).toMatchObject({ status: 404, body: { reason: 'issuer_not_found' } })
  }
})

test('until somebody says otherwise its tokens are worth nothing; policies are replaced as a whole', async () => {
  const { body: issuer } = await register({ name: 'gitlab', url: 'https://gitlab.example' })
  const path = `/api/orgs/acme/auth/policies/oidcissuers/${issuer.id}`
  const { body: before } = await world.call('GET', path)
  expect(before).toMatchObject({
    version: 1,
    policies: [{ decision: 'deny', tokenType: 'organization', authorizedPermissions: [], rules: {} }],
  })
  const policies = [
    {
      decision: 'allow',
      tokenType: 'team',
      teamName: 'ops',
      userLogin: null,
      runnerID: null,
      roleID: null,
      authorizedPermissions: ['standard'],
      rules: { sub: 'project_path:acme/*', namespace_id: 72 },
    },
  ]
  const policyPath = `/api/orgs/acme/auth/policies/${before.id}`
  const changed = await world.call('PATCH', policyPath, { body: { policies } })
  expect(changed.body).toMatchObject({
    id: before.id,
    version: 2,
    policies: [
      {
        decision: 'allow',
        tokenType: 'team',
        teamName: 'ops',
        authorizedPermissions: ['standard'],
        rules: { sub: 'project_path:acme/*', namespace_id: '72' },
      },
    ],
  })
  expect((await world.call('GET', path)).body).toEqual(changed.body)

  const refused = await world.call('PATCH', policyPath, { body: { policies: [] } })
  expect(refused).toMatchObject({ status: 400, body: { reason: 'invalid_policy' } })
  expect((await world.call('GET', path)).body).toEqual(changed.body)
  const { body: log } = await world.call('GET', '/api/orgs/acme/auditlogs?eventFilter=auth_policy.changed')
  expect(log.auditLogEvents).toMatchObject([
    {
      actorName: 'user:admin',
      details: { target: 'gitlab', before: before.policies, after: expect.any(Array) },
    },
  ])
})

test('one that cannot be believed is not registered, and the sentence says why', async () => {
  publish('https://lies.example', { issuer: 'https://github.example' })
  publish('https://nokeys.example', {}, { keys: [] })
  publish('https://nowhere.example', { jwks_uri: undefined })
  const cases: [object, RegExp][] = [
    [{ url: 'https://missing.example' }, /cannot be registered by its URL\. It cannot be reached\./],
    [{ url: 'https://lies.example' }, /names another issuer than the URL/],
    [{ url: 'https://nokeys.example' }, /has no public key that signs/],
    [{ url: 'https://nowhere.example' }, /has no "jwks_uri"/],
    [{ url: 'https://u:p@github.example' }, /without user, query and fragment/],
    [{ url: 'https://github.example?x' }, /without user, query and fragment/],
    [{ url: 'https://github.example/#' }, /without user, query and fragment/],
    [{ url: 'https://GitHub.example' }, /without user/],
    [{ url: 'ftp://github.example' }, /must be an https URL/],
    [{ url: 'github.example' }, /must be an https URL/],
    [{ thumbprints: ['abc'] }, /64 hexadecimal digits/],
    [{ thumbprints: ['a'.repeat(40)] }, /64 hexadecimal digits/],
    [{ jwks: { keys: [] } }, /"jwks" of the body is of no use/],
    [{ jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }, /"jwks" of the body is of no use/],
    [{ jwks: { keys: [privateKey.export({ format: 'jwk' })] } }, /holds a private key/],
    [{ jwks, url: 'http://github.example' }, /must be an https URL/],
    [{ name: '../x' }, /"name"/],
    [{ maxExpiration: -1 }, /"maxExpiration"/],
    [{ unknown: 1 }, /"unknown"/],
  ]
  for (const [change, sentence] of cases) {
    const answer = await register({ name: 'bad', url: 'https://other.example', ...change })
    expect(answer, JSON.stringify(change)).toMatchObject({ status: 400, body: { code: 400 } })
    expect(answer.body.message).toMatch(sentence)
  }
  expect(JSON.stringify((await world.call('GET', ISSUERS)).body)).not.toContain('"bad"')
})

test('a name and an issuer are there once in an organization, and again in another', async () => {
  expect((await register({ name: 'other', url: 'https://other.example' })).status).toBe(200)
  expect(await register({ name: 'other', url: 'https://gone.example' })).toMatchObject({
    status: 409,
    body: { reason: 'issuer_exists', message: expect.stringContaining('of that name') },
  })
  expect(await register({ name: 'again', url: 'https://other.example' })).toMatchObject({
    status: 409,
    body: { reason: 'issuer_exists', message: expect.stringContaining('that issuer') },
  })
  const theirs = await world.call('POST', '/api/orgs/other/oidc/issuers', {
    token: world.tokens.stranger,
    body: { name: 'other', url: 'https://other.example' },
  })
  expect(theirs.status).toBe(200)
  const id = theirs.body.id
  for (const path of [`${ISSUERS}/${id}`, `/api/orgs/acme/auth/policies/oidcissuers/${id}`]) {
    expect((await world.call('GET', path)).status, path).toBe(404)
  }
})

test('an issuer that calls itself with a slash at the end is known by that', async () => {
  const url = 'https://slash.example'
  publish(url, { issuer: `${url}/` })
  expect((await register({ name: 'slash', url })).body).toMatchObject({ url, issuer: `${url}/` })
})

test('the certificate that is shown now is pinned, where there is one', async () => {
  const { body: issuer } = await register({ name: 'gone', url: 'https://gone.example' })
  const regenerate = (id: string) => world.call('POST', `${ISSUERS}/${id}/regenerate-thumbprints`)
  expect((await regenerate(issuer.id)).body).toMatchObject({ id: issuer.id, thumbprints: [THUMBPRINT] })
  thumbprint = undefined
  expect(await regenerate(issuer.id)).toMatchObject({ status: 400, body: { reason: 'invalid_issuer' } })
  thumbprint = THUMBPRINT
  published.clear()
  expect(await regenerate(issuer.id)).toMatchObject({ status: 400, body: { reason: 'issuer_unreachable' } })
  const byHand = await register({ name: 'by-hand', url: 'https://inside.example', jwks })
  expect(byHand.body).toMatchObject({ issuer: 'https://inside.example', jwks })
  expect(await regenerate(byHand.body.id)).toMatchObject({ status: 400, body: { reason: 'invalid_issuer' } })
  expect((await regenerate('00000000-0000-0000-0000-000000000000')).status).toBe(404)
})

test('policies are tried with claims, and say why they do not apply', async () => {
  publish('https://tried.example')
  const { body: issuer } = await register({ name: 'tried', url: 'https://tried.example' })
  const pool = await world.addPool('tried')
  const path = `/api/orgs/acme/auth/policies/oidcissuers/${issuer.id}`
  const { body: policy } = await world.call('GET', path)
  const policies = [
    { decision: 'allow', tokenType: 'organization', rules: { sub: 'repo:acme/web:*' } },
    { decision: 'allow', tokenType: 'runner', runnerID: pool.id, rules: { sub: 'repo:acme/web:*' } },
  ]
  await world.call('PATCH', `/api/orgs/acme/auth/policies/${policy.id}`, { body: { policies } })
  const attempt = (body: object) =>
    world.call('POST', `/api/daypass/orgs/acme/oidc/issuers/${issuer.id}/try`, { body })
  const claims = { aud: 'urn:pulumi:org:acme', sub: 'repo:acme/web:ref:refs/heads/main' }
  const another = { decision: 'allow', applies: false, reasons: [expect.stringContaining('another token')] }
  expect((await attempt({ claims, tokenType: 'organization' })).body).toEqual({
    allowed: true,
    version: 2,
    policies: [{ decision: 'allow', applies: true, reasons: [] }, another],
  })
  expect((await attempt({ claims, tokenType: 'runner', scope: 'runner:tried' })).body).toMatchObject({
    allowed: true,
    policies: [another, { applies: true }],
  })
  expect(
    (await attempt({ claims: { aud: 'x' }, tokenType: 'organization', scope: null })).body,
  ).toMatchObject({
    allowed: false,
    policies: [
      {
        applies: false,
        reasons: [
          'The claim "aud" is "x", not "urn:pulumi:org:acme", and no rule is about it.',
          'The claim "sub" is absent, or no text, which does not fit "repo:acme/web:*".',
        ],
      },
      another,
    ],
  })
  expect(await attempt({ claims, tokenType: 'root' })).toMatchObject({ status: 400 })
  expect(await attempt({ claims, tokenType: 'team', scope: 'ops' })).toMatchObject({ status: 400 })
  const large = { ...claims, x: 'y'.repeat(20_000) }
  expect((await attempt({ claims: large, tokenType: 'organization' })).status).toBe(413)
})

test('all of it is for admins of the organization', async () => {
  const id = '00000000-0000-0000-0000-000000000000'
  const policies = '/api/orgs/acme/auth/policies'
  const calls: [string, string, object?][] = [
    ['GET', ISSUERS],
    ['POST', ISSUERS, { name: 'x', url: 'https://x.example' }],
    ['GET', `${ISSUERS}/${id}`],
    ['PATCH', `${ISSUERS}/${id}`, { name: 'x' }],
    ['DELETE', `${ISSUERS}/${id}`],
    ['POST', `${ISSUERS}/${id}/regenerate-thumbprints`],
    ['GET', `${policies}/oidcissuers/${id}`],
    ['PATCH', `${policies}/${id}`, { policies: [] }],
    ['POST', `/api/daypass/orgs/acme/oidc/issuers/${id}/try`, { claims: {}, tokenType: 'organization' }],
  ]
  for (const [method, path, body] of calls) {
    const as = async (token: string | null) =>
      (await world.call(method, path, { token, ...(body && { body }) })).status
    expect(await as(world.tokens.member), `${method} ${path}`).toBe(403)
    expect(await as(world.tokens.stranger), `${method} ${path}`).toBe(404)
    expect(await as(null), `${method} ${path}`).toBe(401)
  }
})
