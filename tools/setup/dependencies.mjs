// node_modules as the lock file says. npm keeps a lock file of what is really installed inside node_modules and
// writes it last, so a missing one also tells of an installation that was cut short.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { runQuietly } from './child.mjs'
import { SetupFailure } from './failure.mjs'
import { withLock } from './lock.mjs'
import { showProgress } from './progress.mjs'

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [optional]
 * @property {boolean} [link]
 */

/** @typedef {{ packages?: Record<string, LockedPackage> }} LockFile */

/**
 * @param {LockFile} wanted package-lock.json
 * @param {LockFile} installed node_modules/.package-lock.json
 * @returns {string | undefined} the first difference, or undefined when everything is as wanted
 */
export function firstDifference(wanted, installed) {
  const want = packagesOf(wanted)
  const have = packagesOf(installed)
  for (const [path, wantedPackage] of want) {
    const found = have.get(path)
    if (found === undefined) {
      if (wantedPackage.optional) continue // made for another platform
      return `${path} is missing`
    }
    if (found.version !== wantedPackage.version)
      return `${path} is ${found.version}, not ${wantedPackage.version}`
    if (found.integrity !== undefined && found.integrity !== wantedPackage.integrity) {
      return `${path} is not the file that package-lock.json names`
    }
  }
  for (const path of have.keys()) if (!want.has(path)) return `${path} is not in package-lock.json`
  return undefined
}

/**
 * Everything below a node_modules folder; the workspaces themselves are our own folders.
 *
 * @param {LockFile} lockFile
 */
function packagesOf(lockFile) {
  return new Map(Object.entries(lockFile.packages ?? {}).filter(([path]) => path.includes('node_modules/')))
}

/**
 * @param {string} root the checkout
 * @param {{ cache: string, env: NodeJS.ProcessEnv, signal: AbortSignal }} options
 */
export async function provideDependencies(root, { cache, env, signal }) {
  if ((await differenceIn(root)) === undefined) return
  const lock = join(cache, 'locks', `install-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`)
  const progress = showProgress('Installing the dependencies')
  try {
    await withLock(lock, { signal, onWait: () => progress.note('waiting for another set-up') }, async () => {
      progress.note('')
      if ((await differenceIn(root)) !== undefined) await install(root, { env, signal })
    })
    progress.done()
  } finally {
    progress.stop()
  }
}

/** @param {string} root */
async function differenceIn(root) {
  const wanted = await readLockFile(join(root, 'package-lock.json'))
  if (wanted === undefined)
    throw new SetupFailure('package-lock.json cannot be read; check out the repository again.')
  const installed = await readLockFile(join(root, 'node_modules', '.package-lock.json'))
  return installed === undefined ? 'nothing is installed' : firstDifference(wanted, installed)
}

/**
 * @param {string} file
 * @returns {Promise<LockFile | undefined>}
 */
async function readLockFile(file) {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return undefined
  }
}

/**
 * @param {string} root
 * @param {{ env: NodeJS.ProcessEnv, signal: AbortSignal }} options
 */
async function install(root, { env, signal }) {
  const outside = { ...env, PATH: pathOutsideNodeModules(env['PATH'] ?? '') }
  let result
  try {
    result = await runQuietly('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, env: outside, signal })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new SetupFailure('npm is not on PATH; install Node.js 20 or newer together with its npm.')
    }
    throw error
  }
  if (result.code !== 0) {
    throw new SetupFailure('`npm ci` failed; repair what it says above, then try again.', result.output)
  }
}

/**
 * `npm ci` removes node_modules first, and with it the Node 24 in node_modules/.bin that `npm run` puts first in
 * PATH; so npm has to run on the machine's own Node.
 *
 * @param {string} path
 */
export function pathOutsideNodeModules(path) {
  return path
    .split(delimiter)
    .filter(
      (folder) => !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder) && !folder.includes('node-gyp-bin'),
    )
    .join(delimiter)
}
