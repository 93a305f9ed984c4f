/**
 * A request over saved settings: an absent field keeps, `null` deletes, objects merge, lists and single values
 * replace. Two things are whole, never merged inside: a value that may be secret, and an image given as a string.
 *
 * `branch` excludes `commit` and `tag`, so naming one of the three gives up those that are not named with it.
 */
import type { Json, JsonObject } from './fields.ts'
import type { SettingsPatch } from './read-settings.ts'
import type { DraftSettings, StoredSettings } from './settings.ts'

/** Where a value may be secret; `*` is any name. */
const SECRET_PATHS = new Set([
  'operationContext.environmentVariables.*',
  'sourceContext.git.gitAuth.accessToken',
  'sourceContext.git.gitAuth.sshAuth.sshPrivateKey',
  'sourceContext.git.gitAuth.sshAuth.password',
  'sourceContext.git.gitAuth.basicAuth.userName',
  'sourceContext.git.gitAuth.basicAuth.password',
  'executorContext.executorImage.credentials.password',
  'sourceContext.template.gitAuth.accessToken',
])

export function mergeSettings(saved: StoredSettings, patch: SettingsPatch): DraftSettings {
  // The database gave us the one and `readSettings` the other: both are JSON of the form of settings.
  const merged = mergeObjects(saved as JsonObject, exclusively(patch), '')
  return merged as DraftSettings
}

function mergeObjects(saved: JsonObject, patch: JsonObject, path: string): JsonObject {
  const result = new Map(Object.entries(saved))
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) {
      result.delete(key)
      continue
    }
    const at = path === '' ? key : `${path}.${key}`
    const before = result.get(key)
    const after =
      isObject(change) && !isSecretPath(at)
        ? mergeObjects(isObject(before) ? before : {}, change, at)
        : change
    if (isObject(after) && Object.keys(after).length === 0) result.delete(key)
    else result.set(key, after)
  }
  return Object.fromEntries(result)
}

function isSecretPath(path: string): boolean {
  return SECRET_PATHS.has(path) || path.startsWith('operationContext.environmentVariables.')
}

const REVISIONS = ['branch', 'commit', 'tag']

/** Adds the deletions that naming a branch, a commit or a tag implies. */
function exclusively(patch: SettingsPatch): JsonObject {
  const source = patch['sourceContext']
  const git = isObject(source) ? source['git'] : undefined
  if (!isObject(source) || !isObject(git)) return patch
  const isNamed = REVISIONS.some((name) => typeof git[name] === 'string')
  const given = isNamed ? REVISIONS.filter((name) => git[name] === undefined) : []
  const implied: JsonObject = Object.fromEntries(given.map((name) => [name, null]))
  return { ...patch, sourceContext: { ...source, git: { ...git, ...implied } } }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
