/**
 * Everything the demo runs, on free loopback ports with its data in one temporary folder: a git host, the
 * local AWS, and Daypass itself (server and runner as their own processes, started by `daypass start`).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const DAYPASS = fileURLToPath(new URL('../cli/src/main.ts', import.meta.url))
const START_LIMIT_SECONDS = 60

export interface Daypass {
  readonly url: string
  readonly token: string
  readonly dataFolder: string
  readonly stop: () => Promise<void>
  /** What the processes wrote to standard error, for when something went wrong. */
  readonly errors: () => string
}

/** Starts server and runner, and waits for the line that says it listens. */
export async function startDaypass(folder: string, port: number, flags: readonly string[]): Promise<Daypass> {
  const dataFolder = join(folder, 'data')
  const tokenFile = join(folder, 'admin-token')
  const child = spawn(
    process.execPath,
    [
      DAYPASS,
      'start',
      '--port',
      String(port),
      '--data',
      dataFolder,
      '--admin-token-file',
      tokenFile,
      ...flags,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-20_000)
  })
  const url = await listeningUrl(child, () => errors)
  return {
    url,
    token: (await readFile(tokenFile, 'utf8')).trim(),
    dataFolder,
    errors: () => errors,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill('SIGTERM')
      await exit
    },
  }
}

async function listeningUrl(child: ChildProcess, errors: () => string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const fail = (why: string) => reject(new Error(`Daypass did not start: ${why}\n${errors()}`))
  const timer = setTimeout(() => fail(`nothing after ${START_LIMIT_SECONDS} s`), START_LIMIT_SECONDS * 1000)
  child.once('exit', (code) => fail(`it ended with code ${code}`))
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /^Daypass listening on (\S+)$/.exec(line)?.[1]
      if (url) resolve(url)
    })
  }
  return promise.finally(() => clearTimeout(timer))
}

/** A folder that other users may pass through but not list: PostgreSQL and jobs run as users of their own. */
export async function temporaryFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'daypass-demo-'))
  await chmod(path, 0o711)
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** A port that was free a moment ago. The role's trust must name the issuer before the server starts. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
