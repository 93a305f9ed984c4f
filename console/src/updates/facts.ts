/** What an update was run with, as people name it. */
import { SECRET } from '../properties/property.ts'
import type { ConfigValue } from './updates.ts'

/** The CLI's names, and ours in the order in which they are shown; others follow as they are. */
const NAMES: Readonly<Record<string, string>> = {
  'pulumi.version': 'Pulumi version',
  'exec.kind': 'Run by',
  'git.head': 'Commit',
  'git.headName': 'Branch',
  'git.author': 'Author',
  'git.author.email': 'Author’s e-mail',
  'git.committer': 'Committer',
  'git.committer.email': 'Committer’s e-mail',
  'git.dirty': 'Had changes that were not committed',
  'vcs.owner': 'Repository’s owner',
  'vcs.repo': 'Repository',
  'vcs.kind': 'Git host',
  'vcs.root': 'Folder in the repository',
  'ci.system': 'CI system',
  'ci.build.id': 'Build',
  'ci.build.number': 'Build number',
  'ci.build.type': 'Build type',
  'ci.build.url': 'Build’s address',
  'ci.pr.headSHA': 'Head of the pull request',
  'ci.pr.number': 'Pull request',
}

/** By the order of {@link NAMES}: lists of properties sort by their names, so a list of its own is made. */
export function environmentOf(environment: Readonly<Record<string, string>>): [string, string][] {
  const known = Object.entries(NAMES).flatMap(([name, says]): [string, string][] => {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined
    return value ? [[says, value]] : []
  })
  const others = Object.entries(environment)
    .filter(([name, value]) => !Object.hasOwn(NAMES, name) && value !== '')
    .sort(([one], [other]) => (one < other ? -1 : 1))
  return [...known, ...others]
}

/** Secrets masked; objects as such. */
export function configOf(config: Readonly<Record<string, ConfigValue>>): [string, unknown][] {
  return Object.entries(config)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => [name, readable(value)])
}

function readable({ string, secret, object }: ConfigValue): unknown {
  if (secret) return object ? withoutSecrets(string) : SECRET
  if (!object) return string
  return parsed(string) ?? string
}

/** In an object only some parts are secret: those are `{"secure": …}`. What cannot be read is hidden whole. */
function withoutSecrets(text: string): unknown {
  const hide = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(hide)
    if (Object.hasOwn(value, 'secure')) return SECRET
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, hide(one)]))
  }
  const read = parsed(text)
  return read === undefined ? SECRET : hide(read)
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
