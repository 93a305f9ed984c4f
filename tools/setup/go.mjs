// The Go that builds what comes as Go modules only.
import { runQuietly } from './child.mjs'
import { SetupFailure } from './failure.mjs'
import { isAtLeast } from './pulumi-version.mjs'

const GO_PATIENCE_MS = 20_000

/**
 * @param {string} minimum for example "1.26.0"
 * @param {NodeJS.ProcessEnv} env
 * @param {AbortSignal} signal
 * @returns {Promise<string | undefined>} undefined when there is a Go that is new enough
 */
export async function whyNoGo(minimum, env, signal) {
  try {
    const { output } = await runQuietly('go', ['env', 'GOVERSION'], {
      env,
      signal,
      timeoutMs: GO_PATIENCE_MS,
    })
    if (isAtLeast(output, minimum)) return undefined
    return `Go is ${output.trim()}, older than ${minimum.replace(/\.0$/, '')}`
  } catch {
    signal.throwIfAborted()
    return 'Go is not installed'
  }
}

/**
 * Builds one program, without the paths of this machine in it and without symbols.
 *
 * @param {{ source: string, version: string, tags?: string }} program `version` is a Go variable and its value
 * @param {string} binary where it shall lie
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, signal: AbortSignal }} options `cwd` is the module's folder
 * @throws {SetupFailure} with what Go said
 */
export async function goBuild({ source, version, tags }, binary, { cwd, env, signal }) {
  const args = ['build', '-trimpath', '-ldflags', `-s -w -X ${version}`, '-o', binary, source]
  if (tags !== undefined) args.splice(1, 0, '-tags', tags)
  const { code, output } = await runQuietly('go', args, { cwd, env, signal })
  const name = binary.split(/[/\\]/).at(-1)
  if (code !== 0) throw new SetupFailure(`Building ${name} with Go failed; see above.`, output)
}
