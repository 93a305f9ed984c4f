// Builds the Pulumi CLI and its language hosts from Go modules, for machines that reach package registries and
// nothing else. Three small modules in tools/pulumi/ pin the versions: one for each program, because they need
// different versions of the same packages.
import { join } from 'node:path'
import { publishFolder } from './cache.mjs'
import { goBuild, whyNoGo } from './go.mjs'
import { showProgress } from './progress.mjs'
import { PROVIDED_VERSION } from './pulumi-version.mjs'

const MINIMUM_GO = '1.26.0'

/** The `v` matters: without it the CLI prints no version that the Automation API accepts. */
const CLI_VERSION = `github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${PROVIDED_VERSION}`

/** The long one first; the others find many of their packages compiled. */
export const PROGRAMS = [
  {
    module: 'cli',
    binary: 'pulumi',
    source: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
    version: CLI_VERSION,
  },
  {
    module: 'nodejs',
    binary: 'pulumi-language-nodejs',
    source: 'github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs',
    version: CLI_VERSION,
  },
  {
    module: 'yaml',
    binary: 'pulumi-language-yaml',
    source: 'github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml',
    version: 'github.com/pulumi/pulumi-yaml/pkg/version.Version=v1.38.1',
  },
]

/**
 * @param {string} root the checkout
 * @param {string} folder where the binaries shall lie
 * @param {{ env: NodeJS.ProcessEnv, signal: AbortSignal }} options
 * @returns {Promise<{ reason: string } | undefined>} undefined when the folder stands
 */
export async function buildPulumi(root, folder, { env, signal }) {
  const unfit = await whyNoGo(MINIMUM_GO, env, signal)
  if (unfit !== undefined) return { reason: unfit }
  const progress = showProgress('Building the Pulumi CLI from Go modules (about 4 minutes the first time)')
  try {
    await publishFolder(folder, async (unfinished) => {
      for (const [index, { module, binary, source, version }] of PROGRAMS.entries()) {
        progress.note(`${index + 1} of ${PROGRAMS.length}`)
        await goBuild({ source, version }, join(unfinished, binary), {
          cwd: join(root, 'tools', 'pulumi', module),
          env: { ...env, CGO_ENABLED: '0' },
          signal,
        })
      }
    })
    progress.done()
    return undefined
  } finally {
    progress.stop()
  }
}
