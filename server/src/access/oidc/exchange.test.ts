import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { badTokens, FAULTS, type Fault } from '../../../../test/harness/bad-tokens.ts'
import {
  ALLOW,
  asked,
  type OidcLogins,
  SUBJECT,
  startOidcLogins,
} from '../../../../test/harness/oidc-logins.ts'
import { startOtherIssuer } from '../../../../test/harness/other-issuer.ts'
import { createWorld, type World } from '../../../../test/harness/world.ts'

let logins: OidcLogins
let world: World
beforeAll(async () => {
  logins = await startOidcLogins()
  world = logins.world
})
afterAll(() => logins.close())
beforeEach(() => logins.setPolicies([ALLOW]))

const ORG = '/api/orgs/acme'
const NOT_ALLOWED = { status: 400, body: { error: 'invalid_grant', code: 400, reason: 'invalid_grant' } }

test('a token of the issuer for one of the organization, as the CLI asks for it', async () => {
  const answer = await logins.exchange()
  expect(answer).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } })
  expect(answer.body).toEqual({
    access_token: expect.stringMatching(/^pul-[0-9a-f]{40}$/),
    issued_token_type: 'urn:pulumi:token-type:access_token:organization',
    token_type: 'token',
    expires_in: 3_600,
    scope: '',
  })
  const user = await world.call('GET', '/api/user', { token: answer.body.access_token })
  expect(user.body).toMatchObject({
    githubLogin: 'acme',
    tokenInfo: { name: 'github', organization: 'acme' },
    siteAdmin: false,
    organizations: [{ githubLogin: 'acme' }],
  })
})

test('and as generated clients ask: JSON, with nulls', async () => {
  const answer = await world.call('POST', '/api/oauth/token', {
    token: null,
    body: {
      audience: 'urn:pulumi:org:acme',
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requested_token_type: 'urn:pulumi:token-type:access_token:organization',
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      subject_token: await logins.idToken(),
      scope: null,
      expiration: null,
      refresh_token: null,
    },
  })
  expect(answer).toMatchObject({ status: 200, body: { expires_in: 3_600, scope: '' } })
})

describe('what is refused', () => {
  test('whatever is wrong with the request says so, and nobody is asked anything', async () => {
    logins.issuer.asked.length = 0
    const cases: [Record<string, string | undefined>, string, RegExp][] = [
      [{ grant_type: 'password' }, 'unsupported_grant_type', /"grant_type" must be urn:ietf/],
      [{ grant_type: 'refresh_token' }, 'unsupported_grant_type', /^Refresh tokens are not offered/],
      [{ audience: 'acme' }, 'invalid_request', /"audience" must be urn:pulumi:org:<organization>/],
      [{ audience: 'urn:pulumi:org:A' }, 'invalid_request', /"audience"/],
      [{ subject_token_type: undefined }, 'invalid_request', /"subject_token_type" must be/],
      [{ subject_token: 'x' }, 'invalid_request', /"subject_token" must be a signed JWT/],
      [{ subject_token: 'a.b.' }, 'invalid_request', /"subject_token"/],
      [{ requested_token_type: undefined }, 'invalid_request', /"requested_token_type"/],
      [asked('root', ''), 'invalid_request', /"requested_token_type"/],
      [{ scope: 'everything' }, 'invalid_scope', /must be empty or admin/],
      [asked('team', 'ops'), 'invalid_scope', /must be team:<name>/],
      [asked('personal', 'user:*'), 'invalid_scope', /must be user:<login>/],
      [asked('runner', 'runner:'), 'invalid_scope', /must be runner:<pool>/],
      [{ expiration: '1h' }, 'invalid_request', /"expiration" must be a number of seconds/],
      [{ expiration: '-5' }, 'invalid_request', /"expiration"/],
    ]
    for (const [fields, error, sentence] of cases) {
      const answer = await logins.exchange({ subject_token: 'a.b.c', ...fields })
      expect(answer, JSON.stringify(fields)).toMatchObject({ status: 400, body: { error, code: 400 } })
      expect(answer.body.error_description).toMatch(sentence)
      expect(answer.body.message).toBe(answer.body.error_description)
    }
    expect(logins.issuer.asked).toEqual([])
  })

  test('a field that stands twice, another kind of body, and one that is too long', async () => {
    const send = (raw: string, type = 'application/x-www-form-urlencoded') =>
      world.call('POST', '/api/oauth/token', { token: null, raw, headers: { 'content-type': type } })
    expect(await send('scope=&scope=admin')).toMatchObject({
      status: 400,
      body: { reason: 'invalid_request' },
    })
    expect((await send('<xml/>', 'text/xml')).status).toBe(415)
    expect((await send(`subject_token=${'x'.repeat(40_000)}`)).status).toBe(413)
    expect((await send('')).status).toBe(400)
  })

  test('whoever has no token of the issuer learns neither which organizations there are nor their issuers', async () => {
    const stranger = await startOtherIssuer()
    const unknown = await logins.exchange({ subject_token: await stranger.token() })
    const nowhere = await logins.exchange({
      subject_token: await logins.idToken(),
      audience: 'urn:pulumi:org:nowhere',
    })
    const other = await logins.exchange({
      subject_token: await logins.idToken(),
      audience: 'urn:pulumi:org:other',
    })
    expect(unknown).toMatchObject(NOT_ALLOWED)
    expect([nowhere.body, other.body]).toEqual([unknown.body, unknown.body])
    // Nothing is fetched for an issuer that nobody registered.
    expect(stranger.asked).toEqual([])
    await stranger.close()
  })

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['one that has expired', { exp: 1 }, /^The token has expired\.$/],
    ['one for somebody else', { aud: 'urn:pulumi:org:other' }, /^No policy of the issuer allows/],
    [
      'one about somebody else',
      { sub: 'repo:evil/web:ref:refs/heads/main' },
      /^No policy of the issuer allows/,
    ],
  ])('%s', async (_name, claims, sentence) => {
    const answer = await logins.exchange({ subject_token: await logins.idToken(claims) })
    expect(answer).toMatchObject(NOT_ALLOWED)
    expect(answer.body.message).toMatch(sentence)
  })

  test('every bad token, but what specifications allow', async () => {
    const { issuer } = logins
    const good = { ...issuer.claims(), aud: 'urn:pulumi:org:acme', sub: SUBJECT }
    const bad = await badTokens(issuer.signer(), good)
    const letIn: Fault[] = []
    for (const fault of FAULTS) {
      const { status, body } = await logins.exchange({ subject_token: bad[fault] })
      if (status === 200) letIn.push(fault)
      else expect(body, fault).toMatchObject({ message: expect.stringMatching(/^\S.*\.$/) })
    }
    // The issuer has one key alone (OpenID Connect Core, section 10.1); audiences are a list (RFC 7519, section 4.1.3).
    expect(letIn).toEqual(['no key id', 'an audience in a list', 'an audience among others'])
  })

  test('by a policy that denies', async () => {
    await logins.setPolicies([ALLOW, { ...ALLOW, decision: 'deny', rules: { sub: '*:refs/heads/main' } }])
    expect(await logins.exchange()).toMatchObject(NOT_ALLOWED)
    expect(
      await logins.exchange({ subject_token: await logins.idToken({ sub: 'repo:acme/web:dev' }) }),
    ).toMatchObject({
      status: 200,
    })
  })

  test('the keys of the issuer cannot be read: nobody is let in, and it is said as what it is', async () => {
    await world.call('PATCH', `${ORG}/oidc/issuers/${logins.issuerId}`, { body: { name: 'github' } })
    logins.issuer.serves.status = 500
    expect(await logins.exchange()).toMatchObject({
      status: 503,
      body: {
        error: 'temporarily_unavailable',
        code: 503,
        message: expect.stringContaining('cannot be read'),
      },
    })
    logins.issuer.serves.status = 200
    await world.call('PATCH', `${ORG}/oidc/issuers/${logins.issuerId}`, { body: { name: 'github' } })
    expect((await logins.exchange()).status).toBe(200)
  })
})

test('an exchange is in the audit log, with the subject and without any token', async () => {
  const subjectToken = await logins.idToken({ sub: 'repo:acme/web:audited' })
  const { body } = await logins.exchange({ subject_token: subjectToken })
  const { body: log } = await world.call('GET', `${ORG}/auditlogs?eventFilter=token.exchanged`)
  const [event] = log.auditLogEvents
  expect(event).toMatchObject({
    actorName: 'oidc:acme/github',
    description: 'Token exchanged: oidc:acme/github/organization',
    details: { subject: 'repo:acme/web:audited', tokenType: 'organization', scope: '' },
  })
  expect(event.details.subjectTokenSha256).toMatch(/^[0-9a-f]{64}$/)
  const everything = JSON.stringify((await world.db.query('select * from audit_log')).rows)
  expect(everything).not.toContain(subjectToken)
  expect(everything).not.toContain(body.access_token)
})

test('too many failures of one address are told to wait, and a good token is not', async () => {
  const limited = await createWorld({ flags: ['--failed-logins-per-minute', '2'] })
  const send = async () =>
    limited.call('POST', '/api/oauth/token', {
      token: null,
      body: {
        audience: 'urn:pulumi:org:acme',
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        requested_token_type: 'urn:pulumi:token-type:access_token:organization',
        subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
        subject_token: await logins.idToken(),
      },
    })
  expect([(await send()).status, (await send()).status]).toEqual([400, 400])
  expect(await send()).toMatchObject({
    status: 429,
    headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
    body: { reason: 'too_many_failed_logins' },
  })
  expect((await limited.call('GET', '/api/user')).status).toBe(200)
  await limited.close()
})
