/** The Pulumi CLI that the set-up (`npm start`, `npm run demo`) keeps for this user, for runners started without it. */
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** With DAYPASS_PULUMI, unless the user has named or installed a CLI, or none was provided. */
export function withProvidedPulumi(env: NodeJS.ProcessEnv, home = homedir()): NodeJS.ProcessEnv {
  if (env['DAYPASS_PULUMI'] || isOnPath('pulumi', env['PATH'] ?? '')) return env
  const provided = newestIn(join(cacheFolder(env, home), 'pulumi'))
  return provided === undefined ? env : { ...env, DAYPASS_PULUMI: provided }
}

/** As the set-up chooses it. */
function cacheFolder(env: NodeJS.ProcessEnv, home: string): string {
  if (env['DAYPASS_CACHE']) return env['DAYPASS_CACHE']
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches', 'daypass')
  return join(env['XDG_CACHE_HOME'] ?? join(home, '.cache'), 'daypass')
}

function newestIn(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined
  const versions = readdirSync(folder).filter((name) => /^v\d+\.\d+\.\d+$/.test(name))
  const inOrder = versions.toSorted((one, other) => other.localeCompare(one, 'en', { numeric: true }))
  return inOrder.map((name) => join(folder, name, 'pulumi')).find((path) => existsSync(path))
}

function isOnPath(name: string, searchPath: string): boolean {
  return searchPath.split(':').some((folder) => folder !== '' && existsSync(join(folder, name)))
}
