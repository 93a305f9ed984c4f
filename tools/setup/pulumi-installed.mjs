// The Pulumi CLIs that the user has already: the one that DAYPASS_PULUMI names, and the one on PATH.
import { realpath } from 'node:fs/promises'
import { delimiter, dirname, join, resolve } from 'node:path'
import { runQuietly } from './child.mjs'
import { isExecutable } from './node-runtime.mjs'
import { isAtLeast, LANGUAGE_HOSTS, MINIMUM_VERSION } from './pulumi-version.mjs'

const VERSION_PATIENCE_MS = 20_000

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {AbortSignal} signal
 * @returns {Promise<import('./pulumi.mjs').Answer | undefined>}
 */
export async function chosenPulumi(env, signal) {
  const chosen = env['DAYPASS_PULUMI']
  if (!chosen) return undefined
  // npm runs scripts in the root; a relative path was meant from where the user stood.
  const binary = resolve(env['INIT_CWD'] ?? '.', chosen)
  if (!isExecutable(binary)) return { reason: `${binary} is not a program` }
  return acceptVersion(binary, env, signal)
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {AbortSignal} signal
 * @returns {Promise<import('./pulumi.mjs').Answer>}
 */
export async function pulumiOnPath(env, signal) {
  // The npm package `pulumi` puts a script there that downloads at its first use; it is no installation.
  const folders = (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder && !folder.includes('node_modules'))
  const found = folders.find((folder) => isExecutable(join(folder, 'pulumi')))
  if (found === undefined) return { reason: 'no pulumi on PATH' }
  const binary = join(found, 'pulumi')
  const beside = dirname(await realpath(binary))
  const missing = LANGUAGE_HOSTS.find(
    (host) => ![beside, ...folders].some((folder) => isExecutable(join(folder, host))),
  )
  if (missing !== undefined) return { reason: `${binary} has no ${missing}` }
  return acceptVersion(binary, env, signal)
}

/**
 * @param {string} binary
 * @param {NodeJS.ProcessEnv} env
 * @param {AbortSignal} signal
 * @returns {Promise<import('./pulumi.mjs').Answer>}
 */
async function acceptVersion(binary, env, signal) {
  const quiet = { ...env, PULUMI_SKIP_UPDATE_CHECK: 'true' }
  try {
    const { output } = await runQuietly(binary, ['version'], {
      env: quiet,
      signal,
      timeoutMs: VERSION_PATIENCE_MS,
    })
    if (isAtLeast(output, MINIMUM_VERSION)) return { binary }
    return { reason: `${binary} is ${output.trim() || 'of no version'}, older than ${MINIMUM_VERSION}` }
  } catch (error) {
    signal.throwIfAborted()
    return { reason: `${binary} does not run (${error instanceof Error ? error.message : error})` }
  }
}
