/**
 * AWS session tags in a token: the claim that AWS reads them from, what AWS takes as a tag, and the condition keys that
 * they become. Whoever trusts such a token must allow `sts:TagSession` beside assuming the role.
 *
 * Does not own which facts of a deployment are tags (server/issuer), nor what is done with tags in permissions policies.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */

export const SESSION_TAGS_CLAIM = 'https://aws.amazon.com/tags'
export const TAG_SESSION = 'sts:TagSession'

/** The claim as AWS documents it: each value in a list of one. */
export interface SessionTagsClaim {
  readonly principal_tags: Readonly<Record<string, readonly [string]>>
  /** Those that stay when the session assumes further roles, which then cannot set them otherwise. */
  readonly transitive_tag_keys: readonly string[]
}

const MOST_TAGS = 50
const KEY = /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu
const VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u

/**
 * All of them transitive, so that no program can give another role a tag that says something else. What AWS would not take
 * is left out, never changed: a shortened name could be another's.
 *
 * @returns undefined when nothing is left.
 */
export function sessionTagsClaim(
  values: Readonly<Record<string, string | undefined>>,
): SessionTagsClaim | undefined {
  const tags = Object.entries(values).flatMap(([key, value]) =>
    value !== undefined && value !== '' && isTag(key, value) ? [[key, [value]] as const] : [],
  )
  if (tags.length === 0) return undefined
  return { principal_tags: Object.fromEntries(tags), transitive_tag_keys: tags.map(([key]) => key) }
}

/** Whether AWS would take the claim; no claim at all is fine. Keys that differ only in case are the same to AWS. */
export function areSessionTags(claim: unknown): boolean {
  if (claim === undefined) return true
  const tags = tagsIn(claim)
  const keys = new Set(tags?.map(([key]) => key.toLowerCase()))
  return tags !== undefined && tags.length <= MOST_TAGS && keys.size === tags.length
}

/** The condition keys that a trust policy can ask for: `aws:RequestTag/<key>`, `aws:TagKeys`, `sts:TransitiveTagKeys`. */
export function sessionTagKeys(claim: unknown): Readonly<Record<string, string | readonly string[]>> {
  const tags = tagsIn(claim) ?? []
  const { transitive_tag_keys: transitive } = (claim ?? {}) as { transitive_tag_keys?: unknown }
  return {
    ...Object.fromEntries(tags.map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    'aws:TagKeys': tags.map(([key]) => key),
    'sts:TransitiveTagKeys': isTexts(transitive) ? transitive : [],
  }
}

/** Whether a condition can only hold for a token with session tags. */
export function isSessionTagKey(key: string): boolean {
  return /^(?:aws:requesttag\/|(?:aws:tagkeys|sts:transitivetagkeys)$)/i.test(key)
}

function tagsIn(claim: unknown): readonly (readonly [string, string])[] | undefined {
  const { principal_tags: tags, transitive_tag_keys: transitive = [] } = (claim ?? {}) as {
    principal_tags?: unknown
    transitive_tag_keys?: unknown
  }
  if (typeof tags !== 'object' || tags === null || !isTexts(transitive)) return undefined
  const read = Object.entries(tags).map(([key, values]) => [key, isTexts(values) ? values : []] as const)
  const isSound = read.every(
    ([key, values]) => values.length === 1 && values[0] !== undefined && isTag(key, values[0]),
  )
  return isSound ? read.map(([key, [value = '']]) => [key, value] as const) : undefined
}

function isTag(key: string, value: string): boolean {
  return KEY.test(key) && VALUE.test(value)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
