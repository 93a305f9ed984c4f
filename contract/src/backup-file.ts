/**
 * The file that `daypass backup` writes and `daypass restore` reads: gzip of lines, each a letter and JSON.
 *
 * ```
 * H{"format":"daypass-backup","version":1,…}   once, first
 * T{"table":"stacks","columns":["id",…]}       before the rows of each table
 * R{"id":"…",…}                                a row of the last table named, as PostgreSQL writes it
 * E{"rows":…,"sha256":"…","seal":"…"}          once, last: without it the file is cut off
 * ```
 *
 * Owns: the form. Does not own: which tables are in it, nor what a restore makes of them (server/backup).
 */
import { type Static, Type } from 'typebox'

export const BACKUP_MEDIA_TYPE = 'application/vnd.daypass.backup'
export const BACKUP_VERSION = 1

export const BackupHeader = Type.Object({
  format: Type.Literal('daypass-backup'),
  /** Of this form: a reader refuses a later one. */
  version: Type.Integer({ minimum: 1 }),
  id: Type.String({ pattern: '^[0-9a-f-]{36}$' }),
  /** RFC 3339. */
  madeAt: Type.String(),
  /** Names of the migrations that made its tables. */
  migrations: Type.Array(Type.String()),
  /** The id, wrapped by the master key of the server that made it; base64. */
  masterKeyProof: Type.String(),
})
export type BackupHeader = Static<typeof BackupHeader>

export const BackupTable = Type.Object({ table: Type.String(), columns: Type.Array(Type.String()) })
export type BackupTable = Static<typeof BackupTable>

export const BackupEnd = Type.Object({
  rows: Type.Integer({ minimum: 0 }),
  /** Hexadecimal, of every byte before this line, inflated. */
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  /** The digest, wrapped by the master key: who lacks the key cannot make up a backup. Base64. */
  seal: Type.String(),
})
export type BackupEnd = Static<typeof BackupEnd>

/** What a restore answers. */
export const RestoreAnswer = Type.Object({
  madeAt: Type.String(),
  rows: Type.Integer(),
  stacks: Type.Integer(),
  organizations: Type.Integer(),
  users: Type.Integer(),
})
export type RestoreAnswer = Static<typeof RestoreAnswer>

const NEWLINE = 0x0a

/** The lines of a text that comes in pieces, without their line feeds; what follows the last one is a line too. */
export async function* backupLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let begun: Uint8Array[] = []
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      yield joined([...begun, chunk.subarray(start, end)])
      begun = []
      start = end + 1
    }
    if (start < chunk.length) begun.push(chunk.subarray(start))
  }
  if (begun.length > 0) yield joined(begun)
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  if (parts.length === 1 && only) return only
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
