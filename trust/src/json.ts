/**
 * JSON text that says everything once. `JSON.parse` keeps the last of two equal members and forgets the first, so a
 * second `"StringLike"` block would silently drop the condition above it; here that is found.
 */

export type JsonResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly path: string; readonly problem: 'not_json' | 'duplicate_member' }

export function parseJsonOnce(text: string): JsonResult {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, path: '$', problem: 'not_json' }
  }
  const duplicate = duplicateMember(text)
  return duplicate === undefined
    ? { ok: true, value }
    : { ok: false, path: duplicate, problem: 'duplicate_member' }
}

export interface JsonRefusal {
  readonly path: string
  readonly sentence: string
}

/** What people hand over as JSON text or as its value. */
export function writtenValue(
  written: unknown,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly refusal: JsonRefusal } {
  if (typeof written !== 'string') return { ok: true, value: written }
  const read = parseJsonOnce(written)
  if (read.ok) return read
  const sentence = read.problem === 'not_json' ? 'This is not valid JSON.' : 'It says this twice.'
  return { ok: false, refusal: { path: read.path, sentence } }
}

type Level = { readonly path: string; readonly names: Set<string> | undefined; index: number; member: string }

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g

/** The path of the first member that its object already has. The text is known to be valid JSON. */
function duplicateMember(text: string): string | undefined {
  const levels: Level[] = []
  let previous = ''
  for (const [token] of text.matchAll(TOKEN)) {
    const level = levels.at(-1)
    if (token === '{' || token === '[') {
      levels.push({
        path: pathInto(level),
        names: token === '{' ? new Set() : undefined,
        index: 0,
        member: '',
      })
    } else if (token === '}' || token === ']') {
      levels.pop()
    } else if (token === ',' && level) {
      level.index += 1
    } else if (token.startsWith('"') && level?.names && (previous === '{' || previous === ',')) {
      level.member = JSON.parse(token) as string
      if (level.names.has(level.member)) return pathInto(level)
      level.names.add(level.member)
    }
    previous = token
  }
  return undefined
}

function pathInto(level: Level | undefined): string {
  if (!level) return '$'
  return level.names ? memberPath(level.path, level.member) : `${level.path}[${level.index}]`
}

/** `$.Statement[0].Condition`; names that are no plain words are quoted in brackets. */
export function memberPath(path: string, name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`
}
