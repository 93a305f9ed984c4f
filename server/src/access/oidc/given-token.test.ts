import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ALLOW, asked, form, type OidcLogins, startOidcLogins } from '../../../../test/harness/oidc-logins.ts'
import type { World } from '../../../../test/harness/world.ts'

let logins: OidcLogins
let world: World
let poolId: string
let opsId: string
beforeAll(async () => {
  logins = await startOidcLogins()
  world = logins.world
  poolId = (await world.addPool('eu')).id
  await world.call('POST', `${ORG}/teams/pulumi`, {
    body: { name: 'ops', displayName: 'Ops', description: '' },
  })
  const { rows } = await world.db.query<{ id: string }>("select id from teams where name = 'ops'")
  opsId = rows[0]?.id ?? ''
})
afterAll(() => logins.close())
beforeEach(() => logins.setPolicies([ALLOW]))

const ORG = '/api/orgs/acme'
const NOT_ALLOWED = { status: 400, body: { error: 'invalid_grant', code: 400, reason: 'invalid_grant' } }

describe('what the token may do', () => {
  const hasToken = async (tokenType: string, scope: string): Promise<string> => {
    const { status, body } = await logins.exchange(asked(tokenType, scope))
    expect(status, JSON.stringify(body)).toBe(200)
    return body.access_token
  }
  const statusOf = async (path: string, token: string, method = 'GET', body?: object) =>
    (await world.call(method, path, { token, ...(body && { body }) })).status

  test('an organization’s is a member, and an admin where a policy says so', async () => {
    const member = await hasToken('organization', '')
    expect(await statusOf(`${ORG}/oidc/issuers`, member)).toBe(403)
    expect(await logins.exchange({ scope: 'admin' })).toMatchObject(NOT_ALLOWED)
    await logins.setPolicies([{ ...ALLOW, authorizedPermissions: ['admin'] }])
    const admin = await hasToken('organization', 'admin')
    expect(await statusOf(`${ORG}/oidc/issuers`, admin)).toBe(200)
    expect(await statusOf('/api/orgs/other/oidc/issuers', admin)).toBe(404)
    // Both are there, and neither became the other.
    expect(await statusOf(`${ORG}/oidc/issuers`, member)).toBe(403)
  })

  test('a team’s may what the team may, of teams that a policy names', async () => {
    await logins.setPolicies([{ ...ALLOW, tokenType: 'team', teamName: 'o*' }])
    expect(await logins.exchange(asked('team', 'team:dev'))).toMatchObject(NOT_ALLOWED)
    expect(await logins.exchange(asked('team', 'team:other-team'))).toMatchObject(NOT_ALLOWED)
    const token = await hasToken('team', 'team:ops')
    const { body } = await world.call('GET', '/api/user', { token })
    expect(body).toMatchObject({
      githubLogin: 'acme',
      tokenInfo: { name: 'github', organization: 'acme', team: 'ops' },
    })
    const stack = await world.addStack(`t${Date.now()}`)
    await world.db.query('update organizations set default_stack_permission = 0 where name = $1', ['acme'])
    const { rows } = await world.db.query<{ name: string }>('select name from stacks where id = $1', [stack])
    const path = `/api/stacks/acme/web/${rows[0]?.name}`
    expect(await statusOf(path, token)).toBe(404)
    await world.db.query(
      'insert into team_stacks (organization_id, team_id, stack_id, permission) values ($1, $2, $3, 101)',
      [world.organizationIds.acme, opsId, stack],
    )
    expect(await statusOf(path, token)).toBe(200)
    await world.db.query('update organizations set default_stack_permission = 102 where name = $1', ['acme'])
  })

  test('a person’s counts in this organization alone, and makes no token that counts elsewhere', async () => {
    await world.db.query(
      `insert into members (organization_id, user_id, role) select id, $1, 'admin' from organizations where name = 'other'`,
      [world.userIds.member],
    )
    await world.db.query('update users set site_admin = true where id = $1', [world.userIds.member])
    await logins.setPolicies([{ ...ALLOW, tokenType: 'personal', userLogin: 'member' }])
    expect(await logins.exchange(asked('personal', 'user:admin'))).toMatchObject(NOT_ALLOWED)
    expect(await logins.exchange(asked('personal', 'user:nobody'))).toMatchObject(NOT_ALLOWED)
    const token = await hasToken('personal', 'user:member')
    const { body } = await world.call('GET', '/api/user', { token })
    expect(body).toMatchObject({ githubLogin: 'member', siteAdmin: false })
    expect(body.organizations).toMatchObject([{ githubLogin: 'acme' }])
    expect(await statusOf('/api/orgs/other/members', token)).toBe(404)
    expect(await statusOf('/api/daypass/orgs', token, 'POST', { name: 'mine' })).toBe(403)
    expect(await statusOf('/api/daypass/auditlogs', token)).toBe(403)
    expect(await statusOf('/api/user/tokens', token)).toBe(403)
    expect(await statusOf('/api/user/tokens', token, 'POST', { description: 'x' })).toBe(403)
    const page = await world.app.inject({
      method: 'POST',
      url: '/cli-login',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
      payload: form({ accessToken: token, cliSessionPort: '4321', cliSessionNonce: 'a'.repeat(64) }),
    })
    expect(page.statusCode).toBe(401)
    // What it does is noted as done by the person, by the word of the logins.issuer.
    expect(await statusOf('/api/stacks/acme/web', token, 'POST', { stackName: 'made-by-oidc' })).toBe(200)
    const { body: log } = await world.call('GET', `${ORG}/auditlogs?user=member&eventFilter=stack.created`)
    expect(log.auditLogEvents[0]).toMatchObject({
      actorName: 'user:member (issuer github)',
      user: { githubLogin: 'member', name: 'MEMBER' },
    })
    // It ends when they leave.
    expect(await statusOf(`${ORG}/members/member`, world.tokens.admin, 'DELETE')).toBe(204)
    expect(await statusOf('/api/user', token)).toBe(401)
    expect(await logins.exchange(asked('personal', 'user:member'))).toMatchObject(NOT_ALLOWED)
  })

  test('a runner’s claims from the pool that a policy names, by its name or id, until its end', async () => {
    const other = await world.addPool('us')
    await logins.setPolicies([{ ...ALLOW, tokenType: 'runner', runnerID: poolId }])
    for (const scope of ['runner:us', `runner:${other.id}`, 'runner:default', 'runner:nowhere']) {
      expect(await logins.exchange(asked('runner', scope)), scope).toMatchObject(NOT_ALLOWED)
    }
    for (const scope of ['runner:eu', `runner:${poolId}`]) {
      const { body } = await logins.exchange(asked('runner', scope))
      expect(body).toMatchObject({
        access_token: expect.stringMatching(/^dpp-[0-9a-f]{40}$/),
        issued_token_type: 'urn:pulumi:token-type:access_token:runner',
        scope,
      })
      expect(await world.claim({ token: body.access_token })).toBeUndefined()
    }
    const { body } = await logins.exchange(asked('runner', 'runner:eu'))
    await world.db.query(
      "update pool_tokens set expires_at = now() - interval '1 second' where issuer_id = $1",
      [logins.issuerId],
    )
    await expect(world.claim({ token: body.access_token })).rejects.toThrow('401')
  })
})

describe('for how long', () => {
  const seconds = async (expiration: string | undefined) =>
    (await logins.exchange({ expiration })).body.expires_in as number | undefined

  test('two hours, or what is asked for, and no longer than the issuer’s tokens may', async () => {
    await world.db.query('update oidc_issuers set max_expiration_seconds = null where id = $1', [
      logins.issuerId,
    ])
    expect(await seconds(undefined)).toBe(7_200)
    expect(await seconds('0')).toBe(7_200)
    expect(await seconds('60')).toBe(60)
    expect(await seconds('999999999')).toBe(25 * 3_600)
    await world.db.query('update organizations set max_token_days = 1 where name = $1', ['acme'])
    expect(await seconds('999999999')).toBe(24 * 3_600)
    await world.db.query('update organizations set max_token_days = null where name = $1', ['acme'])
    await world.db.query('update oidc_issuers set max_expiration_seconds = 3600 where id = $1', [
      logins.issuerId,
    ])
    expect(await seconds('7200')).toBe(3_600)
  })

  test('it ends then', async () => {
    const { body } = await logins.exchange({ expiration: '60' })
    const get = () => world.call('GET', '/api/user/organizations/default', { token: body.access_token })
    await world.db.query(
      "update access_tokens set expires_at = now() - interval '1 second' where issuer_id = $1",
      [logins.issuerId],
    )
    expect((await get()).status).toBe(401)
  })

  test('those that ended a month ago go', async () => {
    await world.db.query(
      "update access_tokens set expires_at = now() - interval '31 days' where issuer_id = $1",
      [logins.issuerId],
    )
    await logins.exchange()
    const { rowCount } = await world.db.query('select from access_tokens where issuer_id = $1', [
      logins.issuerId,
    ])
    expect(rowCount).toBe(1)
  })
})

test('a team that goes takes its tokens along, and a later one of the same name gets none of them', async () => {
  await logins.setPolicies([{ ...ALLOW, tokenType: 'team', teamName: 'shortlived' }])
  const create = () =>
    world.call('POST', `${ORG}/teams/pulumi`, {
      body: { name: 'shortlived', displayName: 'x', description: '' },
    })
  const users: string[] = []
  for (let n = 0; n < 3; n += 1) {
    expect((await create()).status).toBeLessThan(300)
    const { status, body } = await logins.exchange(asked('team', 'team:shortlived'))
    expect(status, JSON.stringify(body)).toBe(200)
    const user = await world.call('GET', '/api/user', { token: body.access_token })
    expect(user.body.tokenInfo).toMatchObject({ team: 'shortlived' })
    users.push(user.body.id)
    expect((await world.call('DELETE', `${ORG}/teams/shortlived`)).status).toBe(204)
    expect((await world.call('GET', '/api/user', { token: body.access_token })).status).toBe(401)
  }
  expect(new Set(users).size).toBe(3)
})
