/**
 * A PostgreSQL that outlived its server. We hold the folder's lock, so no server needs it: it is stopped, in order.
 */
import { readFile, readlink, realpath, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { StartRefusal } from '../../start-refusal.ts'
import { waitFor } from './process.ts'

const STOP_TIMEOUT_MS = 60_000

/** @param socketFolder The cluster's folder under a path short enough for a socket. */
export async function stopLeftover(cluster: string, socketFolder: string): Promise<boolean> {
  const pidFile = join(cluster, 'postmaster.pid')
  const pid = await pidIn(pidFile)
  if (pid === undefined) return false
  const alive = async (): Promise<boolean> =>
    (await worksIn(pid, cluster)) ?? (await answers(join(socketFolder, '.s.PGSQL.5432')))
  if (!(await alive())) {
    // Whatever has that number now is not PostgreSQL, which could not know it and would refuse to start.
    await rm(pidFile, { force: true })
    return false
  }
  signal(pid, 'SIGINT')
  if (await waitFor(async () => !(await alive()), STOP_TIMEOUT_MS)) return true
  throw new StartRefusal(
    `A PostgreSQL of an earlier start (process ${pid}) does not stop. End it with "kill -QUIT ${pid}" and start again.`,
  )
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
