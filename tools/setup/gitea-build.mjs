// Builds Gitea from Go modules, without its web pages' scripts, which the tests do not use. tools/gitea/ pins it.
import { copyFile, mkdir, readdir } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { publishFolder } from './cache.mjs'
import { runQuietly } from './child.mjs'
import { SetupFailure } from './failure.mjs'
import { goBuild, whyNoGo } from './go.mjs'
import { showProgress } from './progress.mjs'

/** A test compares it with the go.mod. */
export const GITEA_VERSION = '1.26.0'
const MODULE = 'code.gitea.io/gitea'
const MINIMUM_GO = '1.26.2'
const COMPILER_PATIENCE_MS = 20_000

/** What Gitea reads from its STATIC_ROOT_PATH; it lies beside the binary, for Go's own cache may be emptied. */
const STATIC_FOLDERS = ['options', 'templates', 'public']

/**
 * @param {string} root the checkout
 * @param {string} folder where `gitea` and the folder `static` shall lie
 * @param {{ env: NodeJS.ProcessEnv, signal: AbortSignal }} options
 * @returns {Promise<{ reason: string } | undefined>} undefined when the folder stands
 */
export async function buildGitea(root, folder, { env, signal }) {
  const unfit = (await whyNoGo(MINIMUM_GO, env, signal)) ?? (await whyNoCompiler(env, signal))
  if (unfit !== undefined) return { reason: unfit }
  const cwd = join(root, 'tools', 'gitea')
  const progress = showProgress('Building Gitea from Go modules (about 6 minutes the first time)')
  try {
    await publishFolder(folder, async (unfinished) => {
      const program = {
        source: MODULE,
        version: `main.Version=${GITEA_VERSION}`,
        tags: 'sqlite sqlite_unlock_notify',
      }
      await goBuild(program, join(unfinished, 'gitea'), { cwd, env: { ...env, CGO_ENABLED: '1' }, signal })
      const source = await moduleFolder(cwd, env, signal)
      for (const name of STATIC_FOLDERS) await copyFiles(join(source, name), join(unfinished, 'static', name))
    })
    progress.done()
    return undefined
  } finally {
    progress.stop()
  }
}

/**
 * Its SQLite is C.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {AbortSignal} signal
 * @returns {Promise<string | undefined>}
 */
async function whyNoCompiler(env, signal) {
  try {
    const compiler = env['CC'] ?? 'cc'
    await runQuietly(compiler, ['--version'], { env, signal, timeoutMs: COMPILER_PATIENCE_MS })
    return undefined
  } catch {
    signal.throwIfAborted()
    return 'there is no C compiler'
  }
}

/**
 * @param {string} cwd
 * @param {NodeJS.ProcessEnv} env
 * @param {AbortSignal} signal
 */
async function moduleFolder(cwd, env, signal) {
  const { code, output } = await runQuietly('go', ['list', '-m', '-f', '{{.Dir}}', MODULE], {
    cwd,
    env,
    signal,
  })
  if (code !== 0)
    throw new SetupFailure('Go does not say where it keeps the sources of Gitea; see above.', output)
  return output.trim()
}

/**
 * Go keeps its folders unwritable; ours can be removed again.
 *
 * @param {string} from
 * @param {string} to
 */
async function copyFiles(from, to) {
  const entries = await readdir(from, { recursive: true, withFileTypes: true })
  for (const entry of entries.filter((one) => one.isFile())) {
    const file = join(entry.parentPath, entry.name)
    const copy = join(to, relative(from, file))
    await mkdir(dirname(copy), { recursive: true })
    await copyFile(file, copy)
  }
}
