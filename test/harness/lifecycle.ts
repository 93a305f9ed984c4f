/** For tests of a server's starts and ends: whatever they leave is stopped and removed after each of them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { type ServerOptions, spawnServer, startServer, type TestServer } from './server.ts'

const servers = new Set<TestServer>()
const folders: string[] = []

/** Call it once in a test file. */
export function cleanUpAfterEach(): void {
  afterEach(async () => {
    for (const server of servers) await stop(server)
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
  })
}

export async function start(options: ServerOptions): Promise<TestServer> {
  const server = await startServer(options)
  servers.add(server)
  return server
}

/** @returns The exit code. */
export async function stop(server: TestServer): Promise<number | null> {
  servers.delete(server)
  return server.stop()
}

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'daypass-life-'))
  folders.push(folder)
  return folder
}

/** Runs a server that is to refuse its start, to its end. */
export async function refused(
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; log: string }> {
  const child = spawnServer(flags, env)
  const code = await child.ended
  return { code, log: child.log() }
}

/** The process of the PostgreSQL that a server in this folder started. */
export async function postmasterOf(dataFolder: string): Promise<number> {
  return Number((await readFile(join(dataFolder, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0])
}
