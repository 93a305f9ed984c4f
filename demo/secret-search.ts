/**
 * Looks for credentials where none may be: every row of the database, the state inside its compressed chunks,
 * the logs, and every byte of the data folder, each secret raw and in the encodings in which one leaks.
 *
 * A search that is broken finds nothing as well. So each look also searches for a marker that must be there,
 * and fails without it.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

export interface Secret {
  readonly name: string
  readonly value: string
}

export interface Finding {
  readonly secret: string
  readonly encoding: string
  readonly place: string
}

/** Something readable: a file, a table. */
export interface Place {
  readonly name: string
  readonly bytes: Buffer
}

/** Rows as text, table by table; the caller owns the connection. */
export type ReadTables = () => AsyncIterable<Place>

export interface SearchResult {
  readonly findings: readonly Finding[]
  readonly searchedBytes: number
  /** Of the markers, those that were nowhere: the search cannot be believed. */
  readonly missingMarkers: readonly string[]
}

export async function searchForSecrets(
  secrets: readonly Secret[],
  markers: readonly string[],
  places: AsyncIterable<Place>,
): Promise<SearchResult> {
  const needles = secrets.flatMap((secret) =>
    encodingsOf(secret.value).map((form) => ({ secret: secret.name, ...form })),
  )
  const missing = new Set(markers)
  const findings: Finding[] = []
  let searchedBytes = 0
  for await (const { name, bytes } of places) {
    searchedBytes += bytes.length
    for (const { secret, encoding, text } of needles) {
      if (bytes.includes(text)) findings.push({ secret, encoding, place: name })
    }
    for (const marker of missing) if (bytes.includes(marker)) missing.delete(marker)
  }
  return { findings, searchedBytes, missingMarkers: [...missing] }
}

/** The forms in which a secret turns up in a log, a URL, a JSON text or a binary column's dump. */
function encodingsOf(value: string): { encoding: string; text: string }[] {
  const bytes = Buffer.from(value)
  const forms: [string, string][] = [
    ['raw', value],
    ['percent', encodeURIComponent(value)],
    ['json', JSON.stringify(value).slice(1, -1)],
    ['hex', bytes.toString('hex')],
    ...base64Cores(bytes).map((core, shift): [string, string] => [`base64+${shift}`, core]),
    ...base64Cores(bytes).map((core, shift): [string, string] => [`base64url+${shift}`, toUrlAlphabet(core)]),
  ]
  const seen = new Set<string>()
  return forms.flatMap(([encoding, text]) => {
    if (seen.has(text)) return []
    seen.add(text)
    return [{ encoding, text }]
  })
}

/** What base64 of *anything around* the secret must contain: its text at each of the three alignments, less the edges. */
function base64Cores(bytes: Buffer): string[] {
  return [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    return text.slice(shift === 0 ? 0 : shift + 1, -1)
  })
}

function toUrlAlphabet(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_')
}

/** Every regular file below the folder. Files that vanish meanwhile are passed over: a database cleans up. */
export async function* filesBelow(folder: string): AsyncIterable<Place> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (bytes) yield { name: path.slice(folder.length + 1), bytes }
  }
}

/** A chunk of state as text; anything that is not gzip as it is. */
export function inflated(body: Buffer): Buffer {
  return body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body) : body
}
