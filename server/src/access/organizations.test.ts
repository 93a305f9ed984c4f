/** Members, teams, settings and people over the routes, and what they change about who reaches a stack. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CallOptions, createWorld, type World } from '../../../test/harness/world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const S = '/api/stacks/acme/web/prod'
const as = (who: 'admin' | 'member' | 'stranger', body?: unknown): CallOptions => ({
  token: world.tokens[who],
  ...(body !== undefined && { body }),
})
const settings = (body: object) => world.call('PATCH', '/api/orgs/acme', { body })
async function actions(): Promise<string[]> {
  const { rows } = await world.db.query<{ action: string }>('select action from audit_log order by seq')
  return rows.map(({ action }) => action)
}

test('with nothing set, every member writes every stack, and its creator administers it', async () => {
  await world.addStack('prod')
  expect((await world.call('GET', S, as('member'))).status).toBe(200)
  expect((await world.call('PATCH', `${S}/tags`, as('member', { a: 'b' }))).status).toBe(204)
  expect(await world.call('DELETE', S, as('member'))).toMatchObject({
    status: 403,
    body: { reason: 'stack_admin_only' },
  })
  await world.call('POST', '/api/stacks/acme/web', as('member', { stackName: 'mine' }))
  expect((await world.call('DELETE', '/api/stacks/acme/web/mine', as('member'))).status).toBe(204)
})

test('each hears what they may do with a stack, and a stranger that there is none', async () => {
  await world.addStack('prod')
  const own = async (who: 'admin' | 'member' | 'stranger') => {
    const { status, body } = await world.call('GET', '/api/daypass/stacks/acme/web/prod/permission', as(who))
    return status === 200 ? body.permission : status
  }
  expect(await Promise.all([own('admin'), own('member'), own('stranger')])).toEqual([103, 102, 404])
  await settings({ setDefaultStackPermission: 101 })
  expect(await own('member')).toBe(101)
})

test('a default of nothing hides stacks, everywhere, from whom no team gives them', async () => {
  const stackId = await world.addStack('prod')
  const requested = {
    operation: 'update',
    sourceContext: { git: { repoUrl: 'https://x.example/a.git', branch: 'm' } },
  }
  expect((await world.call('POST', `${S}/deployments`, { body: requested })).status).toBe(202)
  expect(await settings({ setDefaultStackPermission: 0 })).toMatchObject({
    status: 200,
    body: { defaultStackPermission: 0, membersCanTransferStacks: false },
  })
  const stacks = async () => (await world.call('GET', '/api/user/stacks', as('member'))).body.stacks.length
  const deployments = async () =>
    (await world.call('GET', '/api/orgs/acme/deployments', as('member'))).body.total
  const project = async () => {
    const authorization = `token ${world.tokens.member}`
    const head = await world.app.inject({
      method: 'HEAD',
      url: '/api/stacks/acme/web',
      headers: { authorization },
    })
    return head.statusCode
  }
  expect(await Promise.all([stacks(), deployments(), project()])).toEqual([0, 0, 404])
  expect(await world.call('GET', S, as('member'))).toMatchObject({
    status: 404,
    body: { reason: 'stack_not_found' },
  })
  expect((await world.call('GET', S)).status).toBe(200)

  const team = '/api/orgs/acme/teams/ops'
  const body = { name: 'ops', displayName: 'Operations', description: '' }
  expect((await world.call('POST', '/api/orgs/acme/teams/pulumi', { body })).status).toBe(200)
  const grant = (permission: number) =>
    world.call('PATCH', team, {
      body: { addStackPermission: { projectName: 'web', stackName: 'prod', permission }, member: null },
    })
  expect((await grant(101)).status).toBe(204)
  expect((await world.call('GET', S, as('member'))).status).toBe(404)
  await world.call('PATCH', team, { body: { memberAction: 'add', member: 'member' } })
  expect((await world.call('GET', S, as('member'))).status).toBe(200)
  expect(await Promise.all([stacks(), deployments(), project()])).toEqual([1, 1, 200])
  const tag = () => world.call('PATCH', `${S}/tags`, as('member', { a: 'b' }))
  expect(await tag()).toMatchObject({ status: 403, body: { reason: 'stack_write_only' } })
  await grant(102)
  expect((await tag()).status).toBe(204)
  const rename = () => world.call('POST', `${S}/rename`, as('member', { newName: 'prod' }))
  expect(await rename()).toMatchObject({ status: 403, body: { reason: 'stack_admin_only' } })
  await grant(103)
  expect(await rename()).not.toMatchObject({ body: { reason: 'stack_admin_only' } })

  const { body: shown } = await world.call('GET', team)
  expect(shown).toMatchObject({
    kind: 'pulumi',
    displayName: 'Operations',
    members: [
      { githubLogin: 'admin', role: 'admin' },
      { githubLogin: 'member', role: 'member' },
    ],
    stacks: [{ projectName: 'web', stackName: 'prod', permission: 103 }],
  })
  // A transfer takes the stack out of the reach of the teams that it leaves behind.
  await world.call('POST', '/api/orgs/other/members/admin', as('stranger', { role: 'admin' }))
  await world.db.query(`update deployments set status = 'failed', lease_until = null, ended_at = now()`)
  expect((await world.call('POST', `${S}/transfer`, { body: { toOrg: 'other' } })).status).toBe(204)
  const left = await world.db.query('select from team_stacks where stack_id = $1', [stackId])
  expect(left.rowCount).toBe(0)

  await world.call('DELETE', team)
  expect(await world.call('GET', team)).toMatchObject({ status: 404, body: { reason: 'team_not_found' } })
  expect(await actions()).toEqual(
    expect.arrayContaining([
      'organization.settings_changed',
      'team.created',
      'team.stack_granted',
      'team.member_added',
      'team.deleted',
    ]),
  )
})

test('of a change of a team all is done, or nothing; its own admins decide who is in it, and nothing of stacks', async () => {
  await world.addStack('prod')
  await world.call('POST', '/api/orgs/acme/teams/pulumi', { body: { name: 'ops' } })
  const change = (body: object, who: 'admin' | 'member' = 'admin') =>
    world.call('PATCH', '/api/orgs/acme/teams/ops', as(who, body))
  const stack = { projectName: 'web', stackName: 'prod' }
  expect((await change({})).status).toBe(204)
  expect((await change({ memberAction: 'add' })).status).toBe(404)
  const gone = { ...stack, stackName: 'gone' }
  expect((await change({ memberAction: 'add', member: 'member', removeStack: gone })).status).toBe(404)
  expect((await world.call('GET', '/api/orgs/acme/teams/ops')).body.members).toMatchObject([
    { githubLogin: 'admin', role: 'admin' },
  ])
  expect((await change({ memberAction: 'add', member: 'stranger' })).status).toBe(404)
  expect((await change({ memberAction: 'add', member: 'member' }, 'member')).status).toBe(403)
  expect((await change({ memberAction: 'add', member: 'member' })).status).toBe(204)
  expect((await change({ newDescription: 'x' }, 'member')).status).toBe(403)
  expect((await change({ memberAction: 'promote', member: 'member' })).status).toBe(204)
  expect((await change({ newDescription: 'x' }, 'member')).status).toBe(204)
  expect((await change({ addStackPermission: { ...stack, permission: 103 } }, 'member')).status).toBe(403)
  expect((await change({ removeStack: { ...stack, stackName: 'no' } })).status).toBe(404)
  expect((await world.call('GET', '/api/orgs/acme/teams', as('member'))).body.teams).toMatchObject([
    { name: 'ops', description: 'x', userRole: 'admin' },
  ])
  await world.call('DELETE', '/api/orgs/acme/members/member')
  expect((await world.call('GET', '/api/orgs/acme/teams/ops')).body.members).toHaveLength(1)
})

test('members are listed, added, given a role and removed by admins; the last admin stays', async () => {
  const member = (login: string) => `/api/orgs/acme/members/${login}`
  const { body } = await world.call('GET', '/api/orgs/acme/members?type=backend', as('member'))
  expect(body.members).toMatchObject([
    { role: 'admin', user: { githubLogin: 'admin', email: 'admin@example.com' }, suspended: false },
    { role: 'member', user: { githubLogin: 'member' }, teams: [] },
  ])
  const role = { role: 'admin' }
  expect((await world.call('PATCH', member('member'), as('member', role))).status).toBe(403)
  expect(await world.call('POST', member('stranger'), { body: { role: 'member' } })).toMatchObject({
    status: 200,
    body: { role: 'member', user: { githubLogin: 'stranger' }, fgaRole: { id: 'member' } },
  })
  expect((await world.call('POST', member('stranger'), { body: { role: 'member' } })).status).toBe(409)
  expect((await world.call('POST', member('nobody'), { body: { role: 'member' } })).status).toBe(404)
  const last = { status: 409, body: { reason: 'last_admin' } }
  expect(await world.call('DELETE', member('admin'))).toMatchObject(last)
  expect(await world.call('PATCH', member('admin'), { body: { role: 'member' } })).toMatchObject(last)
  expect((await world.call('PATCH', member('member'), { body: role })).status).toBe(204)
  // Two who remove each other at once: one of them stays.
  const both = await Promise.all([
    world.call('DELETE', member('admin'), as('member')),
    world.call('DELETE', member('member'), as('admin')),
  ])
  expect(both.filter(({ status }) => status === 204)).toHaveLength(1)
})

test('a billing manager is a member who reaches no stack', async () => {
  await world.addStack('prod')
  await world.call('PATCH', '/api/orgs/acme/members/member', { body: { role: 'billing-manager' } })
  expect((await world.call('GET', S, as('member'))).status).toBe(404)
  expect((await world.call('GET', '/api/orgs/acme/deployments', as('member'))).body.total).toBe(0)
  expect((await world.call('POST', '/api/stacks/acme/web', as('member', { stackName: 'x' }))).status).toBe(
    403,
  )
  expect((await world.call('GET', '/api/orgs/acme', as('member'))).status).toBe(200)
})

test('an organization keeps making and deleting stacks to its admins, and names a default pool', async () => {
  const pool = await world.addPool('own')
  expect(
    await settings({
      setMembersCanCreateStacks: false,
      setMembersCanDeleteStacks: false,
      setMaxAccessTokenExpiryDays: 30,
      setDefaultAgentPoolID: pool.id,
    }),
  ).toMatchObject({ status: 200, body: { maxAccessTokenExpiryDays: 30 } })
  expect((await world.call('GET', '/api/orgs/acme')).body.defaultAgentPoolID).toBe(pool.id)
  expect(await world.call('POST', '/api/stacks/acme/web', as('member', { stackName: 'x' }))).toMatchObject({
    status: 403,
    body: { reason: 'organization_admin_only' },
  })
  await world.addStack('prod')
  await world.db.query('update stacks set created_by = $1', [world.userIds.member])
  expect((await world.call('DELETE', S, as('member'))).status).toBe(403)
  expect((await world.call('DELETE', S)).status).toBe(204)
  // One part that cannot be undoes the others.
  const id = '00000000-0000-0000-0000-000000000000'
  expect((await settings({ setMaxAccessTokenExpiryDays: 1, setDefaultAgentPoolID: id })).status).toBe(400)
  expect((await world.call('GET', '/api/orgs/acme/metadata')).body.maxAccessTokenExpiryDays).toBe(30)
})

test('people are made by a site admin, deactivated, and let in again', async () => {
  const people = '/api/daypass/users'
  expect((await world.call('POST', people, { body: { login: 'carol' } })).status).toBe(403)
  await world.db.query('update users set site_admin = true where id = $1', [world.userIds.admin])
  const relogged = (await world.call('POST', '/api/user/tokens', { body: { description: '' } })).body
    .tokenValue
  const root = { token: relogged }
  const made = await world.call('POST', people, { ...root, body: { login: 'carol', email: 'c@example.com' } })
  expect(made).toMatchObject({ status: 201, body: { login: 'carol' } })
  const carol = { token: made.body.token.tokenValue }
  expect((await world.call('GET', '/api/user', carol)).body).toMatchObject({ githubLogin: 'carol' })
  expect((await world.call('POST', people, { ...root, body: { login: 'carol' } })).status).toBe(409)
  for (const login of ['acme:ci', 'API', 'api']) {
    expect((await world.call('POST', people, { ...root, body: { login } })).status, login).toBe(400)
  }
  await world.call('POST', '/api/orgs/acme/members/carol', { body: { role: 'admin' } })
  expect((await world.call('POST', `${people}/carol/deactivate`, root)).status).toBe(204)
  expect((await world.call('GET', '/api/user', carol)).status).toBe(401)
  expect(await world.call('DELETE', '/api/orgs/acme/members/admin')).toMatchObject({
    status: 409,
    body: { reason: 'last_admin' },
  })
  expect((await world.call('POST', `${people}/carol/reactivate`, root)).status).toBe(204)
  expect((await world.call('GET', '/api/user', carol)).status).toBe(200)
  expect(await world.call('POST', `${people}/admin/deactivate`, root)).toMatchObject({
    status: 409,
    body: { reason: 'last_admin' },
  })
  expect(await world.call('POST', `${people}/stranger/deactivate`, root)).toMatchObject({
    status: 409,
    body: { reason: 'last_admin' },
  })
  expect(
    (await world.call('GET', people, root)).body.users.map(({ login }: { login: string }) => login),
  ).toEqual(['admin', 'carol', 'member', 'stranger'])
})

test('the default organization is the first that the caller is told of', async () => {
  await world.call('POST', '/api/orgs/acme/members/stranger', { body: { role: 'member' } })
  const get = async () =>
    (await world.call('GET', '/api/user/organizations/default', as('stranger'))).body.GitHubLogin
  expect(await get()).toBe('other')
  expect((await world.call('POST', '/api/user/organizations/acme/default', as('stranger'))).status).toBe(204)
  expect(await get()).toBe('acme')
  expect((await world.call('POST', '/api/user/organizations/other/default', as('member'))).status).toBe(404)
})

test('a stack is made with teams that may write it, or not at all', async () => {
  await settings({ setDefaultStackPermission: 0 })
  await world.call('POST', '/api/orgs/acme/teams/pulumi', { body: { name: 'ops' } })
  const make = (teams: unknown) =>
    world.call('POST', '/api/stacks/acme/web', as('member', { stackName: 'shared', teams }))
  expect(await make(['ops', 'nobody'])).toMatchObject({ status: 404, body: { reason: 'team_not_found' } })
  expect((await make('ops')).status).toBe(400)
  const shared = '/api/stacks/acme/web/shared'
  expect((await world.call('GET', shared, as('member'))).status).toBe(404)
  expect((await make(['ops'])).status).toBe(200)
  expect((await world.call('GET', `${shared}/teams`, as('member'))).body).toEqual({
    projectName: 'web',
    teams: [{ name: 'ops', displayName: 'ops', description: '', permission: 102, isMember: false }],
  })
})

test('a stack’s admin gives it to members; whoever made it administers it until an admin says otherwise', async () => {
  await settings({ setDefaultStackPermission: 0 })
  await world.addStack('prod')
  await world.call('POST', '/api/stacks/acme/web', as('member', { stackName: 'mine' }))
  const mine = '/api/stacks/acme/web/mine'
  const give = (
    stack: string,
    login: string,
    permission: number,
    who: 'admin' | 'member' | 'stranger' = 'admin',
  ) =>
    world.call('PUT', `/api/daypass/stacks/acme/web/${stack}/collaborators/${login}`, as(who, { permission }))
  expect((await world.call('GET', `${mine}/collaborators`, as('member'))).body).toEqual({
    users: [],
    stackCreatorUserName: 'member',
  })
  expect((await give('mine', 'stranger', 101, 'member')).status).toBe(404)
  await world.call('POST', '/api/orgs/acme/members/stranger', { body: { role: 'member' } })
  expect((await world.call('GET', mine, as('stranger'))).status).toBe(404)
  expect((await give('mine', 'stranger', 101, 'member')).status).toBe(204)
  expect((await world.call('GET', mine, as('stranger'))).status).toBe(200)
  expect(
    (await world.call('GET', '/api/user/stacks?organization=acme', as('stranger'))).body.stacks,
  ).toMatchObject([{ stackName: 'mine' }])
  expect((await world.call('PATCH', `${mine}/tags`, as('stranger', { a: 'b' }))).status).toBe(403)
  expect((await give('mine', 'stranger', 103, 'stranger')).status).toBe(403)

  // The maker has no more than an admin leaves.
  expect((await give('mine', 'member', 101)).status).toBe(204)
  expect(await world.call('DELETE', mine, as('member'))).toMatchObject({ status: 403 })
  const listed = await world.call('GET', `${mine}/collaborators`)
  expect(listed.body).toMatchObject({
    users: [
      { user: { githubLogin: 'member' }, permission: 101 },
      { user: { githubLogin: 'stranger' }, permission: 101 },
    ],
  })
  expect(listed.body.stackCreatorUserName).toBeUndefined()
  expect((await world.call('DELETE', `${mine}/collaborators/member`)).status).toBe(204)
  expect((await world.call('GET', mine, as('member'))).status).toBe(404)

  // Who leaves leaves it all behind, also when they come back.
  await world.call('DELETE', '/api/orgs/acme/members/stranger')
  await world.call('POST', '/api/orgs/acme/members/stranger', { body: { role: 'member' } })
  expect((await world.call('GET', mine, as('stranger'))).status).toBe(404)
  expect(await actions()).toEqual(
    expect.arrayContaining(['stack.collaborator_set', 'stack.collaborator_removed', 'member.removed']),
  )
})
