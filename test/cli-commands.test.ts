/**
 * Every command of the unmodified CLI that talks to its service, against the running server; what came of each stands
 * in docs/compatibility.md. With `--update` this file writes it there.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { CommandRuns } from './harness/command-table.ts'
import { commandRuns, commandsOf, commandTable, missingCommands, WORKS } from './harness/command-table.ts'
import { NEEDS_MORE, NOT_OFFERED, TALKS_TO_NOBODY } from './harness/commands-not-offered.ts'
import { expectMadeTable } from './harness/made-table.ts'
import { type PulumiUser, pulumiProgram, pulumiUser } from './harness/pulumi.ts'
import { type Receiver, startReceiver } from './harness/receiver.ts'
import { startServer, type TestServer } from './harness/server.ts'

// They run beside each other, so each waits for the commands of all.
vi.setConfig({ testTimeout: 300_000 })

const DOCUMENT = join(import.meta.dirname, '../docs/compatibility.md')

const PROGRAM = (project: string) => `
name: ${project}
runtime: yaml
config:
  size: { type: string, default: small }
resources:
  first:
    type: pulumi:index:Stash
    properties: { input: "\${size}" }
  second:
    type: pulumi:index:Stash
    properties: { input: two }
    options: { dependsOn: ["\${first}"] }
outputs:
  greeting: \${first.output}
`

let server: TestServer
let receiver: Receiver
let commands: readonly string[]
let runs: CommandRuns
const users: PulumiUser[] = []

beforeAll(async () => {
  receiver = await startReceiver()
  server = await startServer({ flags: ['--allow-private-webhooks'] })
  commands = await commandsOf(await someone('list'))
  runs = commandRuns(commands)
})
afterAll(async () => {
  await Promise.all(users.map((user) => user.remove()))
  expect(await server.stop()).toBe(0)
  await receiver.close()
})

/** Somebody with a project and a home of their own, who is logged in. */
async function someone(project: string, env: Readonly<Record<string, string>> = {}): Promise<PulumiUser> {
  const user = await pulumiUser({
    PULUMI_ACCESS_TOKEN: server.adminToken,
    PULUMI_BACKEND_URL: server.url,
    PULUMI_CONSOLE_DOMAIN: new URL(server.url).host,
    PULUMI_CONFIG_PASSPHRASE: 'correct horse',
    PULUMI_EXPERIMENTAL: 'true',
    ...env,
  })
  users.push(user)
  await user.writeProgram(PROGRAM(project))
  return user
}

const urn = (project: string, name: string, stack = 'dev') =>
  `urn:pulumi:${stack}::${project}::pulumi:index:Stash::${name}`

test.concurrent('account', async () => {
  const user = await someone('account')
  const works = (...args: string[]) => runs.works(user, args)
  await runs.works(user, ['login', server.url], /Logged in to \S+ as admin/)
  await runs.works(user, ['whoami'], /^admin$/m)
  await works('org', 'set-default', 'main')
  await runs.works(user, ['org', 'get-default'], /^main$/m)
  await runs.works(user, ['org', 'audit-log', 'list', '--all'], /daypass +│ organization\.created/)
  await runs.works(user, ['org', 'audit-log', 'export', '--format', 'cef'], /^CEF:0\|Daypass\|/m)
  await runs.works(
    user,
    ['org', 'audit-log', 'export', '--output', 'json'],
    '"event": "organization.created"',
  )
  await runs.works(user, ['about'], /URL +http/)
  await runs.works(user, ['api', 'list'], 'getUserStacks')
  await runs.works(user, ['api', 'describe', '/api/user'], 'GET /api/user')
  await runs.works(user, ['api', '/api/user'], '"githubLogin": "admin"')
  const empty = 'works; there are none'
  await runs.works(user, ['policy', 'list', 'main'], undefined, empty)
  await runs.works(user, ['policy', 'group', 'list', 'main'], undefined, empty)
  await runs.works(user, ['template', 'list'], 'No templates', empty)
  const template = join(dirname(user.project), 'template')
  await mkdir(template)
  await writeFile(
    join(template, 'Pulumi.yaml'),
    'name: ${PROJECT}\nruntime: yaml\ntemplate: { description: Plain }\n',
  )
  const made = (name: string) => [
    template,
    '--yes',
    '--dir',
    name,
    '--name',
    name,
    '--stack',
    `main/${name}/dev`,
  ]
  await runs.works(user, ['new', ...made('made')], "Created stack 'dev'")
  await runs.works(user, ['project', 'new', ...made('again')], "Created stack 'dev'")
  await runs.works(user, ['project', 'list'], 'made (org: main, stacks: 1')
  await works('logout')
})

test.concurrent('a stack, its configuration and its updates', async () => {
  const user = await someone('web')
  const works = (...args: string[]) => runs.works(user, args)
  await runs.works(user, ['stack', 'new', 'main/web/dev'], "Created stack 'dev'")
  await works('stack', 'new', 'main/web/other', '--no-select')
  await works('stack', 'select', 'main/web/dev')
  await runs.works(user, ['stack', 'list'], /dev\*.*\n.*other/)
  await works('config', 'set', 'size', 'large')
  await works('config', 'set', '--secret', 'password', 'battery staple')
  await runs.works(user, ['config', 'get', 'password'], 'battery staple')
  await works('config', 'set-all', '--plaintext', 'a=1', '--secret', 'b=2')
  await runs.works(user, ['config', 'env', 'list'], 'no environments')
  await works('config', 'copy', '--dest', 'other')
  await runs.works(user, ['config', '--stack', 'other', '--show-secrets'], 'battery staple')
  await works('config', 'remove-all', 'a', 'b')
  await works('config', 'remove', 'password')
  await works('config', 'env', 'remove', 'none', '--yes')
  await works('stack', 'tag', 'set', 'team', 'platform')
  await runs.works(user, ['stack', 'tag', 'get', 'team'], 'platform')
  await runs.works(user, ['stack', 'tag', 'list'], 'platform')
  await works('stack', 'tag', 'remove', 'team')

  await runs.works(user, ['preview'], '3 to create')
  await runs.works(user, ['up', '--yes'], '3 created')
  await runs.works(user, ['refresh', '--yes'], '3 unchanged')
  await works('config', 'refresh', '--force')
  await runs.works(user, ['stack'], 'Current stack resources')
  await runs.works(user, ['stack', 'get'], 'Owner: main')
  await runs.works(user, ['stack', 'output', 'greeting'], 'large')
  await works('stack', 'graph', 'graph.dot')
  await runs.works(user, ['stack', 'history'], 'Version: 2')
  const { activeUpdate } = (await server.call('GET', '/api/stacks/main/web/dev')).body
  const events = ['stack', 'history', 'events', activeUpdate, '--all', '--output', 'json']
  await runs.works(user, [...events, '--event-type', 'summaryEvent'], /^\[\s*\{[^[]*"summaryEvent"/m)
  await runs.works(user, ['console'], `${server.url}/main/web/dev`)
  await runs.works(user, ['logs'], 'Collecting logs')

  await works('stack', 'export', '--file', 'state.json')
  await runs.works(user, ['stack', 'import', '--file', 'state.json'], 'Import complete')
  await works('stack', 'change-secrets-provider', 'passphrase')
  await works('stack', 'change-secrets-provider', 'default')
  await works('config', 'set', '--secret', 'kept', 'battery staple')
  await runs.works(user, ['stack', 'rename', 'main/web/prod'], 'Renamed dev to prod')
  await runs.works(user, ['preview', '--expect-no-changes'], '3 unchanged')
  await server
    .call('POST', '/api/stacks/main/web/prod/update', {})
    .then(({ body }) => server.call('POST', `/api/stacks/main/web/prod/update/${body.updateID}`, {}))
  await runs.works(user, ['cancel', '--yes'], 'has been canceled')
  await runs.works(user, ['destroy', '--yes'], '3 deleted')
  await runs.works(user, ['stack', 'remove', '--yes'], 'has been removed')
})

test.concurrent('a state edited by hand, moved and brought in', async () => {
  const user = await someone('parts')
  const works = (...args: string[]) => runs.works(user, args)
  await works('stack', 'new', 'main/parts/dev')
  await works('stack', 'new', 'main/parts/target', '--no-select')
  await works('up', '--yes', '--skip-preview')
  const first = urn('parts', 'first')
  await runs.works(user, ['state', 'get', first], 'small')
  await works('state', 'protect', first, '--yes')
  expect((await user.run('destroy', '--yes')).output).toContain('protect')
  await works('state', 'unprotect', first, '--yes')
  await works('state', 'taint', first, '--yes')
  await works('state', 'untaint', first, '--yes')
  await works('state', 'rename', urn('parts', 'second'), 'third', '--yes')
  await runs.works(user, ['state', 'repair', '--yes'], 'valid')
  const third = urn('parts', 'third')
  await works('state', 'move', '--source', 'main/parts/dev', '--dest', 'main/parts/target', third, '--yes')
  await runs.works(user, ['stack', '--stack', 'target', '--show-urns'], urn('parts', 'third', 'target'))
  await works('state', 'remove', first, '--yes')
  await runs.works(user, ['preview'], '2 to create')

  const file = `file://${dirname(user.project)}`
  const old = await pulumiUser({ PULUMI_BACKEND_URL: file, PULUMI_CONFIG_PASSPHRASE: 'correct horse' })
  users.push(old)
  await old.writeProgram(PROGRAM('parts'))
  await old.ok('stack', 'init', 'kept')
  await old.ok('up', '--yes', '--skip-preview')
  await works('stack', 'migrate', file, 'organization/parts/kept', '--target', 'main/parts/kept', '--yes')
  await runs.works(user, ['preview', '--stack', 'main/parts/kept', '--expect-no-changes'], '3 unchanged')
})

test.concurrent('an import, as far as it goes here', async () => {
  const user = await someone('imported')
  await user.ok('stack', 'new', 'main/imported/dev')
  // No provider that can import is to be had here; that it cannot is said by the engine, inside an update of ours.
  const { output } = await user.run(
    'import',
    'pulumi:index:Stash',
    'there',
    'id',
    '--yes',
    '--generate-code=false',
  )
  expect(output).toContain('stash can not be imported')
  runs.note('import', 'reaches the provider, of which none that can import is at hand here')
})

test.concurrent('watch, which runs until it is stopped', async () => {
  const bin = await mkdtemp(join(tmpdir(), 'daypass-watch-'))
  // The part of an installation that looks at files; the CLI reads from it which one has changed.
  await writeFile(join(bin, 'pulumi-watch'), '#!/bin/sh\nwhile sleep 1; do echo Pulumi.yaml; done\n', {
    mode: 0o700,
  })
  try {
    const user = await someone('watched', { PATH: `${bin}:${dirname(pulumiProgram())}:/usr/bin:/bin` })
    await user.ok('stack', 'new', 'main/watched/dev')
    const watching = user.start('watch')
    const latest = async () => (await server.call('GET', '/api/stacks/main/watched/dev/updates/latest')).body
    await expect
      .poll(latest, { timeout: 60_000 })
      .toMatchObject({ info: { kind: 'update', result: 'succeeded' } })
    watching.kill()
    await watching.outcome
    runs.note('watch', WORKS)
  } finally {
    await rm(bin, { recursive: true })
  }
})

test.concurrent('deployments', async () => {
  const user = await someone('shop')
  const works = (...args: string[]) => runs.works(user, args)
  await works('stack', 'new', 'main/shop/dev')
  const git = ['--git-url', 'https://git.example.com/shop.git', '--branch', 'main']
  await works('deployment', 'settings', 'edit', ...git, '--secret-env', 'KEY=value')
  const settings = await runs.works(user, ['deployment', 'settings', 'get'], 'git.example.com')
  expect(settings.output).not.toContain('value')
  await runs.works(user, ['deployment', 'run', 'preview'], 'Preparing deployment')
  await runs.works(user, ['deployment', 'list'], 'preview')
  await runs.works(user, ['deployment', 'get', '1'], 'not-started')
  await works('deployment', 'log', '1')
  const { id } = (await server.call('GET', '/api/stacks/main/shop/dev/deployments')).body.deployments[0]
  await works('deployment', 'cancel', id, '--yes')
})

test.concurrent('schedules and drift', async () => {
  const user = await someone('timed')
  await user.ok('stack', 'new', 'main/timed/dev')
  const git = ['--git-url', 'https://git.example.com/shop.git', '--branch', 'main']
  await user.ok('deployment', 'settings', 'edit', ...git)
  const schedule = (...args: string[]) => ['stack', 'schedule', ...args]
  const idOf = (output: string): string => /ID: +(\S+)/.exec(output)?.[1] ?? ''

  const made = schedule('new', '--yes', '--kind', 'raw', '--cron', '@daily', '--operation', 'update')
  const raw = await runs.works(
    user,
    made,
    /Type: +raw[\s\S]*Settings: +pulumi update[\s\S]*Last run: +\(never\)/,
  )
  const drift = await runs.works(
    user,
    schedule('new', '--yes', '--kind', 'drift', '--cron', '0 4 * * *'),
    'detect',
  )
  const once = ['--once', '2099-12-31T23:59:00Z']
  const ttl = await runs.works(user, schedule('new', '--yes', '--kind', 'ttl', ...once), /Type: +ttl/)
  await runs.works(user, schedule('edit', idOf(raw.output), '--operation', 'refresh'), /pulumi refresh/)
  await runs.works(
    user,
    schedule('edit', idOf(raw.output), '--once', '2099-01-01T00:00:00+02:00'),
    /2098-12-31 22:00/,
  )
  await runs.works(user, schedule('edit', idOf(drift.output), '--auto-remediate'), /detect \+ auto-remediate/)
  await runs.works(user, schedule('edit', idOf(ttl.output), '--delete-after-destroy'), /2099-12-31 23:59/)
  await runs.works(user, schedule('get', idOf(ttl.output)), /destroy \+ delete stack/)
  await runs.works(user, schedule('list'), /raw[\s\S]*drift[\s\S]*ttl/)
  await runs.works(user, schedule('remove', idOf(ttl.output), '--yes'), 'has been removed')
  const bad = await user.run(
    ...schedule('new', '--yes', '--kind', 'raw', '--cron', '0 0 31 2 *', '--operation', 'update'),
  )
  expect(bad.output).toContain('never comes')

  await runs.works(user, ['stack', 'drift', 'list'], 'No drift detection runs')
  await user.writeProgram('name: timed\nruntime: yaml\n')
  await user.ok('refresh', '--preview-only')
  await runs.works(user, ['stack', 'drift', 'list'], /succeeded[\s\S]*Showing 1 of 1/)
  await runs.works(user, ['stack', 'drift', 'status'], /Drift detected: +no[\s\S]*Latest drift run/)
})

test.concurrent.each(['org', 'stack'])('webhooks of %s', async (whose) => {
  const user = await someone(`hooked-${whose}`)
  await user.ok('stack', 'new', `main/hooked-${whose}/dev`)
  const hooks = whose === 'org' ? '/api/orgs/main/hooks' : `/api/stacks/main/hooked-${whose}/dev/hooks`
  const works = (args: readonly string[], says: string | RegExp) =>
    runs.works(user, [whose, 'webhook', ...args], says)
  const url = `${receiver.url}/${whose}`
  const events = ['--event', 'drift_detected', '--secret', 'hush', '--yes']
  await works(['new', '--name', 'mine', '--url', `${url}/first`, ...events], '')
  const [{ name }] = (await server.call('GET', hooks)).body
  await works(['list'], 'mine')
  if (whose === 'stack') await works(['get', name], `${url}/first`)
  await works(['edit', name, '--url', `${url}/second`, '--remove-event', 'drift_detected'], '')
  await works(['edit', name, '--add-event', 'drift_detection_failed', '--secret', ''], '')
  expect((await server.call('GET', `${hooks}/${name}`)).body).toMatchObject({
    displayName: 'mine',
    payloadUrl: `${url}/second`,
    filters: ['drift_detection_failed'],
    hasSecret: false,
  })
  await works(['ping', name], /Response code: +204/)
  const { body } = await server.call('GET', `${hooks}/${name}/deliveries`)
  const { id } = body.find(({ kind }: { kind: string }) => kind === 'ping')
  await works(['delivery', 'list', name], id)
  if (whose === 'stack') await works(['delivery', 'redeliver', name, id], /Response code: +204/)
  const pings = receiver.received.filter(
    ({ path, headers }) => path === `/${whose}/second` && headers['pulumi-webhook-kind'] === 'ping',
  )
  expect(pings).toHaveLength(whose === 'stack' ? 2 : 1)
  await works(['remove', name, '--yes'], 'has been removed')
  expect((await server.call('GET', hooks)).body).toEqual([])
})

test.concurrent('members', async () => {
  const user = await someone('members')
  const works = (args: readonly string[], says: string | RegExp) =>
    runs.works(user, ['org', 'member', ...args], says)
  expect((await server.call('POST', '/api/daypass/users', { login: 'bob' })).status).toBe(201)
  const added = await server.call('POST', '/api/orgs/main/members/bob', { role: 'member' })
  expect(added.status).toBe(200)
  await works(['list'], /\bbob\b[^\n]*\bmember\b/)
  await runs.works(user, ['org', 'role', 'list'], /billing-manager/)
  await works(['edit', 'bob', '--role', 'billing-manager'], /Role: +billing-manager/)
  await works(['edit', 'bob', '--fga-role-name', 'member'], /Role: +member/)
  const last = await user.run('org', 'member', 'remove', 'admin', '--yes')
  expect(last).toMatchObject({ code: 1, output: expect.stringContaining('would have no admin left') })
  await works(['remove', 'bob', '--yes'], '')
  const { members } = (await server.call('GET', '/api/orgs/main/members')).body
  expect(members.map((one: { user: { githubLogin: string } }) => one.user.githubLogin)).toEqual(['admin'])
})

test.concurrent('what is not offered says so', async () => {
  const user = await someone('refused')
  await user.ok('stack', 'new', 'main/refused/dev')
  await writeFile(join(user.project, 'details.json'), '{}')
  const waiting = NOT_OFFERED.values()
  const problems: string[] = []
  const worker = async (): Promise<void> => {
    for (const line of waiting) {
      await runs.refused(user, line.split(' ')).catch((error: Error) => problems.push(error.message))
    }
  }
  await Promise.all([worker(), worker()])
  expect(problems).toEqual([])
})

test('no command is left out, and the table in the documents is what came of them', async () => {
  const talking = runs.results()
  const given = [...talking.keys(), ...Object.keys(NEEDS_MORE), ...TALKS_TO_NOBODY]
  expect(missingCommands(commands, given)).toEqual([])
  const table = commandTable(new Map([...talking, ...Object.entries(NEEDS_MORE)]))
  await expectMadeTable(DOCUMENT, 'test/cli-commands.test.ts', table)
})
