/** Stacks move in from a file backend and out again, by the real CLI: nothing changes, and no secret lies around. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DaypassOutcome, daypass } from './harness/daypass.ts'
import { type PulumiUser, pulumiProgram, pulumiUser } from './harness/pulumi.ts'
import { startServer, type TestServer } from './harness/server.ts'

const SECRET = 'correct-horse-battery'
const PROGRAM = `
name: web
runtime: yaml
config:
  password: { type: string }
resources:
  first:
    type: pulumi:index:Stash
    properties: { input: "\${password}" }
  second:
    type: pulumi:index:Stash
    properties: { input: { nested: [one, "\${first.output}"] } }
outputs:
  password: \${password}
`

let server: TestServer
let folder: string
let user: PulumiUser
let sourceUrl: string
/** The stack's configuration as it was while the stack lived in our server. */
let configAtServer: string
/** A `pulumi` that notes its arguments, and whether its home holds the secret in clear afterwards. */
let watched: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-moves-'))
  for (const name of ['source', 'target', 'tmp']) await mkdir(join(folder, name))
  sourceUrl = `file://${join(folder, 'source')}`
  watched = join(folder, 'pulumi')
  const script = [
    '#!/bin/sh',
    `printf '%s\\n' "$*" >> '${folder}/arguments'`,
    `'${pulumiProgram()}' "$@"; code=$?`,
    `grep -rlF ${SECRET} "$PULUMI_HOME" >> '${folder}/leaks'`,
    'exit $code',
  ]
  await writeFile(watched, `${script.join('\n')}\n`)
  await chmod(watched, 0o700)
  const [started, made] = await Promise.all([
    startServer(),
    pulumiUser({ PULUMI_CONFIG_PASSPHRASE: 'hunter2' }),
  ])
  server = started
  user = made
  await user.writeProgram(PROGRAM)
  await user.ok('login', sourceUrl)
  await user.ok('stack', 'init', 'dev')
  await user.ok('config', 'set', '--secret', 'password', SECRET)
  await user.ok('up', '--yes', '--skip-preview')
})
afterAll(async () => {
  await user.remove()
  await rm(folder, { recursive: true, force: true })
  expect(await server.stop()).toBe(0)
})

function move(args: readonly string[], passphrase: string): Promise<DaypassOutcome> {
  const env = { PULUMI_CONFIG_PASSPHRASE: passphrase, TMPDIR: join(folder, 'tmp') }
  return daypass(['stack', ...args, '--json', '--pulumi', watched], { server, folder: user.project, env })
}

/** As somebody who works with the stack where it is now. */
async function at(url: string, passphrase: string, token: string): Promise<PulumiUser> {
  const other = await pulumiUser({
    PULUMI_BACKEND_URL: url,
    PULUMI_ACCESS_TOKEN: token,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
  })
  for (const name of ['Pulumi.yaml', 'Pulumi.dev.yaml']) {
    await writeFile(join(other.project, name), await readFile(join(user.project, name)))
  }
  return other
}

async function expectUnchanged(
  url: string,
  stack: string,
  passphrase: string,
  token = server.adminToken,
): Promise<void> {
  const person = await at(url, passphrase, token)
  try {
    await person.ok('preview', '--expect-no-changes', '--stack', stack)
    expect((await person.ok('config', 'get', 'password', '--stack', stack)).stdout.trim()).toBe(SECRET)
  } finally {
    await person.remove()
  }
}

test('what cannot be moved is said, and nothing is left of the attempt', async () => {
  const [unknown, wrong, elsewhere, tried] = await Promise.all([
    move(['import-from', sourceUrl, '--stack', 'prod'], 'hunter2'),
    move(['import-from', sourceUrl, '--stack', 'dev'], 'wrong'),
    daypass(['stack', 'import-from', sourceUrl, '--stack', 'dev', '--pulumi', watched], { server, folder }),
    move(['import-from', sourceUrl, '--all', '--dry-run'], 'hunter2'),
  ])
  expect(unknown).toMatchObject({ code: 2, stdout: '' })
  expect(unknown.stderr).toContain('no stack "prod"; it has organization/web/dev')
  expect(wrong.code).toBe(1)
  expect(wrong.json.stacks).toMatchObject(
    [{ outcome: 'failed', message: /passphrase is wrong/ }].map(matching),
  )
  expect(elsewhere.code).toBe(2)
  expect(elsewhere.stderr).toContain('--without-config')
  expect(tried.code, tried.stderr).toBe(0)
  expect(tried.json.stacks).toEqual([
    {
      source: 'organization/web/dev',
      target: 'main/web/dev',
      outcome: 'would move',
      resources: 4,
      secrets: expect.any(Number),
      config: 'converted',
    },
  ])
  expect((await server.call('GET', '/api/user/stacks')).body.stacks).toEqual([])
})

test('in, and out again into another backend: no changes, and the secrets open', async () => {
  const before = await readFile(configOf(user), 'utf8')
  const imported = await move(['import-from', sourceUrl, '--stack', 'dev'], 'hunter2')
  expect(imported.code, imported.stderr).toBe(0)
  expect(imported.json.stacks).toMatchObject([
    { target: 'main/web/dev', outcome: 'moved', resources: 4, config: 'converted' },
  ])
  configAtServer = await readFile(configOf(user), 'utf8')
  expect(configAtServer).not.toBe(before)
  await expectUnchanged(server.url, 'main/web/dev', '')
  const again = await move(['import-from', sourceUrl, '--all'], 'hunter2')
  expect(again).toMatchObject({ code: 0, json: { stacks: [{ outcome: 'already there' }] } })

  const targetUrl = `file://${join(folder, 'target')}`
  const exported = await move(['export-to', targetUrl, '--stack', 'main/web/dev'], 'another')
  expect(exported.code, exported.stderr).toBe(0)
  expect(exported.json.stacks).toMatchObject([
    { target: 'organization/web/dev', outcome: 'moved', resources: 4 },
  ])
  await expectUnchanged(targetUrl, 'organization/web/dev', 'another')
})

test('from one service to another, as from any that is not Pulumi Cloud', async () => {
  const other = await startServer({ flags: ['--org-name', 'acme'] })
  try {
    const tokenFile = join(folder, 'token')
    await writeFile(tokenFile, server.adminToken)
    const env = { TMPDIR: join(folder, 'tmp') }
    const args = [
      'import-from',
      server.url,
      '--backend-token-file',
      tokenFile,
      '--stack',
      'dev',
      '--pulumi',
      watched,
    ]
    await writeFile(configOf(user), configAtServer)
    const moved = await daypass(['stack', ...args, '--json'], { server: other, folder: user.project, env })
    expect(moved.code, moved.stderr).toBe(0)
    expect(moved.json.stacks).toMatchObject([
      { source: 'main/web/dev', target: 'acme/web/dev', outcome: 'moved' },
    ])
    await expectUnchanged(other.url, 'acme/web/dev', '', other.adminToken)
  } finally {
    await other.stop()
  }
})

test('no secret stood in an argument, in a file of the CLI, in our output or in the server’s log', async () => {
  const told = await readFile(join(folder, 'arguments'), 'utf8')
  expect(told).toContain('stack migrate')
  for (const secret of [SECRET, 'hunter2', server.adminToken]) {
    expect(told).not.toContain(secret)
    expect(server.log()).not.toContain(secret)
  }
  expect(await readFile(join(folder, 'leaks'), 'utf8')).toBe('')
  expect(await readdir(join(folder, 'tmp'))).toEqual([])
})

function configOf({ project }: PulumiUser): string {
  return join(project, 'Pulumi.dev.yaml')
}

function matching({ outcome, message }: { outcome: string; message: RegExp }) {
  return { outcome, message: expect.stringMatching(message) }
}
