/** A server behind a proxy, a user of the CLI, and a database of one of three kinds: what faults happen to. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Database, openDatabase } from '../../server/src/db/database.ts'
import { freePort } from '../../server/src/http/free-port.ts'
import { createTestDatabase } from './database.ts'
import { type DurablePostgres, durablePostgres } from './durable-postgres.ts'
import type { PostgresKind } from './fault-table.ts'
import { type FaultyProxy, faultyProxy } from './faulty-proxy.ts'
import { postmasterOf } from './lifecycle.ts'
import { type PulumiUser, pulumiUser } from './pulumi.ts'
import { startServer, type TestServer } from './server.ts'

export interface FaultSystem {
  readonly proxy: FaultyProxy
  readonly user: PulumiUser
  readonly database: Database
  readonly postgres: DurablePostgres | undefined
  readonly call: TestServer['call']
  /** @returns Its name. */
  readonly makeStack: () => Promise<string>
  readonly urnsOf: (stack: string) => Promise<string[]>
  /** Resources without their times, and without the name of their stack, in any order. */
  readonly shapeOf: (stack: string) => Promise<unknown>
  /** The shape of a stack that nothing happened to. */
  readonly undisturbed: () => Promise<unknown>
  readonly cancelUpdate: (stack: string) => Promise<void>
  readonly killServer: () => Promise<void>
  readonly startServer: () => Promise<void>
  readonly loseOwnPostgres: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** @param resources How many the program has: some in a chain, some at once. */
export async function startFaultSystem(resources: number, kind: PostgresKind): Promise<FaultSystem> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'daypass-faults-'))
  const proxy = await faultyProxy()
  const { options, postgres, openOwn, remove } = await databaseOf(kind, dataFolder)
  const port = await freePort('127.0.0.1')
  const flags = ['--port', String(port), '--base-url', proxy.url]
  const start = (): Promise<TestServer> => startServer({ ...options, dataFolder, flags })
  let server = await start()
  const { adminToken } = server
  const database = openOwn()
  proxy.forwardTo(`http://127.0.0.1:${port}`)
  const user = await pulumiUser({ PULUMI_ACCESS_TOKEN: adminToken })
  await user.writeProgram(programOf(resources))
  await user.ok('login', proxy.url)
  let stackNumber = 0
  let shapeUndisturbed: Promise<unknown> | undefined

  const call: FaultSystem['call'] = (method, path, body) => server.call(method, path, body, adminToken)

  async function makeStack(): Promise<string> {
    stackNumber += 1
    const stackName = `s${stackNumber}`
    expect(await call('POST', '/api/stacks/main/web', { stackName })).toMatchObject({ status: 200 })
    return `main/web/${stackName}`
  }

  async function resourcesOf(stack: string): Promise<{ urn: string }[]> {
    const { status, body } = await call('GET', `/api/stacks/${stack}/export`)
    expect(status).toBe(200)
    return body.deployment.resources ?? []
  }

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

  async function upUndisturbed(): Promise<unknown> {
    const stack = await makeStack()
    proxy.plan(undefined)
    await user.ok('up', '--yes', '--skip-preview', '--stack', stack)
    return shapeOf(stack)
  }

  return {
    proxy,
    user,
    database,
    postgres,
    call,
    makeStack,
    shapeOf,
    urnsOf: async (stack) => (await resourcesOf(stack)).map(({ urn }) => urn),
    undisturbed() {
      shapeUndisturbed ??= upUndisturbed()
      return shapeUndisturbed
    },
    async cancelUpdate(stack) {
      const { body } = await call('GET', `/api/stacks/${stack}`)
      if (body.activeUpdate === '') return
      const cancelled = await call('POST', `/api/stacks/${stack}/update/${body.activeUpdate}/cancel`)
      expect(cancelled.status).toBe(204)
    },
    killServer: () => server.kill(),
    async startServer() {
      server = await start()
    },
    async loseOwnPostgres() {
      process.kill(await postmasterOf(dataFolder), 'SIGKILL')
      expect(await server.ended).toBe(1)
      expect(server.log()).toContain('PostgreSQL ended with SIGKILL; the server stops. Start it again')
    },
    async stop() {
      await user.remove()
      await proxy.close()
      expect(await server.stop()).toBe(0)
      await remove(database)
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}

interface ChosenDatabase {
  readonly options: Parameters<typeof startServer>[0]
  readonly postgres: DurablePostgres | undefined
  /** Once the server runs. */
  readonly openOwn: () => Database
  readonly remove: (database: Database) => Promise<void>
}

async function databaseOf(kind: PostgresKind, dataFolder: string): Promise<ChosenDatabase> {
  switch (kind) {
    case 'shared': {
      const clone = await createTestDatabase()
      const options = { postgres: clone }
      return { options, postgres: undefined, openOwn: () => clone.db, remove: () => clone.drop() }
    }
    case 'outside': {
      const postgres = await durablePostgres()
      const options = { postgres: 'embedded', env: { DATABASE_URL: postgres.url } } as const
      return { options, postgres, openOwn: () => postgres.db, remove: () => postgres.remove() }
    }
    case 'own': {
      const folder = join(dataFolder, 'postgres')
      const connection = { kind: 'socket', folder, database: 'daypass', user: 'daypass' } as const
      return {
        options: { postgres: 'embedded' },
        postgres: undefined,
        openOwn: () => openDatabase(connection, { poolSize: 1 }),
        remove: (database) => database.close(),
      }
    }
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
