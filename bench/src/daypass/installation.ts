/** Our real server process on a free port, with what a user and a runner need to use it. */
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type Child, startChild } from '../child.ts'

export const ORGANIZATION = 'bench'

const SERVER = fileURLToPath(new URL('../../../server/src/main.ts', import.meta.url))
const RUNNER = fileURLToPath(new URL('../../../runner/src/main.ts', import.meta.url))

export interface Installation {
  readonly baseUrl: string
  /** Where it listens; another one than the base URL when something stands in front. */
  readonly port: number
  readonly adminToken: string
  readonly poolToken: string
  readonly serverPid: number
  readonly dataFolder: string
  readonly stop: () => Promise<void>
}

/**
 * @param startup.on Puts the command line of the server onto its core.
 * @param startup.baseUrl What stands in front of it; nothing when undefined.
 */
export async function startInstallation(startup: {
  readonly databaseUrl: string
  readonly environment: NodeJS.ProcessEnv
  readonly on: (command: readonly string[]) => readonly string[]
  readonly baseUrl?: string
}): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'daypass-bench-data-'))
  const port = await freePort()
  const baseUrl = startup.baseUrl ?? `http://127.0.0.1:${port}`
  const tokenFile = join(folder, 'admin-token')
  const options = {
    port: String(port),
    host: '127.0.0.1',
    data: folder,
    'base-url': baseUrl,
    'admin-token-file': tokenFile,
    'org-name': ORGANIZATION,
    'runner-token-fd': '3',
  }
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
  const child = startChild(startup.on([process.execPath, SERVER, ...args]), {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...startup.environment, DATABASE_URL: startup.databaseUrl },
  })
  const poolToken = firstLineOf(child.process.stdio[3] as Readable)
  await child.nextLine()
  return {
    baseUrl,
    port,
    adminToken: (await readFile(tokenFile, 'utf8')).trim(),
    poolToken: await poolToken,
    serverPid: child.process.pid ?? 0,
    dataFolder: folder,
    stop: async () => {
      await child.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A real runner of that installation, allowed to clone from loopback over http. */
export function startRunner(
  installation: Pick<Installation, 'baseUrl' | 'poolToken'>,
  environment: NodeJS.ProcessEnv,
): Child {
  const args = ['--server', installation.baseUrl, '--pool-token-fd', '3', '--allow-insecure-git']
  const child = startChild([process.execPath, RUNNER, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: environment,
  })
  const descriptor = child.process.stdio[3] as Writable
  descriptor.end(`${installation.poolToken}\n`)
  return child
}

async function firstLineOf(stream: Readable): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line
  return ''
}

/** A port that was free a moment ago: the base URL must be known before the server starts. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('There is no free port.')
  return address.port
}
