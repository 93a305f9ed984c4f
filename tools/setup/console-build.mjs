// The console's build, when there is a console.
import { existsSync } from 'node:fs'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runQuietly } from './child.mjs'
import { SetupFailure } from './failure.mjs'
import { showProgress } from './progress.mjs'

const NOT_SOURCES = new Set(['node_modules', 'dist'])

/**
 * @param {string} root the checkout
 * @param {{ env: NodeJS.ProcessEnv, signal: AbortSignal }} options
 */
export async function provideConsole(root, { env, signal }) {
  const folder = join(root, 'console')
  if (!existsSync(join(folder, 'package.json'))) return
  const stamp = join(folder, 'dist', '.built')
  const builtAt = existsSync(stamp) ? (await stat(stamp)).mtimeMs : 0
  const sources = [folder, join(root, 'contract', 'src')]
  const newest = Math.max(...(await Promise.all(sources.map(newestChange))))
  if (newest <= builtAt) return
  const progress = showProgress('Building the console')
  try {
    const result = await runQuietly('npm', ['run', 'build', '--workspace', 'console'], {
      cwd: root,
      env,
      signal,
    })
    if (result.code !== 0) throw new SetupFailure('Building the console failed; see above.', result.output)
    await writeFile(stamp, '')
    progress.done()
  } finally {
    progress.stop()
  }
}

/**
 * @param {string} folder
 * @returns {Promise<number>} milliseconds
 */
async function newestChange(folder) {
  let newest = 0
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (NOT_SOURCES.has(entry.name)) continue
    const path = join(folder, entry.name)
    newest = Math.max(newest, entry.isDirectory() ? await newestChange(path) : (await stat(path)).mtimeMs)
  }
  return newest
}
