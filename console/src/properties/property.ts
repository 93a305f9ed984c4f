/**
 * Values of a program as Pulumi writes them down, made readable. A secret is never shown, nor its ciphertext: who may
 * read it asks the CLI.
 */

/** What special values have in place of themselves, and what says which one it is. @see pulumi/sdk resource/sig */
const SIGNATURE = '4dabf18193072939515e22adb298388d'
const KINDS: Readonly<Record<string, string>> = {
  '1b47061264138c4ac30d75fd1eb44270': '[secret]',
  c44067f5952c0a294b673a41bacd8c17: '[asset]',
  '0def7320c3a5731c473e5ecbe6d01bc7': '[archive]',
}
const REFERENCE = '5cf8f73096256a8f31e491e813e4eb8e'
/** In a preview: what only the update itself will know. */
const UNKNOWN = /^04da6b54-80e4-46f7-96ec-b56ff0331ba9$/

export const SECRET = '[secret]'
const DEEPEST = 50

export function shown(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return UNKNOWN.test(value) ? '[known after the update]' : value
  if (typeof value !== 'object' || value === null) return value
  if (depth > DEEPEST) return '[more]'
  if (Array.isArray(value)) return value.map((one) => shown(one, depth + 1))
  const kind = (value as Record<string, unknown>)[SIGNATURE]
  if (kind === REFERENCE) return (value as { urn?: unknown }).urn ?? '[resource]'
  // A kind that we do not know may be a secret of a kind that we do not know.
  if (kind !== undefined) return KINDS[String(kind)] ?? SECRET
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shown(one, depth + 1)]))
}

/** As text to read and to copy: strings as they are, everything else as JSON on lines of its own. */
export function textOf(value: unknown): string {
  const readable = shown(value)
  return typeof readable === 'string' ? readable : (JSON.stringify(readable, null, 2) ?? '')
}

/** Whether there is nothing to read: the whole value is a secret. */
export function isSecret(value: unknown): boolean {
  return shown(value) === SECRET
}
