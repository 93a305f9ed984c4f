// Finds or provides the Pulumi CLI. The order is the user's word, the user's own installation, what we provided
// before, and only then what takes time.
import { join } from 'node:path'
import { SetupFailure } from './failure.mjs'
import { withLock } from './lock.mjs'
import { isExecutable } from './node-runtime.mjs'
import { showProgress } from './progress.mjs'
import { downloadPulumi } from './pulumi-archive.mjs'
import { buildPulumi } from './pulumi-build.mjs'
import { provideDynamicProviders } from './pulumi-dynamic.mjs'
import { chosenPulumi, pulumiOnPath } from './pulumi-installed.mjs'
import { LANGUAGE_HOSTS, MINIMUM_VERSION, PROVIDED_VERSION } from './pulumi-version.mjs'

/**
 * What a source answers: the path of a binary, or why it has none.
 * @typedef {{ binary: string } | { reason: string }} Answer
 */

/**
 * @typedef {object} Sources
 * @property {() => Promise<Answer | undefined>} chosen `DAYPASS_PULUMI`; undefined when it is not set
 * @property {() => Promise<Answer>} onPath
 * @property {() => Promise<Answer>} cached
 * @property {() => Promise<Answer>} archive
 * @property {() => Promise<Answer>} goModules
 */

/**
 * @param {Sources} sources
 * @returns {Promise<string>} the path of the first binary that a source has
 */
export async function firstPulumi(sources) {
  const chosen = await sources.chosen()
  if (chosen !== undefined) {
    // The user named one; taking another instead would hide the mistake.
    if ('binary' in chosen) return chosen.binary
    throw new SetupFailure(`DAYPASS_PULUMI cannot be used: ${chosen.reason}; correct it or unset it.`)
  }
  const reasons = []
  for (const source of [sources.onPath, sources.cached, sources.archive, sources.goModules]) {
    const answer = await source()
    if ('binary' in answer) return answer.binary
    reasons.push(answer.reason)
  }
  throw new SetupFailure(
    `No Pulumi CLI could be found or made (${reasons.join('; ')}): install Pulumi ${MINIMUM_VERSION} or newer ` +
      '(https://www.pulumi.com/docs/install/), or Go 1.26 or newer, then try again.',
  )
}

/**
 * @param {string} root the checkout
 * @param {{ cache: string, env: NodeJS.ProcessEnv, signal: AbortSignal }} options
 * @returns {Promise<string>} the path of the CLI; its language hosts lie beside it or on PATH
 */
export async function providePulumi(root, { cache, env, signal }) {
  const folder = join(cache, 'pulumi', `v${PROVIDED_VERSION}`)
  const cached = async () => answerFrom(folder)
  const provide = (/** @type {() => Promise<Answer>} */ make) => async () => {
    const progress = showProgress('Waiting for another set-up that provides the Pulumi CLI')
    return withLock(`${folder}.lock`, { signal, onWait: () => progress.note('') }, async () => {
      progress.stop()
      const provided = await cached()
      return 'binary' in provided ? provided : make()
    }).finally(progress.stop)
  }
  return firstPulumi({
    chosen: () => chosenPulumi(env, signal),
    onPath: () => pulumiOnPath(env, signal),
    cached,
    archive: provide(async () => (await downloadPulumi(folder, { signal })) ?? answerFrom(folder)),
    goModules: provide(async () => (await buildPulumi(root, folder, { env, signal })) ?? answerFrom(folder)),
  })
}

/**
 * @param {string} folder
 * @returns {Promise<Answer>}
 */
async function answerFrom(folder) {
  const missing = ['pulumi', ...LANGUAGE_HOSTS].find((name) => !isExecutable(join(folder, name)))
  if (missing !== undefined) return { reason: 'none in the cache' }
  await provideDynamicProviders(folder)
  return { binary: join(folder, 'pulumi') }
}
