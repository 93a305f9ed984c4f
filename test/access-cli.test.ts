/** The unmodified Pulumi CLI in the hands of people and programs who may do less than everything. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PulumiUser, pulumiUser } from './harness/pulumi.ts'
import { startServer, type TestServer } from './harness/server.ts'

const PROGRAM = `
name: web
runtime: yaml
config:
  password: { type: string, default: hush }
resources:
  first: { type: pulumi:index:Stash, properties: { input: "\${password}" } }
outputs:
  greeting: { fn::secret: "\${first.output}" }
`

let server: TestServer
const users: PulumiUser[] = []

beforeAll(async () => {
  server = await startServer()
  const admin = await someone(server.adminToken)
  await admin.ok('stack', 'init', 'main/web/prod')
  await admin.ok('up', '--yes', '--stack', 'main/web/prod')
  await gives('PATCH', '/api/orgs/main', { setDefaultStackPermission: 0 })
})
afterAll(async () => {
  await Promise.all(users.map((user) => user.remove()))
  expect(await server.stop()).toBe(0)
})

/** Whoever has the token, with the project checked out. */
async function someone(token: string): Promise<PulumiUser> {
  const user = await pulumiUser({ PULUMI_ACCESS_TOKEN: token, PULUMI_BACKEND_URL: server.url })
  users.push(user)
  await user.writeProgram(PROGRAM)
  return user
}

async function gives(method: string, path: string, body?: unknown) {
  const answer = await server.call(method, path, body)
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
  return answer.body
}

/** By a link, as people come. */
async function joined(login: string): Promise<string> {
  const { url } = await gives('POST', '/api/daypass/orgs/main/invitations', { login })
  const page = await fetch(url)
  expect(await page.text()).toContain(`<code>${login}</code>`)
  const answer = await fetch(new URL('invitation', server.url), {
    method: 'POST',
    headers: { origin: server.url },
    body: new URLSearchParams({ code: new URL(url).searchParams.get('code') ?? '' }),
  })
  return /pul-[0-9a-f]{40}/.exec(await answer.text())?.[0] ?? ''
}

const given = (login: string, permission: number) =>
  gives('PUT', `/api/daypass/stacks/main/web/prod/collaborators/${login}`, { permission })
const S = 'main/web/prod'

test('a member sees what they were given, reads with read, and updates with write', async () => {
  const user = await someone(await joined('reader'))
  const { ok, run } = user
  expect((await ok('whoami', '--verbose')).stdout).toMatch(/User: reader\n.*Organizations: main/s)
  expect(JSON.parse((await ok('stack', 'ls', '--json', '--all')).stdout)).toEqual([])
  expect((await run('stack', 'select', S)).output).toContain("no stack named 'prod' found")
  expect((await run('stack', 'export', '--stack', S)).output).toContain(`no stack named '${S}' found`)

  await given('reader', 101)
  expect(JSON.parse((await ok('stack', 'ls', '--json', '--all')).stdout)).toMatchObject([{ name: 'prod' }])
  expect((await ok('stack', 'output', 'greeting', '--show-secrets', '--stack', S)).stdout).toBe('hush\n')
  await ok('stack', 'history', '--stack', S)
  for (const args of [
    ['up', '--yes', '--skip-preview', '--stack', S],
    ['preview', '--stack', S],
    ['config', 'set', '--secret', 'password', 'x', '--stack', S],
    ['destroy', '--yes', '--skip-preview', '--stack', S],
    ['stack', 'tag', 'set', 'a', 'b', '--stack', S],
    ['stack', 'rm', '--yes', '--force', S],
    ['deployment', 'run', 'update', 'https://git.example.com/a.git', '--stack', S],
  ]) {
    const refused = await run(...args)
    expect(refused.code, args.join(' ')).not.toBe(0)
    expect(refused.output, args.join(' ')).toContain('403')
  }

  await given('reader', 102)
  await ok('config', 'set', '--secret', 'password', 'hush hush', '--stack', S)
  await ok('up', '--yes', '--stack', S)
  expect((await run('stack', 'rm', '--yes', '--force', S)).output).toContain('only an admin of this stack')
  // What they make themselves they may remove.
  await ok('stack', 'init', 'main/web/own')
  await ok('stack', 'rm', '--yes', 'main/web/own')

  await gives('DELETE', '/api/orgs/main/members/reader')
  expect((await run('stack', 'export', '--stack', S)).code).not.toBe(0)
})

test('the token of a team does what the team may, and that of an organization what its members may', async () => {
  await gives('POST', '/api/orgs/main/teams/pulumi', { name: 'ops' })
  const permission = { projectName: 'web', stackName: 'prod', permission: 101 }
  await gives('PATCH', '/api/orgs/main/teams/ops', { addStackPermission: permission })
  const { tokenValue: ofTeam } = await gives('POST', '/api/orgs/main/teams/ops/tokens', { name: 'deploy' })
  const { tokenValue: ofOrganization } = await gives('POST', '/api/orgs/main/tokens', { name: 'ci' })
  const { tokenValue: ofAdmin } = await gives('POST', '/api/orgs/main/tokens', { name: 'root', admin: true })

  const team = await someone(ofTeam)
  expect((await team.ok('whoami', '--verbose')).stdout).toMatch(/User: main\n.*Token type: team: ops/s)
  await team.ok('stack', 'export', '--stack', S)
  expect((await team.run('up', '--yes', '--skip-preview', '--stack', S)).output).toContain('403')
  // What it makes is its team's, and so is the end of it.
  await team.ok('stack', 'init', 'main/web/review')
  await team.ok('stack', 'rm', '--yes', 'main/web/review')

  const organization = await someone(ofOrganization)
  expect((await organization.run('stack', 'select', S)).output).toContain("no stack named 'prod' found")
  await organization.ok('stack', 'init', 'main/web/review', '--teams', 'ops')
  await team.ok('up', '--yes', '--stack', 'main/web/review')
  await team.ok('destroy', '--yes', '--stack', 'main/web/review')
  await organization.ok('stack', 'rm', '--yes', 'main/web/review')

  const admin = await someone(ofAdmin)
  expect((await admin.ok('org', 'member', 'list', '--org', 'main')).output).toContain('admin')
  await admin.ok('stack', 'export', '--stack', S)

  await gives('DELETE', '/api/orgs/main/teams/ops')
  expect((await team.run('stack', 'export', '--stack', S)).output).toContain('requires logging in')
})
