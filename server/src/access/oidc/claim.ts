/**
 * Claims of a token by their path: `sub`, `repository.owner`, and in quotes what has dots itself,
 * `"kubernetes.io".pod.name`.
 */
export type Claims = Readonly<Record<string, unknown>>

const SEGMENT = /^(?:"([^"\\]{1,100})"|([A-Za-z0-9_:/-]{1,100}))(?:\.(?=.)|$)/
const MOST_SEGMENTS = 10

/** Undefined for what is no path. */
export function readClaimPath(path: string): readonly string[] | undefined {
  const segments: string[] = []
  let rest = path
  while (rest !== '') {
    const match = SEGMENT.exec(rest)
    const segment = match?.[1] ?? match?.[2]
    if (match === null || segment === undefined || segments.length >= MOST_SEGMENTS) return undefined
    segments.push(segment)
    rest = rest.slice(match[0].length)
  }
  return segments.length > 0 ? segments : undefined
}

/** The texts that stand there: one, each of a list, or none for what is absent or an object. */
export function claimTexts(claims: Claims, path: readonly string[]): readonly string[] {
  let value: unknown = claims
  for (const segment of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
    if (!Object.hasOwn(value, segment)) return []
    value = (value as Claims)[segment]
  }
  return (Array.isArray(value) ? value : [value]).flatMap(textOf)
}

function textOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'number' || typeof value === 'boolean' ? [String(value)] : []
}
