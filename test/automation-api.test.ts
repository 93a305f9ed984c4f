/** Pulumi's Automation API for Node.js, unmodified: programs given inline, against the running server. */
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as pulumi from '@pulumi/pulumi'
import {
  ConcurrentUpdateError,
  type EngineEvent,
  LocalWorkspace,
  type LocalWorkspaceOptions,
  PulumiCommand,
  type PulumiFn,
  type Stack,
  StackAlreadyExistsError,
  StackNotFoundError,
} from '@pulumi/pulumi/automation/index.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pulumiProgram } from './harness/pulumi.ts'
import { startServer, type TestServer } from './harness/server.ts'

let server: TestServer
let home: string
let options: LocalWorkspaceOptions

beforeAll(async () => {
  server = await startServer()
  home = await mkdtemp(join(tmpdir(), 'daypass-automation-'))
  await symlink(dirname(pulumiProgram()), join(home, 'bin'))
  options = {
    pulumiCommand: await PulumiCommand.get({ root: home }),
    pulumiHome: join(home, '.pulumi'),
    envVars: {
      PULUMI_ACCESS_TOKEN: server.adminToken,
      PULUMI_BACKEND_URL: server.url,
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    },
  }
})
afterAll(async () => {
  await rm(home, { recursive: true, force: true })
  expect(await server.stop()).toBe(0)
})

const stackOf = (projectName: string, name: string, program: PulumiFn): Promise<Stack> =>
  LocalWorkspace.createOrSelectStack(
    { stackName: `main/${projectName}/${name}`, projectName, program },
    options,
  )

/** Some resources, a secret output from a secret in the configuration, and one in clear. */
const webProgram: PulumiFn = async () => {
  const config = new pulumi.Config()
  const first = new pulumi.Stash('first', { input: config.require('size') })
  new pulumi.Stash('second', { input: first.output }, { dependsOn: first })
  return { size: first.output, password: config.requireSecret('password'), list: [1, { two: 2 }] }
}

test('up, preview, refresh, outputs and history; secrets in the configuration and in outputs stay secret', async () => {
  const stack = await stackOf('web', 'dev', webProgram)
  await stack.setAllConfig({ size: { value: 'small' }, password: { value: 'correct horse', secret: true } })
  expect((await stack.preview()).changeSummary).toEqual({ create: 3 })

  const up = await stack.up({ message: 'the first one' })
  expect(up.summary).toMatchObject({
    kind: 'update',
    result: 'succeeded',
    version: 1,
    message: 'the first one',
    resourceChanges: { create: 3 },
  })
  expect(up.outputs).toEqual({
    size: { value: 'small', secret: false },
    password: { value: 'correct horse', secret: true },
    list: { value: [1, { two: 2 }], secret: false },
  })
  const stored = JSON.stringify((await server.call('GET', '/api/stacks/main/web/dev/export')).body)
  expect(stored).not.toContain('correct horse')

  expect((await stack.preview({ expectNoChanges: true })).changeSummary).toEqual({ same: 3 })
  expect((await stack.previewRefresh()).changeSummary).toEqual({ same: 3 })
  expect((await stack.previewDestroy()).changeSummary).toEqual({ delete: 3 })
  expect((await stack.refresh()).summary).toMatchObject({ kind: 'refresh', version: 2 })
  const history = await stack.history(10, 1, true)
  expect(history.map(({ kind, version }) => [kind, version])).toEqual([
    ['refresh', 2],
    ['update', 1],
  ])
  expect(history[1]?.config['web:password']).toEqual({ value: 'correct horse', secret: true })
  expect(await stack.info()).toMatchObject({ kind: 'refresh', version: 2 })
  expect(await stack.outputs()).toEqual(up.outputs)

  // From the last update, as on a machine that never had the file.
  await stack.removeConfig('size')
  expect((await stack.refreshConfig())['web:size']).toMatchObject({ value: 'small' })
  expect(await stack.getConfig('password')).toMatchObject({ value: 'correct horse', secret: true })
})

test('a program that fails: events tell, what was made is kept, and the next one goes on', async () => {
  let isBroken = true
  const program: PulumiFn = async () => {
    const first = new pulumi.Stash('first', { input: 'a' })
    await new Promise<void>((resolve) => void first.output.apply(() => resolve()))
    if (isBroken) throw new Error('the program fell over')
    new pulumi.Stash('second', { input: 'b' })
  }
  const stack = await stackOf('broken', 'dev', program)
  const events: EngineEvent[] = []
  await expect(stack.up({ onEvent: (event) => void events.push(event) })).rejects.toThrow(
    'the program fell over',
  )
  expect(events.flatMap(({ resOutputsEvent }) => resOutputsEvent?.metadata.type ?? [])).toContain(
    'pulumi:index:Stash',
  )
  expect(await stack.info()).toMatchObject({ kind: 'update', result: 'failed', version: 1 })
  const kept: { urn: string }[] = (await stack.exportStack()).deployment.resources
  expect(kept.map(({ urn }) => urn.split('::').at(-1))).toEqual(['broken-dev', 'default', 'first'])
  isBroken = false
  expect((await stack.up()).summary).toMatchObject({
    result: 'succeeded',
    version: 2,
    resourceChanges: { same: 2, create: 1 },
  })
})

test('who am I, the list of stacks, and no removal of a stack that has resources', async () => {
  const stack = await stackOf('listed', 'dev', async () => {
    new pulumi.Stash('kept', { input: 'a' })
  })
  expect(await stack.workspace.whoAmI()).toMatchObject({ user: 'admin', url: expect.any(String) })
  await stack.up()
  const listed = await stack.workspace.listStacks()
  // Named without the organization, which is the default one; counted with the default provider.
  expect(listed.map(({ name, resourceCount }) => [name, resourceCount])).toContainEqual(['dev', 3])
  expect(await stack.workspace.stack()).toMatchObject({ name: 'dev', current: true })
  await expect(stack.workspace.removeStack('main/listed/dev')).rejects.toThrow('still has resources')
  await stack.destroy()
  await stack.workspace.removeStack('main/listed/dev')
  expect((await stack.workspace.listStacks()).map(({ name }) => name)).not.toContain('dev')
})

test('tags', async () => {
  const stack = await stackOf('web', 'tags', async () => {})
  await stack.setTag('team', 'platform')
  expect(await stack.listTags()).toMatchObject({ team: 'platform', 'pulumi:project': 'web' })
  expect(await stack.getTag('team')).toBe('platform')
  await stack.removeTag('team')
  expect(await stack.listTags()).not.toHaveProperty('team')
})

test('a stack reads the outputs of one of another project, secrets too', async () => {
  const producer = await stackOf('network', 'prod', async () => ({
    subnet: 'subnet-1',
    key: pulumi.secret('correct horse'),
  }))
  await producer.up()
  const consumer = await stackOf('app', 'prod', async () => {
    const network = new pulumi.StackReference('main/network/prod')
    return { subnet: network.getOutput('subnet'), key: network.getOutput('key') }
  })
  expect((await consumer.up()).outputs).toEqual({
    subnet: { value: 'subnet-1', secret: false },
    key: { value: 'correct horse', secret: true },
  })
})

test('export and import; another name; destroy and removal', async () => {
  const program: PulumiFn = async () => {
    new pulumi.Stash('kept', { input: pulumi.secret('correct horse') })
  }
  const stack = await stackOf('moves', 'dev', program)
  await stack.up()
  const exported = await stack.exportStack()
  expect(exported.deployment.resources).toHaveLength(3)

  await stack.destroy()
  expect((await stack.exportStack()).deployment.resources ?? []).toHaveLength(0)
  await stack.importStack(exported)
  const { summary } = await stack.rename({ stackName: 'main/moves/prod' })
  expect(summary.kind).toBe('rename')

  const renamed = await stackOf('moves', 'prod', program)
  expect((await renamed.preview({ expectNoChanges: true })).changeSummary).toEqual({ same: 2 })
  expect((await renamed.history()).map(({ kind }) => kind)).toEqual(['rename', 'import', 'destroy', 'update'])
  expect((await renamed.destroy({ remove: true })).summary.result).toBe('succeeded')
  await expect(
    LocalWorkspace.selectStack({ stackName: 'main/moves/prod', projectName: 'moves', program }, options),
  ).rejects.toBeInstanceOf(StackNotFoundError)
})

test('two at once: the second is told so, a cancel frees the stack, and the next one goes on', async () => {
  const reached = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  let isHeld = true
  const program: PulumiFn = async () => {
    new pulumi.Stash('before', { input: 'a' })
    if (isHeld) {
      reached.resolve()
      await released.promise
    }
    new pulumi.Stash('after', { input: 'b' })
  }
  const stack = await stackOf('locked', 'dev', program)
  const names = { stackName: 'main/locked/dev', projectName: 'locked', program }
  await expect(LocalWorkspace.createStack(names, options)).rejects.toBeInstanceOf(StackAlreadyExistsError)

  const first = stack.up().then(
    () => undefined,
    (error: unknown) => error,
  )
  await reached.promise
  isHeld = false
  const colleague = await LocalWorkspace.selectStack(names, options)
  await expect(colleague.up()).rejects.toBeInstanceOf(ConcurrentUpdateError)
  await colleague.cancel()
  released.resolve()
  expect(String(await first)).toContain('the update was cancelled')

  expect((await colleague.up()).summary.result).toBe('succeeded')
  expect((await colleague.preview({ expectNoChanges: true })).changeSummary).toEqual({ same: 3 })
})
