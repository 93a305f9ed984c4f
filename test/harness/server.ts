/** The real server process, on a free port, gone with its test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, type TestDatabase } from './database.ts'

const MAIN = join(import.meta.dirname, '../../server/src/main.ts')
const START_TIMEOUT_MS = 60_000

export interface ServerOptions {
  /** `'clone'`, the default: a database of the run's PostgreSQL. `'embedded'`: the server's own, slower to start. */
  readonly postgres?: 'clone' | 'embedded' | TestDatabase
  /** Kept afterwards when it is given; otherwise a temporary one. */
  readonly dataFolder?: string
  /** Further flags. */
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Ask for the token of a runner that starts with the server. */
  readonly runnerToken?: boolean
}

export interface TestServer {
  readonly url: string
  /** Empty when the data folder or database was there before. */
  readonly adminToken: string
  /** The shared pool's ephemeral token; empty unless asked for. */
  readonly runnerToken: string
  readonly dataFolder: string
  /** For assertions; undefined with `'embedded'`. */
  readonly database: TestDatabase | undefined
  readonly pid: number
  /** What it wrote to standard error so far. */
  readonly log: () => string
  /** `fetch` with the admin's token (or the one given) and JSON. */
  readonly call: (method: string, path: string, body?: unknown, token?: string) => Promise<ServerAnswer>
  /** As an operator stops it. Resolves with the exit code, after everything of it is gone. */
  readonly stop: () => Promise<number | null>
  /** SIGKILL. The data folder and the database stay until `stop`. */
  readonly kill: () => Promise<void>
  /** The exit code, when it is gone for whatever reason. */
  readonly ended: Promise<number | null>
}

export interface ServerAnswer {
  readonly status: number
  readonly headers: Headers
  /** Parsed JSON; undefined for an empty answer. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer's shape is what a test asserts
  readonly body: any
}

export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const folder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'daypass-server-')))
  const database = await databaseFor(options.postgres ?? 'clone')
  const tokenFile = join(folder, 'admin-token')
  const flags = ['--data', folder, '--port', '0', '--admin-token-file', tokenFile]
  if (options.runnerToken === true) flags.push('--runner-token-fd', '3')
  const child = spawnServer([...flags, ...(options.flags ?? [])], {
    ...(database && { DATABASE_URL: database.url }),
    ...options.env,
  })
  const cleanUp = async (): Promise<void> => {
    if (options.dataFolder === undefined) await rm(folder, { recursive: true, force: true })
    if (database !== undefined && database !== options.postgres) await database.drop()
  }
  let url: string
  try {
    url = await child.ready
  } catch (error) {
    await child.ended
    await cleanUp()
    throw error
  }
  const adminToken = (await readFile(tokenFile, 'utf8').catch(() => '')).trim()
  return {
    url,
    adminToken,
    runnerToken: options.runnerToken === true ? await child.runnerToken : '',
    dataFolder: folder,
    database,
    pid: child.process.pid ?? 0,
    log: child.log,
    call: (method, path, body, token = adminToken) => call(url, method, path, body, token),
    ended: child.ended,
    async stop() {
      child.process.kill('SIGTERM')
      const code = await child.ended
      await cleanUp()
      return code
    },
    async kill() {
      child.process.kill('SIGKILL')
      await child.ended
    },
  }
}

interface ServerProcess {
  readonly process: ChildProcess
  /** The URL, once it listens. Rejects with what it said when it ends before. */
  readonly ready: Promise<string>
  readonly runnerToken: Promise<string>
  readonly ended: Promise<number | null>
  readonly log: () => string
}

/** The process alone, with nothing of our environment but what programs need to be found. */
export function spawnServer(
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ServerProcess {
  const child = spawn(process.execPath, [MAIN, ...flags], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  // A test that is killed must not leave it behind.
  const endWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', endWithUs)
  let out = ''
  let log = ''
  let runnerToken = ''
  child.stderr?.on('data', (data: Buffer) => {
    log += data.toString()
  })
  const ended = new Promise<number | null>((resolve) =>
    child.once('close', (code) => {
      process.off('exit', endWithUs)
      resolve(code)
    }),
  )
  const ready = new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`The server was not ready in time:\n${log}`))
    }, START_TIMEOUT_MS)
    child.stdout?.on('data', (data: Buffer) => {
      out += data.toString()
      const url = /^Daypass listening on (\S+)\n/m.exec(out)?.[1]
      if (url === undefined) return
      clearTimeout(late)
      resolve(url)
    })
    child.once('close', (code) => {
      clearTimeout(late)
      reject(new Error(`The server ended with ${code}:\n${log}`))
    })
  })
  ready.catch(() => {})
  const pipe = child.stdio[3]
  const token = new Promise<string>((resolve) => {
    if (pipe === null || pipe === undefined || !('read' in pipe)) return resolve('')
    pipe.on('data', (data: Buffer) => {
      runnerToken += data.toString()
    })
    pipe.on('error', () => {})
    pipe.on('end', () => resolve(runnerToken.trim()))
  })
  return { process: child, ready, ended, runnerToken: token, log: () => log }
}

async function databaseFor(
  postgres: NonNullable<ServerOptions['postgres']>,
): Promise<TestDatabase | undefined> {
  if (postgres === 'embedded') return undefined
  return postgres === 'clone' ? createTestDatabase() : postgres
}

async function call(
  url: string,
  method: string,
  path: string,
  body: unknown,
  token: string,
): Promise<ServerAnswer> {
  const response = await fetch(url + path, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token !== '' && { authorization: `token ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  }
}
