/** `pulumi login --oidc-token` of the real CLI, against a strict issuer over HTTP. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OtherIssuer, startOtherIssuer } from './harness/other-issuer.ts'
import { type PulumiUser, pulumiUser } from './harness/pulumi.ts'
import { startServer, type TestServer } from './harness/server.ts'

const SUBJECT = 'repo:acme/web:ref:refs/heads/main'
const AUDIENCE = 'urn:pulumi:org:main'
const PROGRAM = `
name: web
runtime: yaml
resources:
  first:
    type: pulumi:index:Stash
    properties: { input: one }
`

let server: TestServer
let issuer: OtherIssuer
let issuerId: string
const users: PulumiUser[] = []

beforeAll(async () => {
  issuer = await startOtherIssuer()
  server = await startServer({ flags: ['--allow-private-oidc-issuers'] })
  const made = await server.call('POST', '/api/orgs/main/oidc/issuers', { name: 'ci', url: issuer.url })
  expect(made.status, JSON.stringify(made.body)).toBe(200)
  issuerId = made.body.id
  const team = { name: 'ops', displayName: 'Ops', description: '' }
  expect((await server.call('POST', '/api/orgs/main/teams/pulumi', team)).status).toBeLessThan(300)
  const { body: policy } = await server.call('GET', `/api/orgs/main/auth/policies/oidcissuers/${issuerId}`)
  const rules = { aud: AUDIENCE, sub: 'repo:acme/web:*' }
  const allow = { decision: 'allow', authorizedPermissions: [], rules }
  const policies = [
    { ...allow, tokenType: 'organization' },
    { ...allow, tokenType: 'team', teamName: 'ops' },
    { ...allow, tokenType: 'personal', userLogin: 'admin' },
  ]
  const saved = await server.call('PATCH', `/api/orgs/main/auth/policies/${policy.id}`, { policies })
  expect(saved.status, JSON.stringify(saved.body)).toBe(200)
})
afterAll(async () => {
  await Promise.all(users.map((user) => user.remove()))
  expect(await server.stop()).toBe(0)
  await issuer.close()
})

async function someone(): Promise<PulumiUser> {
  const user = await pulumiUser({ PULUMI_CONSOLE_DOMAIN: new URL(server.url).host })
  users.push(user)
  return user
}

const login = async (user: PulumiUser, claims: Record<string, unknown>, ...args: string[]) => {
  const token = await issuer.token({ aud: AUDIENCE, sub: SUBJECT, ...claims })
  return user.run('login', server.url, '--oidc-token', token, '--oidc-org', 'main', ...args)
}

test('with a token of the organization: a whole life of a stack, with no stored token', async () => {
  const user = await someone()
  const file = join(user.project, 'id-token')
  await writeFile(file, await issuer.token({ aud: AUDIENCE, sub: SUBJECT }))
  const outcome = await user.run('login', server.url, '--oidc-token', `file://${file}`, '--oidc-org', 'main')
  expect(outcome.code, outcome.output).toBe(0)
  expect(outcome.output).toContain(`Logged in to`)
  await user.writeProgram(PROGRAM)
  await user.ok('stack', 'init', 'main/web/dev')
  expect((await user.ok('up', '--yes')).output).toMatch(/\+ 2 created/)
  await user.ok('destroy', '--yes', '--remove')

  const { body } = await server.call('GET', '/api/orgs/main/auditlogs?eventFilter=stack.created')
  expect(body.auditLogEvents[0]).toMatchObject({ actorName: 'oidc:main/ci/organization' })
})

test('with one of a team, and one of a person', async () => {
  const team = await someone()
  const asTeam = await login(team, {}, '--oidc-team', 'ops', '--oidc-expiration', '15m')
  expect(asTeam.code, asTeam.output).toBe(0)
  expect((await team.ok('whoami', '--verbose')).output).toMatch(/ops/)

  const person = await someone()
  const asPerson = await login(person, {}, '--oidc-user', 'admin')
  expect(asPerson.code, asPerson.output).toBe(0)
  expect(asPerson.output).toContain('Logged in to')
  expect((await person.ok('whoami')).output.trim()).toBe('admin')
})

test.each<[string, Record<string, unknown>, string[], string]>([
  [
    'of another repository',
    { sub: 'repo:evil/web:ref:refs/heads/main' },
    [],
    'No policy of the issuer allows',
  ],
  ['for another audience', { aud: 'https://other.example' }, [], 'No policy of the issuer allows'],
  ['that has expired', { exp: 1_000_000_000 }, [], 'The token has expired.'],
  ['for another team', {}, ['--oidc-team', 'admins'], 'No policy of the issuer allows'],
  ['for another person', {}, ['--oidc-user', 'root'], 'No policy of the issuer allows'],
])('a token %s is refused, and the CLI says why', async (_name, claims, args, sentence) => {
  const user = await someone()
  const outcome = await login(user, claims, ...args)
  expect(outcome.code).not.toBe(0)
  expect(outcome.output).toContain(sentence)
})

test('an issuer that is deleted takes all of its tokens along', async () => {
  const user = await someone()
  expect((await login(user, {})).code).toBe(0)
  await user.ok('whoami')
  expect((await server.call('DELETE', `/api/orgs/main/oidc/issuers/${issuerId}`)).status).toBe(204)
  expect((await user.run('stack', 'ls', '--all')).code).not.toBe(0)
  expect((await login(user, {})).output).toContain('is not registered for this audience')
})
