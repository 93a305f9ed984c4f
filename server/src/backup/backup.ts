/**
 * A backup: everything that matters of one moment, as one file.
 *
 * Owns: what is saved (tables), how it is written, and how it comes back (restore). Does not own: the file's form
 * (contract/backup-file) nor what the rows mean.
 *
 * Secrets are in it as they lie in the database: sealed by data keys that the master key wrapped, or hashed. The
 * master key is not in it, and without it the file cannot be made up, altered, or restored.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { BACKUP_VERSION, type BackupEnd, type BackupHeader } from '@daypass/contract/backup-file.ts'
import type { Database, Queryable } from '../db/database.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import { appliedMigrations, beginReading, columnsOf, rowsOf } from './rows.sql.ts'
import { SAVED_TABLES, type SavedTable } from './tables.ts'

export interface BackupServices {
  readonly db: Database
  readonly masterKey: MasterKey
  readonly now: () => Date
  readonly randomUuid: () => string
}

/**
 * Writes one moment of the database to `sink` as lines, and waits where the reader is slow.
 *
 * @returns How many rows there were. Rejects when `sink` is destroyed.
 */
export async function writeBackup(services: BackupServices, sink: Writable): Promise<number> {
  const { db, masterKey, now, randomUuid } = services
  const digest = createHash('sha256')
  const gone = new AbortController()
  sink.once('close', () => gone.abort())
  const write = async (line: string): Promise<void> => {
    if (gone.signal.aborted) throw new Error('The reader of the backup has gone.')
    digest.update(line)
    if (!sink.write(line)) await once(sink, 'drain', { signal: gone.signal })
  }

  return db.transaction(async (tx) => {
    await beginReading(tx)
    const id = randomUuid()
    const header: BackupHeader = {
      format: 'daypass-backup',
      version: BACKUP_VERSION,
      id,
      madeAt: now().toISOString(),
      migrations: await appliedMigrations(tx),
      masterKeyProof: masterKey.wrap(Buffer.from(id), PROOF_CONTEXT).toString('base64'),
    }
    await write(`H${JSON.stringify(header)}\n`)
    let rows = 0
    for (const table of SAVED_TABLES) {
      const columns = await savedColumns(tx, table)
      await write(`T${JSON.stringify({ table: table.name, columns: [...columns.keys()] })}\n`)
      for await (const row of rowsOf(tx, table.name, columns)) {
        await write(`R${row}\n`)
        rows += 1
      }
    }
    const sha256 = digest.digest()
    const seal = masterKey.wrap(sha256, sealContext(id)).toString('base64')
    const end: BackupEnd = { rows, sha256: sha256.toString('hex'), seal }
    sink.write(`E${JSON.stringify(end)}\n`)
    return rows
  })
}

/** By name, with the expression that is saved for it. */
export async function savedColumns(
  tx: Queryable,
  { name, instead = {} }: SavedTable,
): Promise<Map<string, string>> {
  const saved = new Map<string, string>()
  for (const column of await columnsOf(tx, name)) {
    const expression = Object.hasOwn(instead, column.name) ? instead[column.name] : `"${column.name}"`
    if (expression) saved.set(column.name, expression)
  }
  return saved
}

/** What the header's proof is wrapped for. */
export const PROOF_CONTEXT = 'backup-id'

/** What the end's seal is wrapped for: the end of one backup does not fit another. */
export function sealContext(id: string): string {
  return `backup-end|${id}`
}
