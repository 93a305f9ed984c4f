/** The `daypass` command against a real server, as people and scripts use it. */
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { daypass } from './harness/daypass.ts'
import { walk } from './harness/daypass-steps.ts'
import { pulumiUser } from './harness/pulumi.ts'
import { startServer, type TestServer } from './harness/server.ts'
import { openTerminal, whyNoTerminal } from './harness/terminal.ts'

let server: TestServer
let folder: string
/** In the organization acme, where she may do nothing but read. */
let strangerToken: string

beforeAll(async () => {
  server = await startServer()
  folder = await mkdtemp(join(tmpdir(), 'daypass-cli-'))
  const acme = await server.call('POST', '/api/daypass/orgs', { name: 'acme', admin: 'alice' })
  strangerToken = acme.body.adminToken.tokenValue
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  expect(await server.stop()).toBe(0)
})

test('pools', async () => {
  const id = expect.stringMatching(/^[0-9a-f-]{36}$/)
  await walk(
    [
      { run: 'pool list', shows: /^No pools\. Make one with/ },
      { run: 'pool create eu --description Frankfurt', json: { id, name: 'eu', description: 'Frankfurt' } },
      { run: 'pool create eu', code: 1, says: /There is already a pool "eu"/ },
      { run: 'pool create us --org acme', code: 5, says: /no organization named acme/ },
      { run: 'pool create ..', code: 1, says: /name/ },
      {
        run: 'pool list',
        shows: /^NAME +STATUS +DEFAULT +LAST SEEN +LAST DEPLOYMENT +DESCRIPTION\neu +offline +Frankfurt\n$/,
      },
      {
        run: 'pool list --org main',
        json: { pools: [expect.objectContaining({ name: 'eu', status: 'offline', isDefault: false })] },
      },
      { run: 'pool list --shared', json: { pools: [expect.objectContaining({ name: 'default' })] } },
      { run: 'pool list --shared --org main', code: 2, says: /cannot be used with/ },
      { run: 'pool show eu', json: expect.objectContaining({ name: 'eu', agents: [] }) },
      { run: 'pool show eu', shows: /No runner was seen in it yet/ },
      { run: 'pool show west', code: 5, says: /has no pool "west"; it has: eu\./ },
      { run: 'pool default', code: 2, says: /say which: a pool, or --shared/ },
      { run: 'pool default eu', json: { defaultPool: 'eu' } },
      { run: 'pool list', shows: /\neu +offline +yes / },
      { run: 'pool default --shared', shows: /go to the shared pool/ },
      { run: 'pool edit eu', code: 2, says: /say what to change/ },
      { run: 'pool edit eu --name europe', shows: /Changed the pool europe/ },
      {
        run: 'pool token create europe',
        json: { id, tokenValue: expect.stringMatching(/^dpp-[0-9a-f]{40}$/) },
        keep: ({ id }) => ({ id }),
      },
      { run: `pool token create europe --to ${folder}/token`, shows: /Wrote the token to/ },
      { run: `pool token create europe --to ${folder}/token`, code: 2, says: /cannot write the token/ },
      { run: 'pool token create west', code: 5, says: /no pool "west"/ },
      { run: `pool token create west --to ${folder}/lost`, code: 5, says: /no pool "west"/ },
      { run: 'pool token list europe', shows: /^ID +CREATED +EPHEMERAL\n.{36} +2.+\n.{36} +2.+\n$/ },
      { run: 'pool token revoke europe {id}', code: 2, says: /give --yes/ },
      { run: 'pool token revoke europe {id} -y', shows: /good no more/ },
      { run: 'pool token revoke europe {id} -y', code: 5, says: /no token with this id/ },
      { run: 'pool delete europe', code: 2, says: /would delete the pool europe .* give --yes/ },
      { run: 'pool delete europe --yes', json: { deleted: { id, name: 'europe' } } },
      { run: 'pool delete europe --yes', code: 5, says: /it has: none/ },
    ],
    { server },
  )
  expect((await stat(join(folder, 'token'))).mode & 0o777).toBe(0o600)
  expect(await readFile(join(folder, 'token'), 'utf8')).toMatch(/^dpp-[0-9a-f]{40}\n$/)
  await expect(stat(join(folder, 'lost'))).rejects.toThrow(/ENOENT/)
})

test('what is wrongly called says what to do, and scripts tell it by the code', async () => {
  await walk(
    [
      { run: 'poool list', code: 2, says: /Did you mean pool\?/ },
      { run: 'pool lsit', code: 2, says: /Did you mean list\?/ },
      { run: 'pool list --ogr acme', code: 2, says: /Did you mean --org\?/ },
      { run: 'pool', code: 2, says: /Usage: daypass pool/ },
      { run: 'pool show', code: 2, says: /missing required argument 'pool'/ },
      { run: 'pool list --help', shows: /Example:\n {2}daypass pool list/ },
      { run: '--help', shows: /Exit codes:\n {2}0 +done/ },
      { run: 'pool list --org nobodys', code: 5, says: /no organization named nobodys/ },
      {
        run: 'pool list',
        as: { token: 'pul-0' },
        code: 4,
        says: /unknown, expired or revoked.*pulumi login/,
      },
      { run: 'pool list --server ftp://x', code: 2, says: /no address of a server/ },
      { run: 'pool list --server http://127.0.0.1:1', code: 3, says: /no answer from http:\/\/127.0.0.1:1/ },
      { run: `pool list --token-file ${folder}/none`, code: 2, says: /cannot read the token/ },
      { run: 'key status', as: { token: strangerToken }, code: 4, says: /admin of this installation/ },
      { run: 'key rotate', code: 2, says: /say what to rotate/ },
      { run: 'key status', shows: /^KEYS +TOTAL/ },
      {
        run: 'org create built',
        json: { id: expect.any(String), name: 'built', admin: 'admin' },
      },
      { run: 'org create Built', code: 1, says: /lower/ },
      { run: 'org limits', json: { concurrency: 20, timeoutSeconds: 7200 } },
      {
        run: 'org limits --concurrency 2 --timeout 30m',
        shows: /^2 at the same time, each for at most 30 minutes\.\n$/,
      },
      { run: 'org limits --timeout 3h', json: { concurrency: 2, timeoutSeconds: 10_800 } },
      { run: 'org limits --timeout 2d', code: 1, says: /86400/ },
      { run: 'org limits --timeout soon', code: 2, says: /length of time such as 90s/ },
      { run: 'org limits --timeout 30s', code: 1, says: /timeoutSeconds/ },
      { run: 'org limits --concurrency many', code: 2, says: /a whole number from 1/ },
      {
        run: 'org limits --org main',
        as: { token: strangerToken },
        code: 5,
        says: /no organization named main/,
      },
    ],
    { server },
  )
})

test('the login of the pulumi CLI is found, with its default organization', async () => {
  const user = await pulumiUser({ PULUMI_ACCESS_TOKEN: server.adminToken })
  const home = join(user.project, '..')
  const here = { folder: user.project, env: { HOME: home } }
  try {
    expect(await daypass(['pool', 'list'], here)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('no access token for http://127.0.0.1:8080'),
    })
    await user.ok('login', server.url)
    expect(await daypass(['pool', 'list', '--json'], here)).toMatchObject({ code: 0, json: { pools: [] } })
    await user.ok('org', 'set-default', 'acme')
    // The admin is not in acme: that it was asked for says that the default was found.
    const asked = await daypass(['pool', 'list'], here)
    expect(asked).toMatchObject({ code: 5, stderr: expect.stringContaining('organization named acme') })
  } finally {
    await user.remove()
  }
})

test('a login at Pulumi Cloud or in a folder is none of ours', async () => {
  const home = await mkdtemp(join(folder, 'home-'))
  await mkdir(join(home, '.pulumi'))
  for (const current of ['https://api.pulumi.com', 'file:///srv/states']) {
    const kept = { current, accessTokens: { [current]: 'pul-elsewhere' } }
    await writeFile(join(home, '.pulumi', 'credentials.json'), JSON.stringify(kept))
    const asked = await daypass(['pool', 'list'], { env: { HOME: home } })
    expect(asked).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('no access token for http://127.0.0.1:8080'),
    })
  }
  await writeFile(join(home, '.pulumi', 'credentials.json'), '{"$pulumiSecureStore":1}')
  const sealed = await daypass(['pool', 'list'], { env: { HOME: home } })
  expect(sealed).toMatchObject({ code: 4, stderr: expect.stringContaining('is encrypted') })
})

test('what a stack’s clouds must trust is said, and lets in all of its operations', async () => {
  await server.call('POST', '/api/stacks/main/trusted', { stackName: 'dev' })
  const stack = 'main/trusted/dev'
  await walk([{ run: `trust show -s ${stack}`, shows: /No cloud: neither the settings nor the identity/ }], {
    server,
  })
  const aws = { roleArn: 'arn:aws:iam::123456789012:role/deploy', sessionName: 'daypass' }
  const saved = await server.call('PUT', `/api/stacks/${stack}/deployments/settings`, {
    operationContext: { oidc: { aws } },
  })
  expect(saved.status).toBe(200)
  const shown = await daypass(['trust', 'show', '-s', stack, '--json'], { server })
  const { trustPolicy } = shown.json.aws[0]
  const explained = await server.call('POST', `/api/daypass/stacks/${stack}/trust/explain`, {
    documents: [trustPolicy],
  })
  expect(explained).toMatchObject({ status: 200, body: { cloud: 'aws', allowed: true } })
  await writeFile(join(folder, 'role.json'), JSON.stringify(trustPolicy))
  await walk(
    [
      {
        run: `trust show -s ${stack}`,
        shows: /\nAWS: preview, update, .* as arn:aws:iam::123456789012:role\/deploy\n {2}AWS takes https/,
      },
      {
        run: `trust explain role.json --stack ${stack}`,
        json: expect.objectContaining({ allowed: true }),
        says: /AWS takes https/,
      },
      {
        run: 'trust explain role.json --stack main/trusted/prod --operation update',
        code: 1,
        shows: /stack "dev", but this deployment is of stack "prod"/,
      },
      { run: 'trust check role.json --strict', code: 1, shows: /preview_may_write/ },
      { run: 'trust show -s main/trusted/none', code: 5, says: /no stack/i },
    ],
    { server, folder },
  )
})

const noTerminal = whyNoTerminal()
test.skipIf(noTerminal)(
  `at a terminal it asks before something is gone for good${noTerminal ? ` (skipped: ${noTerminal})` : ''}`,
  async () => {
    await server.call('POST', '/api/daypass/pools?organization=main', { name: 'asked' })
    const program = join(import.meta.dirname, '../cli/src/main.ts')
    const env = { HOME: folder, DAYPASS_SERVER: server.url, DAYPASS_TOKEN: server.adminToken }
    for (const [answer, code, says] of [
      ['n', 1, 'nothing was done'],
      ['y', 0, 'Deleted the pool asked'],
    ] as const) {
      const terminal = openTerminal(`'${process.execPath}' '${program}' pool delete asked`, env)
      try {
        await expect.poll(terminal.shown, { timeout: 60_000 }).toContain('Go on? [y/N]')
        terminal.type(`${answer}\r`)
        expect(await terminal.ended).toBe(code)
        expect(terminal.shown()).toContain(says)
      } finally {
        terminal.close()
      }
    }
  },
)
