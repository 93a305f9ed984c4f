/**
 * A PostgreSQL that outlived its server. We hold the folder's lock, so no server needs it: it is stopped, in order.
 *
 * Also what outlived PostgreSQL itself: its processes see only between two things to do that it was killed, and a new
 * one will not start beside them.
 */
import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { basename, join } from 'node:path'
import { StartRefusal } from '../../start-refusal.ts'
import { waitFor } from './process.ts'

/** Each begins with the number of the main process. */
const LOCK_FILES = ['postmaster.pid', '.s.PGSQL.5432.lock'] as const

const STOP_TIMEOUT_MS = 60_000
/** The kernel ends a killed process at once, unless its disk does not answer. */
const KILL_TIMEOUT_MS = 10_000

/** @param socketFolder The cluster's folder under a path short enough for a socket. */
export async function stopLeftover(cluster: string, socketFolder: string): Promise<boolean> {
  const pid = await pidIn(join(cluster, LOCK_FILES[0]))
  if (pid === undefined) return clearAway(cluster)
  const alive = async (): Promise<boolean> =>
    (await worksIn(pid, cluster)) ?? (await answers(join(socketFolder, '.s.PGSQL.5432')))
  if (!(await alive())) return clearAway(cluster)
  signal(pid, 'SIGINT')
  if (await waitFor(async () => !(await alive()), STOP_TIMEOUT_MS)) return true
  throw new StartRefusal(
    `A PostgreSQL of an earlier start (process ${pid}) does not stop. End it with "kill -QUIT ${pid}" and start again.`,
  )
}

async function clearAway(cluster: string): Promise<false> {
  await endOrphans(cluster)
  // Whatever has their number now is not PostgreSQL, which could not know it and would refuse to start.
  for (const name of LOCK_FILES) await rm(join(cluster, name), { force: true })
  return false
}

/** Call it when the main process is gone. Nothing is lost by force: the next start recovers as from a crash anyway. */
export async function endOrphans(cluster: string): Promise<void> {
  if (process.platform !== 'linux') return
  const orphans = await programsIn(cluster)
  for (const pid of orphans) signal(pid, 'SIGKILL')
  if (await waitFor(async () => (await programsIn(cluster)).length === 0, KILL_TIMEOUT_MS)) return
  throw new StartRefusal(
    `Processes of a killed PostgreSQL (${orphans.join(', ')}) do not end. Wait for the disk of ${cluster}, or restart this machine.`,
  )
}

/** Processes of PostgreSQL in this folder; not the guard, which is a shell. */
async function programsIn(cluster: string): Promise<number[]> {
  const folder = await realpath(cluster)
  const linkOf = (pid: string, name: string) => readlink(`/proc/${pid}/${name}`).catch(() => '')
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => (await linkOf(pid, 'cwd')) === folder && isPostgres(await linkOf(pid, 'exe'))),
  )
  return pids.filter((_, at) => found[at]).map(Number)
}

/** Also after an update took its file away. */
function isPostgres(program: string): boolean {
  return basename(program).replace(/ \(deleted\)$/, '') === 'postgres'
}

async function pidIn(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return ''
  })
  const pid = Number(text.split('\n')[0])
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined
}

/** Whether the process is PostgreSQL in this folder; undefined where the system does not tell. */
async function worksIn(pid: number, cluster: string): Promise<boolean | undefined> {
  if (process.platform !== 'linux') return undefined
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
  return folder === (await realpath(cluster))
}

async function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket)
    connection.on('connect', () => resolve(true))
    connection.on('error', () => resolve(false))
    connection.on('close', () => connection.destroy())
    connection.unref()
  }).then((result) => result === true)
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has just ended by itself.
  }
}
