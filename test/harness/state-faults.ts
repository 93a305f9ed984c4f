/** A `pulumi up` that something happens to, and what must hold after it: nothing acknowledged is lost. */
import { expect } from 'vitest'
import { freePort } from '../../server/src/http/free-port.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { type FaultyProxy, faultyProxy } from './faulty-proxy.ts'
import { type PulumiUser, pulumiUser, type RunningPulumi } from './pulumi.ts'
import { startServer, type TestServer } from './server.ts'

export const FAULTS = [
  'the CLI is killed before a request is served',
  'the CLI is killed after a request was served',
  'the CLI is interrupted',
  'the server is killed before a request is served',
  'the server is killed before its answer is sent',
  'a connection breaks before a request is served',
  'a connection breaks after the server has committed',
  'the lease runs out, and its client writes late',
  'somebody cancels the update',
] as const
export type FaultKind = (typeof FAULTS)[number]

export interface FaultSystem {
  readonly proxy: FaultyProxy
  readonly user: PulumiUser
  readonly database: TestDatabase
  readonly server: () => TestServer
  /**
   * Runs `up` with a fault at the journal's `count`-th request, then cancel, up and preview.
   *
   * @returns Whether the fault came, and whether the first `up` succeeded.
   */
  readonly endure: (fault: FaultKind, count: number) => Promise<{ struck: boolean; succeeded: boolean }>
  readonly stop: () => Promise<void>
}

/** @param resources How many the program has: some in a chain, some at once. */
export async function startFaultSystem(resources: number): Promise<FaultSystem> {
  const proxy = await faultyProxy()
  const database = await createTestDatabase()
  const port = await freePort('127.0.0.1')
  const flags = ['--port', String(port), '--base-url', proxy.url]
  let server = await startServer({ postgres: database, flags })
  const { adminToken, dataFolder } = server
  proxy.forwardTo(`http://127.0.0.1:${port}`)
  const user = await pulumiUser({ PULUMI_ACCESS_TOKEN: adminToken })
  await user.writeProgram(programOf(resources))
  await user.ok('login', proxy.url)
  let stackNumber = 0
  let undisturbed: Promise<unknown> | undefined

  async function makeStack(): Promise<string> {
    stackNumber += 1
    const stackName = `s${stackNumber}`
    expect(await call('POST', '/api/stacks/main/web', { stackName })).toMatchObject({ status: 200 })
    return `main/web/${stackName}`
  }
  const call = (method: string, path: string, body?: unknown) => server.call(method, path, body, adminToken)
  const up = (stack: string) => ['up', '--yes', '--skip-preview', '--stack', stack] as const

  async function resourcesOf(stack: string): Promise<{ urn: string }[]> {
    const { body } = await call('GET', `/api/stacks/${stack}/export`)
    return body.deployment.resources ?? []
  }

  /** Resources without their times, and without the name of their stack, in any order. */
  async function shapeOf(stack: string): Promise<unknown> {
    const name = stack.split('/').at(-1)
    const shapes = (await resourcesOf(stack)).map((resource) =>
      JSON.stringify({ ...resource, created: 0, modified: 0, id: 0 })
        .replaceAll(`urn:pulumi:${name}::`, 'urn:pulumi:STACK::')
        .replaceAll(`web-${name}`, 'web-STACK')
        // The id of the default provider, by chance.
        .replaceAll(UUID, 'UUID'),
    )
    return shapes.sort().map((text) => JSON.parse(text))
  }

  async function shapeUndisturbed(): Promise<unknown> {
    const stack = await makeStack()
    proxy.plan(undefined)
    await user.ok(...up(stack))
    return shapeOf(stack)
  }

  async function restart(): Promise<void> {
    await server.kill()
    server = await startServer({ postgres: database, dataFolder, flags })
  }

  function act(fault: FaultKind, stack: string, cli: () => RunningPulumi): () => void | Promise<void> {
    switch (fault) {
      case 'the CLI is killed before a request is served':
      case 'the CLI is killed after a request was served':
        return () => cli().kill()
      case 'the CLI is interrupted':
        return () => cli().interrupt()
      case 'the server is killed before a request is served':
      case 'the server is killed before its answer is sent':
        return () => restart()
      case 'a connection breaks before a request is served':
      case 'a connection breaks after the server has committed':
        return () => {}
      case 'the lease runs out, and its client writes late':
        return async () => {
          await database.db.query("update updates set lease_until = now() where status = 'running'")
        }
      case 'somebody cancels the update':
        return async () => {
          const { body } = await call('GET', `/api/stacks/${stack}`)
          const cancelled = await call('POST', `/api/stacks/${stack}/update/${body.activeUpdate}/cancel`)
          expect(cancelled.status).toBe(204)
        }
    }
  }

  return {
    proxy,
    user,
    database,
    server: () => server,
    async endure(fault, count) {
      undisturbed ??= shapeUndisturbed()
      const expected = await undisturbed
      const stack = await makeStack()
      const isAfter = / (?:after|before its answer) /.test(fault)
      const isServerGone = fault.startsWith('the server')
      let running: RunningPulumi | undefined
      proxy.plan({
        fits: (method, path) => method === 'PATCH' && path.endsWith('/journalentries'),
        count,
        at: isAfter ? 'answer' : 'request',
        dropsConnection: isServerGone || fault.startsWith('a connection'),
        act: act(fault, stack, () => running as RunningPulumi),
      })
      running = user.start(...up(stack))
      const outcome = await running.outcome
      const struck = proxy.hasStruck()
      proxy.plan(undefined)
      const succeeded = outcome.code === 0
      const isCarried = isServerGone || fault.startsWith('a connection')
      if (struck) expect(succeeded, `${fault}:\n${outcome.output}`).toBe(isCarried)
      const acknowledged = (await resourcesOf(stack)).map(({ urn }) => urn)
      expect(new Set(acknowledged).size).toBe(acknowledged.length)

      await user.run('cancel', '--yes', '--stack', stack)
      const kept = (await resourcesOf(stack)).map(({ urn }) => urn)
      expect(kept, 'a cancel changes nothing of the state').toEqual(acknowledged)
      await user.ok(...up(stack))
      await user.ok('preview', '--expect-no-changes', '--stack', stack)
      expect(await shapeOf(stack)).toEqual(expected)
      expect((await database.db.query('select from journal_entries')).rowCount).toBe(0)
      return { struck, succeeded }
    },
    async stop() {
      await user.remove()
      await proxy.close()
      expect(await server.stop()).toBe(0)
      await database.drop()
    },
  }
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

function programOf(resources: number): string {
  const stashes = Array.from({ length: resources }, (_, at) => {
    const options = at % 3 === 0 ? '' : `\n    options: { dependsOn: ["\${stash${at - 1}}"] }`
    return `  stash${at}:\n    type: pulumi:index:Stash\n    properties: { input: value${at} }${options}\n`
  })
  return `name: web\nruntime: yaml\nresources:\n${stashes.join('')}outputs:\n  last: \${stash${resources - 1}.output}\n`
}
