/** Deployments as clients of Pulumi see them: the Automation API's remote workspaces, and the CLI with its exit codes. */
import { RemoteWorkspace } from '@pulumi/pulumi/automation/index.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PulumiUser, pulumiUser } from './harness/pulumi.ts'
import { loginAt, useRemoteWorkspaces } from './harness/remote-workspace.ts'
import { type System, startSystem } from './harness/system.ts'

/** The program keeps what stands in this file. */
const WHO = 'echo -n "$WHO" > caller.txt'

let system: System
let user: PulumiUser
let leaveRemoteWorkspaces: () => Promise<void>

beforeAll(async () => {
  system = await startSystem()
  user = await pulumiUser(loginAt(system.server))
  leaveRemoteWorkspaces = await useRemoteWorkspaces(system.server)
})
afterAll(async () => {
  await leaveRemoteWorkspaces?.()
  await user?.remove()
  await system?.stop()
})

const path = (stack: string): string => `/api/stacks/main/shop/${stack}/deployments`
const latest = async (stack: string) => (await system.server.call('GET', path(stack))).body.deployments[0]
const settingsOf = (more: object = {}): object => ({
  sourceContext: { git: { repoUrl: system.repoUrl, branch: 'main' } },
  operationContext: { preRunCommands: [WHO], environmentVariables: { WHO: 'settings' }, ...more },
})

test('a remote workspace of the Automation API: up, preview, refresh, outputs, history and destroy', async () => {
  const stack = await RemoteWorkspace.createOrSelectStack(
    { stackName: 'main/shop/remote', url: system.repoUrl, branch: 'main' },
    {
      envVars: { WHO: 'somebody', KEY: { secret: 'correct horse' } },
      preRunCommands: [WHO, 'test -n "$KEY"'],
    },
  )
  const output: string[] = []
  const up = await stack.up({ onOutput: (text) => output.push(text) })
  expect(up.summary).toMatchObject({ kind: 'update', result: 'succeeded', version: 1 })
  expect(up.outputs).toEqual({ callerArn: { value: 'somebody', secret: false } })
  expect(output.join('')).toContain('pulumi:index:Stash')
  expect(output.join('')).not.toContain('correct horse')
  expect((await stack.preview()).stdout).toContain('2 unchanged')
  expect((await stack.refresh()).summary).toMatchObject({ kind: 'refresh', result: 'succeeded' })
  expect((await stack.destroy()).summary).toMatchObject({ kind: 'destroy', result: 'succeeded' })
  expect((await stack.history()).map(({ kind }) => kind)).toEqual(['destroy', 'refresh', 'update'])
  expect((await stack.exportStack()).deployment.resources ?? []).toEqual([])

  const { deployments, total } = (await system.server.call('GET', `${path('remote')}?asc=true`)).body
  expect(total).toBe(4)
  expect(deployments.map((one: { pulumiOperation: string }) => one.pulumiOperation)).toEqual([
    'update',
    'preview',
    'refresh',
    'destroy',
  ])
  expect(deployments[0]).toMatchObject({
    initiator: 'automation-api',
    status: 'succeeded',
    updates: [{ kind: 'update', result: 'succeeded', version: 1 }],
  })
})

test('a remote workspace that inherits the settings of its stack', async () => {
  await system.addStack('inherits')
  await system.server.call('PUT', `${path('inherits')}/settings`, settingsOf())
  const stack = await RemoteWorkspace.selectStack(
    { stackName: 'main/shop/inherits' },
    { inheritSettings: true },
  )
  expect((await stack.up()).outputs).toEqual({ callerArn: { value: 'settings', secret: false } })
})

test.each(['up', 'preview', 'refresh', 'destroy'])(
  '%s --remote ends with 0 when the deployment succeeded, and otherwise not',
  async (command) => {
    const name = `codes-${command}`
    await system.addStack(name)
    const run = (preRun: string) =>
      user.run(
        ...[command, '--remote', system.repoUrl, '--remote-git-branch', 'main'],
        ...['--remote-pre-run-command', preRun, '--stack', `main/shop/${name}`],
      )
    const failed = await run('echo before-the-end; exit 7')
    expect(failed.code, failed.output).not.toBe(0)
    expect(failed.output).toContain('before-the-end')
    const succeeded = await run('echo -n x > caller.txt')
    expect(succeeded.code, succeeded.output).toBe(0)
    // The program itself fails: there is no file to read.
    if (command === 'up' || command === 'preview') {
      const broken = await run('rm -f caller.txt')
      expect(broken.code, broken.output).not.toBe(0)
      expect(broken.output).toContain('caller.txt')
    }
    const { deployments } = (await system.server.call('GET', `${path(name)}?asc=true`)).body
    // The CLI goes when the update is over; its deployment has yet to save and to clean up.
    const [first, second] = deployments.map(({ id }: { id: string }) => system.ended(name, id))
    expect(await Promise.all([first, second])).toMatchObject([
      { status: 'failed', pulumiOperation: command === 'up' ? 'update' : command },
      { status: 'succeeded' },
    ])
  },
)

test('up --remote ends otherwise than with 0 when somebody cancels the deployment', async () => {
  await system.addStack('cancelled-up')
  const following = user.start(
    ...['up', '--remote', system.repoUrl, '--remote-git-branch', 'main', '--stack', 'main/shop/cancelled-up'],
    ...['--remote-pre-run-command', 'echo now; sleep 60'],
  )
  await expect.poll(async () => (await latest('cancelled-up'))?.status, { timeout: 30_000 }).toBe('running')
  await system.server.call('POST', `${path('cancelled-up')}/${(await latest('cancelled-up')).id}/cancel`)
  const { code, output } = await following.outcome
  expect(code, output).not.toBe(0)
  expect(output).toMatch(/cancel/i)
})

test('deployment settings and run, from the CLI alone', async () => {
  await system.addStack('settled')
  const stack = ['--stack', 'main/shop/settled']
  const git = ['--git-url', system.repoUrl, '--branch', 'main']
  const edit = ['--pre-run-command', WHO, '--env', 'WHO=edited', '--secret-env', 'KEY=hidden1']
  await user.ok('deployment', 'settings', 'edit', ...git, ...edit, ...stack)
  const shown = await user.ok('deployment', 'settings', 'get', ...stack)
  expect(shown.output).toContain(system.repoUrl)
  expect(shown.output).not.toContain('hidden1')

  const ran = await user.ok('deployment', 'run', 'update', '--suppress-stream-logs=false', ...stack)
  expect(ran.output).toContain('callerArn')
  expect((await user.ok('deployment', 'list', ...stack)).output).toContain('succeeded')
  const read = (await user.ok('deployment', 'get', '1', ...stack)).output
  expect(read).toContain('succeeded')
  expect(read).toMatch(/^Updates: +1$/m)
  const log = (await user.ok('deployment', 'log', '1', '--all', ...stack)).output
  expect(log).toContain('Pre-run command 1')
  expect(log).not.toContain('hidden1')

  await user.ok('deployment', 'settings', 'destroy', '--yes', ...stack)
  expect((await system.server.call('GET', `${path('settled')}/settings`)).status).toBe(404)
  const refused = await user.run('deployment', 'run', 'update', ...stack)
  expect(refused.code).not.toBe(0)
  expect(refused.output).toContain('sourceContext.git.repoUrl is missing')
})

test('a cancel by the CLI ends the deployment, and the CLI that follows it', async () => {
  await system.addStack('cancelled')
  await system.server.call(
    'PUT',
    `${path('cancelled')}/settings`,
    settingsOf({ preRunCommands: ['echo now; sleep 60'] }),
  )
  const stack = ['--stack', 'main/shop/cancelled']
  const following = user.start('deployment', 'run', 'update', '--suppress-stream-logs=false', ...stack)
  await expect.poll(async () => (await latest('cancelled'))?.status, { timeout: 30_000 }).toBe('running')
  const { id } = await latest('cancelled')
  await user.ok('deployment', 'cancel', id, '--yes', ...stack)
  const { code, output } = await following.outcome
  expect(code, output).not.toBe(0)
  expect(output).toMatch(/cancel/i)
})

test('a tag is checked out by its name, and the list tells stacks, states and operations apart', async () => {
  await system.addStack('tagged')
  const missing = { ...settingsOf(), sourceContext: { git: { repoUrl: system.repoUrl, tag: 'v1' } } }
  const ended = await system.deploy('tagged', { operation: 'preview', inheritSettings: false, ...missing })
  expect(ended.status).toBe('failed')
  expect(ended.log).toContain('refs/tags/v1')
  const count = async (query: string): Promise<number> =>
    (await system.server.call('GET', `${path('tagged')}?${query}`)).body.total
  expect(await count('status=failed&operation=preview')).toBe(1)
  expect(await count('operation=update')).toBe(0)
  expect(await count('status=succeeded&status=failed')).toBe(1)
})

test('a runner is seen in its pool with the machine it runs on', async () => {
  const { rows } = await system.database.db.query<{ platform: string; pid: string; hostname: string }>(
    'select platform, pid, hostname from pool_runners',
  )
  expect(rows).toEqual([
    {
      platform: `${process.platform}-${process.arch}`,
      pid: String(system.runner.pid),
      hostname: expect.stringMatching(/./),
    },
  ])
})
