// Where things live that are fetched or built once for all checkouts, and how a folder appears there: whole or not at all.
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'

const UNFINISHED = '.unfinished-'

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {NodeJS.Platform} [platform]
 * @param {string} [home]
 * @returns {string} `DAYPASS_CACHE`, or the user's own cache folder
 */
export function cacheRoot(env, platform = process.platform, home = homedir()) {
  const chosen = env['DAYPASS_CACHE']
  if (chosen) return resolve(chosen)
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'daypass')
  const shared = env['XDG_CACHE_HOME']
  return join(shared ? resolve(shared) : join(home, '.cache'), 'daypass')
}

/**
 * Fills a folder beside its final place and moves it there at the end, so that nobody ever sees half of it.
 * The caller holds a lock for the folder; what earlier, killed attempts left behind is swept up.
 *
 * @param {string} folder the final place
 * @param {(unfinished: string) => Promise<void>} fill
 */
export async function publishFolder(folder, fill) {
  const parent = dirname(folder)
  await mkdir(parent, { recursive: true })
  for (const name of await readdir(parent)) {
    if (name.startsWith(basename(folder) + UNFINISHED))
      await rm(join(parent, name), { recursive: true, force: true })
  }
  const unfinished = folder + UNFINISHED + randomBytes(6).toString('hex')
  await mkdir(unfinished)
  try {
    await fill(unfinished)
    await rm(folder, { recursive: true, force: true })
    await rename(unfinished, folder)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}
