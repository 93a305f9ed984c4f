// The official archive of the Pulumi CLI with all its language hosts. Nothing of it is unpacked before its checksum
// matches the one that the release published.
import { createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { publishFolder } from './cache.mjs'
import { runQuietly } from './child.mjs'
import { openDownload, saveDownload } from './download.mjs'
import { SetupFailure } from './failure.mjs'
import { showProgress } from './progress.mjs'
import { PROVIDED_VERSION } from './pulumi-version.mjs'

const OFFICIAL = 'https://get.pulumi.com/releases/sdk/'
const PATIENCE = { connectMs: 10_000, stallMs: 30_000 }

/**
 * @param {NodeJS.Platform} platform
 * @param {string} arch as Node names it
 * @returns {string | undefined} the archive's name, as the release spells it
 */
export function archiveName(platform, arch) {
  if (!['linux', 'darwin'].includes(platform) || !['x64', 'arm64'].includes(arch)) return undefined
  return `pulumi-v${PROVIDED_VERSION}-${platform}-${arch}.tar.gz`
}

/**
 * @param {string} folder where the binaries shall lie
 * @param {{ signal: AbortSignal, source?: string, patience?: import('./download.mjs').Patience, name?: string | undefined }} options
 * @returns {Promise<{ reason: string } | undefined>} undefined when the folder stands
 * @throws {SetupFailure} when the archive is not what the release published
 */
export async function downloadPulumi(folder, options) {
  const { signal, source = OFFICIAL, patience = PATIENCE } = options
  const name = 'name' in options ? options.name : archiveName(process.platform, process.arch)
  if (name === undefined) return { reason: 'no official archive for this platform' }
  const progress = showProgress(`Downloading the Pulumi CLI ${PROVIDED_VERSION}`)
  try {
    const checksums = await openDownload(`${source}pulumi-${PROVIDED_VERSION}-checksums.txt`, {
      signal,
      patience,
    })
    const expected = checksumFor(name, await checksums.response.text())
    if (expected === undefined) return { reason: `the official checksums do not list ${name}` }
    await publishFolder(folder, async (unfinished) => {
      const archive = join(unfinished, name)
      const download = await openDownload(source + name, { signal, patience })
      await saveDownload(download, archive, { patience, note: progress.note })
      await verify(archive, expected)
      await unpack(archive, unfinished, signal)
    })
    progress.done()
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof SetupFailure) throw error
    return { reason: `the official archive cannot be had (${explain(error)})` }
  } finally {
    progress.stop()
  }
}

/**
 * @param {string} name
 * @param {string} list lines of "<sha256>  <name>"
 */
export function checksumFor(name, list) {
  for (const line of list.split('\n')) {
    const match = /^([0-9a-f]{64})\s+\*?(\S+)\s*$/.exec(line)
    if (match?.[2] === name) return match[1]
  }
  return undefined
}

/**
 * @param {string} archive
 * @param {string} expected
 */
async function verify(archive, expected) {
  const found = createHash('sha256')
    .update(await readFile(archive))
    .digest('hex')
  if (found === expected) return
  throw new SetupFailure(
    `The downloaded Pulumi CLI was refused because its checksum is ${found} and the release says ${expected}; ` +
      'find out who stands between you and get.pulumi.com, or set DAYPASS_PULUMI to a CLI that you trust.',
  )
}

/**
 * The archive holds one folder, `pulumi`, with everything in it.
 *
 * @param {string} archive
 * @param {string} folder
 * @param {AbortSignal} signal
 */
async function unpack(archive, folder, signal) {
  const { code, output } = await runQuietly('tar', ['-xzf', archive, '-C', folder, '--strip-components=1'], {
    signal,
  })
  if (code !== 0) throw new Error(`tar failed: ${output.trim()}`)
  await rm(archive)
}

/** @param {unknown} error */
function explain(error) {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
