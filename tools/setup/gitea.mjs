// A real git host for the tests: Gitea. The order is the user's word, what we built before, the user's own
// installation, and a build from Go modules only where somebody asks for it: it takes 6 minutes, and the tests that want
// it are skipped without.
import { delimiter, join, resolve } from 'node:path'
import { runQuietly } from './child.mjs'
import { SetupFailure } from './failure.mjs'
import { buildGitea, GITEA_VERSION } from './gitea-build.mjs'
import { withLock } from './lock.mjs'
import { isExecutable } from './node-runtime.mjs'
import { showProgress } from './progress.mjs'
import { isAtLeast } from './pulumi-version.mjs'

/** Older ones have other words for some of what the tests ask. */
const MINIMUM_GITEA = '1.25.0'
const VERSION_PATIENCE_MS = 20_000

/** @typedef {{ binary: string } | { reason: string }} Answer */
/** @typedef {{ cache: string, env: NodeJS.ProcessEnv, signal: AbortSignal }} Options */

/**
 * What there is already; quick.
 *
 * @param {Options} options
 * @returns {Promise<Answer>}
 * @throws {SetupFailure} when `DAYPASS_GITEA` names one that cannot be used
 */
export async function findGitea({ cache, env, signal }) {
  const chosen = env['DAYPASS_GITEA']
  if (chosen) {
    // npm runs scripts in the root; a relative path was meant from where the user stood.
    const answer = await acceptVersion(resolve(env['INIT_CWD'] ?? '.', chosen), env, signal)
    if ('binary' in answer) return answer
    throw new SetupFailure(`DAYPASS_GITEA cannot be used: ${answer.reason}; correct it or unset it.`)
  }
  const built = builtGitea(cache)
  if ('binary' in built) return built
  const onPath = (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder)
    .map((folder) => join(folder, 'gitea'))
    .find(isExecutable)
  return onPath === undefined ? { reason: 'there is none' } : acceptVersion(onPath, env, signal)
}

/**
 * @param {string} root the checkout
 * @param {Options} options
 * @returns {Promise<Answer>}
 */
export async function provideGitea(root, options) {
  const found = await findGitea(options)
  if ('binary' in found) return found
  const { cache, env, signal } = options
  const folder = folderIn(cache)
  const progress = showProgress('Waiting for another set-up that builds Gitea')
  return withLock(`${folder}.lock`, { signal, onWait: () => progress.note('') }, async () => {
    progress.stop()
    const built = builtGitea(cache)
    if ('binary' in built) return built
    return (await buildGitea(root, folder, { env, signal })) ?? builtGitea(cache)
  }).finally(progress.stop)
}

/** @param {string} cache */
function folderIn(cache) {
  return join(cache, 'gitea', `v${GITEA_VERSION}`)
}

/**
 * @param {string} cache
 * @returns {Answer}
 */
function builtGitea(cache) {
  const binary = join(folderIn(cache), 'gitea')
  return isExecutable(binary) ? { binary } : { reason: 'none was built' }
}

/**
 * @param {string} binary
 * @param {NodeJS.ProcessEnv} env
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
async function acceptVersion(binary, env, signal) {
  if (!isExecutable(binary)) return { reason: `${binary} is not a program` }
  try {
    const { output } = await runQuietly(binary, ['--version'], {
      env,
      signal,
      timeoutMs: VERSION_PATIENCE_MS,
    })
    const [, version = ''] = /^gitea version (\S+)/im.exec(output) ?? []
    if (isAtLeast(version, MINIMUM_GITEA)) return { binary }
    return { reason: `${binary} is Gitea ${version || 'of no version'}, older than ${MINIMUM_GITEA}` }
  } catch (error) {
    signal.throwIfAborted()
    return { reason: `${binary} does not run (${error instanceof Error ? error.message : error})` }
  }
}
