/**
 * The folders that jobs live in: in memory where there is room, one for each runner, one for each job, all mode 0700.
 *
 * A runner that was killed leaves its folder behind. It is known to be dead when nobody listens on the socket in
 * it, which holds across containers that share the folder, where process ids mean nothing.
 */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { accessSync, chmodSync, constants, existsSync, statfsSync, writeFileSync } from 'node:fs'
import { chown, lstat, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { JobFolder, JobUser } from './launch/launcher.ts'

const PREFIX = 'daypass-runner-'
const STARTING = '.daypass-starting-'
const SOCKET = 'alive'
const MEMORY = '/dev/shm'
const ROOM_IN_MEMORY_BYTES = 512 * 1024 * 1024
/** The path of a Unix socket has at most 107 bytes; ours adds about 40 to the folder's. */
const LONGEST_BASE = 60

export interface WorkFolder {
  readonly path: string
  createJob(user: JobUser): Promise<JobFolder>
  /** Whether the folder is gone; never throws. */
  removeJob(folder: JobFolder): Promise<boolean>
  close(): Promise<boolean>
}

export interface WorkFolderOptions {
  /** From `--work-folder`. */
  readonly base: string | undefined
  /** Where to be when memory has no room. */
  readonly temp: string
}

export type WorkFolderResult =
  | { readonly ok: true; readonly folder: WorkFolder; readonly removedStale: number }
  | { readonly ok: false; readonly sentence: string }

export async function openWorkFolder(options: WorkFolderOptions): Promise<WorkFolderResult> {
  const base = options.base ?? (hasRoomInMemory() ? MEMORY : options.temp)
  if (!/^\/[\w./+-]*$/.test(base) || base.length > LONGEST_BASE) {
    return refuse(
      `The work folder ${base} must be an absolute path of at most ${LONGEST_BASE} plain characters.`,
    )
  }
  if (!existsSync(base))
    return refuse(`The work folder ${base} does not exist; make it, or name another with --work-folder.`)
  const removedStale = await removeStale(base)
  // It gets its final name only when its socket listens, so that no other runner takes it for a dead one's.
  const starting = await mkdtemp(join(base, STARTING))
  if (!allowsPrograms(starting)) {
    await rm(starting, { recursive: true })
    return options.base === undefined && base !== options.temp
      ? openWorkFolder({ base: options.temp, temp: options.temp })
      : refuse(
          `Programs cannot be run from ${base} (it is mounted noexec); name another folder with --work-folder.`,
        )
  }
  const server = await listen(join(starting, SOCKET))
  const path = join(base, PREFIX + starting.slice(-6))
  await rename(starting, path)
  return {
    ok: true,
    removedStale,
    folder: {
      path,
      createJob: (user) => createJob(path, user),
      removeJob: (folder) => removeTree(folder.path),
      close: async () => {
        server.close()
        return removeTree(path)
      },
    },
  }
}

function refuse(sentence: string): WorkFolderResult {
  return { ok: false, sentence }
}

async function createJob(parent: string, user: JobUser): Promise<JobFolder> {
  const path = await mkdtemp(join(parent, 'job-'))
  const at = (name: string): string => join(path, name)
  const folder: JobFolder = {
    path,
    source: at('source'),
    home: at('home'),
    temp: at('temp'),
    identity: at('identity'),
    environmentFile: at('PULUMI_ENV'),
    private: at('private'),
    outputPipe: at('output'),
  }
  const pipe = promisify(execFile)('mkfifo', ['-m', '0600', folder.outputPipe], {
    env: { PATH: '/usr/bin:/bin' },
  })
  await Promise.all([
    ...[folder.source, folder.home, folder.temp, folder.private].map((name) => mkdir(name, { mode: 0o700 })),
    mkdir(folder.identity, { mode: 0o755 }),
    mkdir(at('root'), { mode: 0o755 }),
    writeFile(folder.environmentFile, '', { mode: 0o600 }),
    pipe,
  ])
  const { source, home, temp, environmentFile, outputPipe } = folder
  const owned = [source, home, temp, folder.private, environmentFile, outputPipe]
  // To itself, for an ordinary user.
  await Promise.all(owned.map((name) => chown(name, user.uid, user.gid)))
  return folder
}

/**
 * By programs that walk a tree of any depth; a path that is longer than the system takes is no path to them. A job may
 * have left folders that their owner cannot write (Go's module cache is made so); root does not care.
 * @returns whether it is gone
 */
async function removeTree(path: string): Promise<boolean> {
  const sameDisk = process.platform === 'linux' ? ['--one-file-system'] : []
  const remove = (): Promise<void> => run('rm', '-rf', ...sameDisk, '--', path)
  await remove()
  if (!existsSync(path)) return true
  await run('chmod', '-R', 'u+rwX', '--', path)
  await remove()
  return !existsSync(path)
}

/** What it prints is a stranger's file names, as many as there are. */
function run(program: string, ...args: string[]): Promise<void> {
  const child = spawn(program, args, { stdio: 'ignore', env: { PATH: '/usr/bin:/bin' } })
  return new Promise((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
}

async function removeStale(base: string): Promise<number> {
  let removed = 0
  for (const name of await readdir(base)) {
    if (!name.startsWith(PREFIX)) continue
    const path = join(base, name)
    const stat = await lstat(path).catch(() => undefined)
    if (!stat?.isDirectory() || stat.uid !== process.getuid?.()) continue
    if (await isListening(join(path, SOCKET))) continue
    if (await removeTree(path)) removed += 1
  }
  return removed
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy())
  server.unref()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => resolve(server))
  })
}

function hasRoomInMemory(): boolean {
  try {
    accessSync(MEMORY, constants.W_OK | constants.X_OK)
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize >= ROOM_IN_MEMORY_BYTES
  } catch {
    return false
  }
}

function allowsPrograms(folder: string): boolean {
  const script = join(folder, 'trial')
  try {
    writeFileSync(script, '#!/bin/sh\nexit 0\n')
    chmodSync(script, 0o700)
    execFileSync(script, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
