/**
 * The PostgreSQL that Daypass brings along: made at the first start, durable, reachable by this user alone.
 *
 * Owns: its process and its folder `<data>/postgres`. Does not own: the tables in it (migrate.ts).
 */
import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { StartRefusal } from '../start-refusal.ts'
import { type Connection, openDatabase } from './database.ts'
import { accountFor, ourName } from './embedded/account.ts'
import { findPackage, postgresBinaries } from './embedded/binaries.ts'
import { APPLICATION_USER, dataPath, makeCluster, SUPERUSER, writeAccessRules } from './embedded/cluster.ts'
import { lockFolder } from './embedded/folder-lock.ts'
import { endOrphans, stopLeftover } from './embedded/leftover.ts'
import { dismissGuard, startGuarded } from './embedded/process.ts'

export interface EmbeddedPostgres {
  readonly connection: Connection & { readonly kind: 'socket' }
  /** Resolves when PostgreSQL ended without being asked to. */
  readonly lost: Promise<string>
  /** Lets running transactions go, writes everything down and ends. */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** Made if missing, mode 0700. */
  readonly dataFolder: string
  readonly log: { info(details: object, message: string): void; warn(details: object, message: string): void }
  /** More settings for `postgres -c`; tests give up durability for speed with them. */
  readonly settings?: Readonly<Record<string, string>>
}

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  // Relative to the data folder: never too long for PostgreSQL, however long the folder's path is.
  unix_socket_directories: '.',
  unix_socket_permissions: '0700',
  ssl: 'off',
  shared_buffers: '64MB',
  max_wal_size: '512MB',
  io_method: 'sync',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  // Neither a statement's values nor a row's may reach a log.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
  log_destination: 'stderr',
  logging_collector: 'off',
}

const START_TIMEOUT_MS = 120_000
const STOP_TIMEOUT_MS = 20_000

/** @throws {StartRefusal} when another server has the folder, or this machine cannot run PostgreSQL. */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const dataFolder = resolve(options.dataFolder)
  await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  const unlock = lockFolder(dataFolder)
  try {
    return await startIn(dataFolder, unlock, options)
  } catch (error) {
    unlock()
    throw error
  }
}

async function startIn(
  dataFolder: string,
  unlock: () => void,
  { log, settings }: EmbeddedOptions,
): Promise<EmbeddedPostgres> {
  const cluster = join(dataFolder, 'postgres')
  const us = ourName()
  const account = await accountFor(cluster, process.getuid?.())
  const binaries = await postgresBinaries(findPackage(), account, dataFolder)
  await makeCluster(cluster, binaries, account)
  await writeAccessRules(cluster, us, account)
  const socket = reachableFolder(cluster)
  try {
    if (await stopLeftover(cluster, socket.folder)) {
      log.warn({ dataFolder }, 'PostgreSQL was still running from an earlier start; it was stopped in order.')
    }
    const args = Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ])
    const child = await startGuarded({
      program: join(binaries, 'postgres'),
      args: ['-D', dataPath(cluster, account), ...args],
      cwd: cluster,
      account,
    })
    const ended = endOf(child)
    await ready(child, ended, log)
    const connection = {
      kind: 'socket',
      folder: socket.folder,
      database: 'daypass',
      user: APPLICATION_USER,
    } as const
    let stopping = false
    const stop = async (): Promise<void> => {
      stopping = true
      await endPostgres(child, ended)
      await endOrphans(cluster)
      socket.close()
      unlock()
    }
    try {
      await makeDatabase(connection)
    } catch (error) {
      await stop()
      throw error
    }
    const lost = ended.then((how) => (stopping ? new Promise<never>(() => {}) : how))
    return { connection, lost, stop }
  } catch (error) {
    socket.close()
    throw error
  }
}

/** A socket's path may have 107 bytes (103 on macOS); a longer one is reached through an open folder. */
function reachableFolder(cluster: string): { folder: string; close(): void } {
  const longest = process.platform === 'linux' ? 107 : 103
  if (Buffer.byteLength(join(cluster, '.s.PGSQL.5432')) <= longest)
    return { folder: cluster, close: () => {} }
  if (process.platform !== 'linux') {
    throw new StartRefusal(
      `The path of the data folder is too long for a socket. Give a shorter one with --data.`,
    )
  }
  const descriptor = openSync(cluster, 'r')
  let open = true
  const close = (): void => {
    if (open) closeSync(descriptor)
    open = false
  }
  return { folder: `/proc/${process.pid}/fd/${descriptor}`, close }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      dismissGuard(child)
      resolve(`PostgreSQL ended with ${signal ?? `exit code ${code}`}`)
    })
  })
}

/** Waits for PostgreSQL's own word that it is ready, and hands its further words to the log. */
async function ready(
  child: ChildProcess,
  ended: Promise<string>,
  log: EmbeddedOptions['log'],
): Promise<void> {
  const { stderr } = child
  if (stderr === null) throw new Error('PostgreSQL was started without a pipe for its messages')
  const firstWords: string[] = []
  let isReady = false
  const lines = createInterface({ input: stderr })
  const readyLine = new Promise<true>((resolve) => {
    lines.on('line', (line) => {
      if (!isReady) firstWords.push(line)
      if (line.includes('database system is ready to accept connections')) {
        isReady = true
        resolve(true)
      } else if (isReady && /\b(?:WARNING|ERROR|FATAL|PANIC):/.test(line))
        log.warn({ postgres: line }, 'PostgreSQL')
    })
  })
  const timeout = AbortSignal.timeout(START_TIMEOUT_MS)
  const late = new Promise<string>((resolve) =>
    timeout.addEventListener('abort', () =>
      resolve(`PostgreSQL was not ready after ${START_TIMEOUT_MS / 1000} s`),
    ),
  )
  const outcome = await Promise.race([readyLine, ended, late])
  if (outcome === true) return
  await endPostgres(child, ended)
  throw new StartRefusal(`${outcome}. It said: ${firstWords.slice(-5).join(' | ')}`)
}

async function endPostgres(child: ChildProcess, ended: Promise<string>): Promise<void> {
  dismissGuard(child)
  // Fast, then without its last writes (it recovers at the next start), then by force.
  for (const name of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(name)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, STOP_TIMEOUT_MS, false)
    })
    const done = await Promise.race([ended, late])
    clearTimeout(timer)
    if (done !== false) return
  }
}

async function makeDatabase(connection: EmbeddedPostgres['connection']): Promise<void> {
  const admin = openDatabase({ ...connection, database: 'postgres', user: SUPERUSER }, { poolSize: 1 })
  try {
    const roles = await admin.query('select from pg_roles where rolname = $1', [APPLICATION_USER])
    if (roles.rowCount === 0) await admin.query(`create role ${APPLICATION_USER} login`)
    const databases = await admin.query('select from pg_database where datname = $1', [connection.database])
    if (databases.rowCount === 0) {
      await admin.query(`create database ${connection.database} owner ${APPLICATION_USER}`)
    }
  } finally {
    await admin.close()
  }
}
