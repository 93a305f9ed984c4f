/** The unmodified Pulumi CLI against the running server: everything from login to logout. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../server/src/http/free-port.ts'
import { type HoldingProxy, holdingProxy } from './harness/hold.ts'
import { type PulumiUser, pulumiUser } from './harness/pulumi.ts'
import { startServer, type TestServer } from './harness/server.ts'

const PROGRAM = `
name: web
runtime: yaml
config:
  password: { type: string }
  size: { type: string, default: small }
resources:
  first:
    type: pulumi:index:Stash
    properties:
      input: one
  second:
    type: pulumi:index:Stash
    properties:
      input: \${size}
    options:
      dependsOn: ["\${first}"]
outputs:
  greeting: \${first.output}
  password: \${password}
`

let proxy: HoldingProxy
let server: TestServer
let user: PulumiUser

beforeAll(async () => {
  proxy = await holdingProxy()
  const port = await freePort('127.0.0.1')
  server = await startServer({ flags: ['--port', String(port), '--base-url', proxy.url] })
  proxy.forwardTo(`http://127.0.0.1:${port}`)
  user = await pulumiUser({ PULUMI_ACCESS_TOKEN: server.adminToken })
})
afterAll(async () => {
  await user.remove()
  await proxy.close()
  expect(await server.stop()).toBe(0)
})

test('from login to logout', async () => {
  const { ok, run } = user
  expect((await ok('login', proxy.url)).output).toContain(`Logged in to ${proxy.url} as admin`)
  expect((await ok('whoami', '--verbose')).stdout).toMatch(/User: admin\n.*Organizations: main/s)

  await user.writeProgram(PROGRAM)
  const absent = await run('stack', 'select', 'main/web/dev')
  expect(absent.code).not.toBe(0)
  expect(absent.output).toContain("no stack named 'dev' found")
  expect((await ok('stack', 'init', 'main/web/dev')).output).toContain("Created stack 'dev'")
  expect((await run('stack', 'init', 'main/web/dev')).output).toContain('already exists')
  await ok('stack', 'init', 'main/web/other')
  await ok('stack', 'select', 'main/web/dev')
  expect(JSON.parse((await ok('stack', 'ls', '--json')).stdout)).toMatchObject([
    { name: 'dev', current: true },
    { name: 'other', current: false },
  ])

  await ok('config', 'set', '--secret', 'password', 'correct horse')
  expect((await ok('config')).stdout).toContain('[secret]')
  expect((await ok('config', 'get', 'password')).stdout.trim()).toBe('correct horse')

  expect((await ok('preview')).stdout).toContain('+ 3 to create')
  expect((await ok('stack', 'history')).output).not.toContain('Version')
  expect((await ok('up', '--yes')).stdout).toContain('+ 3 created')
  expect(JSON.parse((await ok('stack', 'output', '--json')).stdout)).toEqual({
    greeting: 'one',
    password: '[secret]',
  })
  expect(JSON.parse((await ok('stack', 'output', '--json', '--show-secrets')).stdout)).toEqual({
    greeting: 'one',
    password: 'correct horse',
  })
  await ok('config', 'set', 'size', 'large')
  expect((await ok('preview', '--diff')).stdout).toMatch(/small.*large/s)
  expect((await ok('up', '--yes')).stdout).toMatch(/1 updated|1 replaced|\+-1/)
  expect((await ok('preview', '--expect-no-changes')).stdout).toContain('3 unchanged')
  await ok('refresh', '--yes')

  const history = JSON.parse((await ok('stack', 'history', '--json')).stdout)
  expect(
    history.map(({ kind, result, version }: Record<string, unknown>) => [kind, result, version]),
  ).toEqual([
    ['refresh', 'succeeded', 3],
    ['update', 'succeeded', 2],
    ['update', 'succeeded', 1],
  ])
  expect(history[2].resourceChanges).toEqual({ create: 3 })
  expect((await run('stack', 'rm', '--yes')).output).toContain('still has resources')

  await ok('stack', 'tag', 'set', 'team', 'platform')
  expect((await ok('stack', 'tag', 'get', 'team')).stdout.trim()).toBe('platform')
  expect(JSON.parse((await ok('stack', 'ls', '--json', '--tag', 'team=platform')).stdout)).toHaveLength(1)

  expect((await ok('destroy', '--yes')).stdout).toContain('- 3 deleted')
  expect((await ok('stack', 'rm', '--yes')).output).toContain('has been removed')
  expect((await ok('logout')).output).toContain('Logged out')
  expect((await run('whoami')).code).not.toBe(0)
})
