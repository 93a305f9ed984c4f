// Where the tests keep their files while they run: in memory where there is plenty, for they make and remove hundreds of
// databases of many small files, which on a disk takes a third of the time of the tests beside the sources.
import { chmod, mkdtemp, readdir, rm, stat, statfs } from 'node:fs/promises'
import { freemem } from 'node:os'
import { join } from 'node:path'

const IN_MEMORY = '/dev/shm'
const PREFIX = 'daypass-tests-'
/** Several times what a run was seen to take. */
const LEAST_FREE_BYTES = 4 * 2 ** 30
/** A run that was killed leaves its folder; no run takes so long. */
const LEFT_BEHIND_AFTER_MS = 6 * 60 * 60_000

/**
 * @typedef {object} Machine
 * @property {string} folder that lies in memory, if it is there
 * @property {() => number} freeBytes of memory, for this process
 * @property {() => number} nowMs
 */

/** @type {Machine} */
const THIS_MACHINE = {
  folder: IN_MEMORY,
  // Of the container, where there is one; Node 20.12 and older know only the machine's.
  freeBytes: () => process.availableMemory?.() ?? freemem(),
  nowMs: Date.now,
}

/**
 * Whoever sets `TMPDIR` has chosen.
 *
 * @template T
 * @param {NodeJS.ProcessEnv} env
 * @param {(env: NodeJS.ProcessEnv) => Promise<T>} run
 * @param {Machine} [machine]
 * @returns {Promise<T>}
 */
export async function withTestFolder(env, run, machine = THIS_MACHINE) {
  if (env['TMPDIR'] || !(await hasRoom(machine))) return run(env)
  await removeLeftBehind(machine)
  const folder = await mkdtemp(join(machine.folder, PREFIX))
  // As `/tmp` is: the server's PostgreSQL and the runner's jobs are other users.
  await chmod(folder, 0o1777)
  try {
    return await run({ ...env, TMPDIR: folder })
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** @param {Machine} machine */
async function hasRoom({ folder, freeBytes }) {
  const { bavail, bsize } = await statfs(folder).catch(() => ({ bavail: 0, bsize: 0 }))
  return Math.min(bavail * bsize, freeBytes()) >= LEAST_FREE_BYTES
}

/** @param {Machine} machine */
async function removeLeftBehind({ folder, nowMs }) {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(PREFIX)) continue
    const { mtimeMs } = await stat(join(folder, name)).catch(() => ({ mtimeMs: Infinity }))
    if (nowMs() - mtimeMs > LEFT_BEHIND_AFTER_MS)
      await rm(join(folder, name), { recursive: true, force: true }).catch(() => {})
  }
}
