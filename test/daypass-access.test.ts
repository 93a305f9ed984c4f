/** `daypass` where people are concerned, against a real server: users, members, teams, tokens, the audit log. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { daypass, daypassHere } from './harness/daypass.ts'
import { walk } from './harness/daypass-steps.ts'
import { startServer, type TestServer } from './harness/server.ts'

const ID = expect.stringMatching(/^[0-9a-f-]{36}$/)
const VALUE = expect.stringMatching(/^pul-[0-9a-f]{40}$/)

let server: TestServer
let folder: string

beforeAll(async () => {
  server = await startServer()
  folder = await mkdtemp(join(tmpdir(), 'daypass-cli-'))
  await server.call('POST', '/api/stacks/main/web', { stackName: 'prod' })
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  expect(await server.stop()).toBe(0)
})

test('a person comes, joins, is promoted, goes, and may do nothing any more', async () => {
  await walk(
    [
      { run: 'user whoami', shows: /login +admin\n.*organizations +main \(admin\)/s },
      { run: 'user create Bob', code: 1, says: /lower/ },
      { run: `user create bob --to ${folder}/bob`, shows: /wrote its token to/ },
      { run: 'user create eve', json: { login: 'eve', tokenId: ID, tokenValue: VALUE } },
      { run: 'user create eve', code: 1, says: /eve/ },
      { run: 'user list', shows: /\nbob +bob +20/ },
      { run: 'member add nobody', code: 5, says: /nobody/ },
      { run: 'member add bob', json: { organization: 'main', login: 'bob', role: 'member' } },
      { run: 'member add bob --role owner', code: 2, says: /Allowed choices are admin, member/ },
      { run: 'member list', shows: /^LOGIN +NAME.*\nadmin .* admin\nbob .* member\n$/ },
      { run: 'member role bob admin', shows: /bob is admin of main/ },
      { run: 'member remove bob', code: 2, says: /give --yes/ },
      { run: 'member remove bob -y', json: { removed: 'bob' } },
      { run: 'member remove bob -y', code: 5, says: /bob/ },
      { run: 'member remove admin -y', code: 1, says: /admin/ },
      { run: 'user deactivate bob', code: 2, says: /give --yes/ },
      { run: 'user deactivate bob -y', json: { login: 'bob', deactivated: true } },
      { run: 'user whoami', as: { token: 'pul-x' }, code: 4, says: /Log in with/ },
      { run: 'user reactivate bob', shows: /bob is active again/ },
    ],
    { server },
  )
  const token = (await readFile(join(folder, 'bob'), 'utf8')).trim()
  expect((await stat(join(folder, 'bob'))).mode & 0o777).toBe(0o600)
  const bob = await daypassHere(['user', 'list'], { server, token })
  expect(bob).toMatchObject({ code: 4, stderr: expect.stringContaining('admin of this installation') })
})

test('as whom a stack’s deployments act, changed piece by piece and as a whole', async () => {
  const role = (name: string) => ({
    aws: { roleArn: `arn:aws:iam::123456789012:role/${name}`, sessionName: 'shop' },
  })
  const none = {
    ...{ operations: {}, named: {}, audiences: [], readOnlyPreviews: false, subjectForm: 'pulumi' },
    sessionTags: [],
    renew: true,
  }
  const preview = { ...none, operations: { preview: role('reader') } }
  const all = { ...preview, named: { dns: role('dns') }, readOnlyPreviews: true, subjectForm: 'class' }
  const set = 'identity set --stack main/web/prod'
  const VAULT = 'https://vault.example.com'
  await writeFile(join(folder, 'identity.json'), JSON.stringify(preview))
  await walk(
    [
      { run: 'identity show --stack main/web/prod', json: none },
      { run: set, code: 2, says: /say what to change/ },
      { run: `${set} --operation up --block {}`, code: 2, says: /Allowed choices are preview/ },
      { run: `${set} --operation preview`, code: 2, says: /--block, or take it away/ },
      { run: `${set} --block {}`, code: 2, says: /say whose identity/ },
      { run: `${set} --name dns --block x`, code: 2, says: /must be a JSON object/ },
      { run: `${set} --operation preview --block ${JSON.stringify(role('reader'))}`, json: preview },
      {
        run: `${set} --name dns --block ${JSON.stringify(role('dns'))}`,
        shows: /^named dns +arn:aws:.*role\/dns$/m,
      },
      { run: `${set} --read-only-previews yes --subject-form class`, json: all },
      { run: `${set} --file ${folder}/identity.json --subject-form class`, code: 2, says: /--file says all/ },
      { run: `${set} --audience ${VAULT}`, code: 1, says: /does not allow the audience/ },
      { run: `identity audiences --org main --allow ${VAULT}`, json: { audiences: [VAULT] } },
      { run: `${set} --audience ${VAULT}`, json: { ...all, audiences: [VAULT] } },
      { run: `${set} --session-tags org stack`, shows: /^session tags +org, stack$/m },
      { run: `${set} --session-tags `, json: { ...all, audiences: [VAULT] } },
      { run: `${set} --name dns --remove --audience `, json: { ...all, named: {} } },
      { run: `${set} --file ${folder}/identity.json`, json: preview },
      { run: 'identity audiences', shows: /^https:\/\/vault/ },
    ],
    { server },
  )
})

test('teams, who is in them, and which stacks they reach', async () => {
  await walk(
    [
      { run: 'team list', shows: /^No teams/ },
      { run: 'user create tina', json: expect.objectContaining({ login: 'tina' }) },
      { run: 'member add tina', shows: /tina belongs to main as member/ },
      { run: 'team create ops --description operate', shows: /Made the team ops/ },
      { run: 'team create ops', code: 1, says: /ops/ },
      { run: 'team edit ops', code: 2, says: /say what to change/ },
      { run: 'team edit ops --display-name Operations', shows: /display name +Operations/ },
      { run: 'team member add ops tina', shows: /MEMBER +ROLE\n.*tina +member/s },
      { run: 'team member promote ops tina', shows: /tina +admin/ },
      { run: 'team member add ops nobody', code: 5, says: /nobody/ },
      { run: 'team stack grant ops web/prod write', shows: /web\/prod +write/ },
      { run: 'team stack grant ops main/web/prod admin', shows: /web\/prod +admin/ },
      { run: 'team stack grant ops other/web/prod read', code: 2, says: /is no stack of main/ },
      { run: 'team stack grant ops web/none read', code: 5, says: /none/ },
      { run: 'team stack grant ops web/prod all', code: 2, says: /Allowed choices are read, write, admin/ },
      { run: 'team stack revoke ops main/web/prod', shows: /It reaches no stack of its own/ },
      { run: 'team member remove ops tina', json: expect.objectContaining({ name: 'ops' }) },
      { run: 'team list', shows: /\nops +Operations +operate/ },
      { run: 'team delete ops', code: 2, says: /give --yes/ },
      { run: 'team delete ops -y', json: { deleted: 'ops' } },
      { run: 'team show ops', code: 5, says: /ops/ },
    ],
    { server },
  )
})

test('tokens of oneself, an organization and a team, each shown once', async () => {
  await walk(
    [
      { run: 'token create', code: 2, says: /say what it is for/ },
      { run: 'token create --name ci --description x', code: 2, says: /have no --name/ },
      { run: 'token create --description x --admin', code: 2, says: /--admin is for an organization/ },
      { run: 'token create --description x --expires yesterday', code: 2, says: /is no time to come/ },
      { run: 'token create --description x --expires 2020-01-01', code: 2, says: /is no time to come/ },
      { run: 'token create --description x --expires 900000d', code: 1, says: /expires/ },
      {
        run: 'token create --description laptop --expires 90d',
        json: { id: ID, tokenValue: VALUE },
        keep: ({ id }) => ({ id }),
      },
      { run: 'token list', shows: /^ID +NAME +DESCRIPTION .*\n(.*\n)*.{36} +laptop .* 20\d\d-/ },
      { run: 'token delete {id}', code: 2, says: /give --yes/ },
      { run: 'token delete {id} -y', json: { deleted: ID } },
      { run: 'token delete {id} -y', code: 5, says: /token/ },
      { run: 'token create --org main', code: 2, says: /say what it is called/ },
      { run: 'token create --org main --name ci --admin --to {none}', code: 2, says: /cannot write/ },
      { run: `token create --org main --name ci --to ${folder}/org-token`, shows: /Wrote the token to/ },
      { run: 'token create --org main --name ci', code: 1, says: /ci/ },
      { run: 'token list --org main', json: { tokens: [expect.objectContaining({ name: 'ci' })] } },
      { run: 'team create dev', shows: /Made/ },
      {
        run: 'token create --team dev --name robot',
        json: { id: ID, tokenValue: VALUE },
        keep: ({ id }) => ({ id }),
      },
      { run: 'token list --team dev', shows: /robot .*never/ },
      { run: 'token delete {id} --team dev --reason leaked --yes', shows: /good no more/ },
      { run: 'token list --team none', code: 5, says: /none/ },
    ],
    { server },
  )
})

test('an invitation, until it is taken back', async () => {
  await walk(
    [
      {
        run: 'member invite ina --role billing-manager',
        shows: /Give this link to ina alone.*\n\nhttp:\S+\n$/,
      },
      {
        run: 'member invitations',
        json: { invitations: [expect.objectContaining({ login: 'ina', role: 'billing-manager' })] },
        keep: ({ invitations }) => ({ id: invitations[0].id }),
      },
      { run: 'member invite admin', code: 1, says: /admin/ },
      { run: 'member uninvite {id}', json: { deleted: ID } },
      { run: 'member uninvite {id}', code: 5, says: /invitation/ },
      { run: 'member invitations', shows: /^No invitations/ },
    ],
    { server },
  )
})

test('an issuer of a CI system, and what its tokens are worth', async () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }
  await writeFile(join(folder, 'jwks'), JSON.stringify({ keys: [key] }))
  const rules = { aud: 'urn:pulumi:org:main', sub: 'repo:acme/web:ref:refs/heads/main' }
  const policies = [{ decision: 'allow', tokenType: 'organization', rules }]
  await writeFile(join(folder, 'policies'), JSON.stringify({ policies }))
  await writeFile(join(folder, 'bare'), JSON.stringify(policies[0]))
  const register = 'oidc issuer register ci https://ci.example.com'
  await walk(
    [
      { run: 'oidc issuer list', shows: /^No issuers/ },
      { run: `${register} --jwks-file none`, code: 2, says: /cannot read the key set/ },
      {
        run: `${register} --longest 2h --jwks-file jwks`,
        json: expect.objectContaining({ name: 'ci', maxExpiration: 7200 }),
      },
      { run: `${register} --jwks-file jwks`, code: 1, says: /an issuer of that name already/ },
      { run: 'oidc issuer list', shows: /\nci +https:\/\/ci\.example\.com +7200 s/ },
      { run: 'oidc policy set ci bare', code: 2, says: /has no "policies"/ },
      { run: 'oidc policy set ci policies', shows: /\nallow +organization .*refs\/heads\/main/ },
      {
        run: 'oidc policy show ci',
        json: expect.objectContaining({ policies: [expect.objectContaining({ rules })] }),
      },
      { run: 'oidc policy show other', code: 5, says: /registered are: ci\./ },
      { run: 'oidc issuer delete ci', code: 2, says: /give --yes/ },
      { run: 'oidc issuer delete ci -y', json: { deleted: 'ci' } },
    ],
    { server, folder },
  )
})

test('the audit log, listed and exported', async () => {
  await walk(
    [
      {
        run: 'audit list --event team.deleted',
        shows: /^TIME +EVENT +BY +WHAT\n2\S+ \S+ +\S+ +user:admin /,
      },
      { run: 'audit list --from yesterday', code: 2, says: /is no time/ },
      { run: 'audit list --until 2020-01-01', shows: /^Nothing was done/ },
      { run: 'audit list --installation --event user.created', json: expect.anything() },
      { run: 'audit list --installation --org main', code: 2, says: /cannot be used with/ },
      { run: 'audit export --format xml', code: 2, says: /Allowed choices are csv, cef, jsonl/ },
    ],
    { server },
  )
  // As a process of its own: it waits for whoever reads.
  const exported = await daypass(['audit', 'export', '--format', 'jsonl'], { server })
  const asked = await fetch(`${server.url}/api/orgs/main/auditlogs/v2/export?format=jsonl`, {
    headers: { authorization: `token ${server.adminToken}` },
  })
  const lines = await asked.text()
  expect(lines.split('\n').length).toBeGreaterThan(10)
  expect(exported).toMatchObject({ code: 0, stdout: lines, stderr: '' })
})

test('what the members of an organization may do by themselves', async () => {
  await walk(
    [
      { run: 'org show', shows: /default permission +write\n/ },
      { run: 'org edit', code: 2, says: /say what to change/ },
      { run: 'org edit --default-permission all', code: 2, says: /Allowed choices are none, read, write/ },
      { run: 'org edit --longest-token-days 900', code: 2, says: /number of days from 0 to 730/ },
      {
        run: 'org edit --default-permission none --members-create-teams no --longest-token-days 0',
        json: expect.objectContaining({ defaultStackPermission: 0, membersCanCreateTeams: false }),
      },
      { run: 'org edit --members-create-stacks no', shows: /permission +none\n.*create stacks +no\n/ },
      { run: 'org show --org nobodys', code: 5, says: /nobodys/ },
    ],
    { server },
  )
})
