/**
 * A backup into an empty server, whole or not at all: everything happens in one transaction, which ends with the
 * file's checksum and seal. What was running when the backup was made is over, and nothing of its queue begins.
 */
import { createHash } from 'node:crypto'
import {
  BACKUP_VERSION,
  BackupEnd,
  BackupHeader,
  BackupTable,
  backupLines,
  type RestoreAnswer,
} from '@daypass/contract/backup-file.ts'
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Static, TSchema } from 'typebox'
import { Check } from 'typebox/value'
import { recordAudit } from '../audit/audit.ts'
import type { Database, Queryable } from '../db/database.ts'
import { isDataError } from '../db/errors.ts'
import { proveSigningKeysOpen } from '../issuer/rewrap.ts'
import { type MasterKey, MasterKeyError } from '../secrets/master-key.ts'
import { proveDataKeysOpen } from '../secrets/rotation.ts'
import { PROOF_CONTEXT, savedColumns, sealContext } from './backup.ts'
import {
  appliedMigrations,
  beginRestoring,
  type Contents,
  columnsOf,
  contentsOf,
  continueIdentity,
  deleteAllRows,
  endQueue,
  insertRows,
} from './rows.sql.ts'
import { LEFT_OUT_TABLES, SAVED_TABLES } from './tables.ts'

export interface RestoreServices {
  readonly db: Database
  readonly masterKey: MasterKey
}

/** Ends the transaction, and so takes back what was restored until then. */
class RestoreRefused extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}

/** @param chunks The file's bytes, inflated. @param actor For the record: `user:<login>`. */
export async function restoreBackup(
  { db, masterKey }: RestoreServices,
  chunks: AsyncIterable<Uint8Array>,
  actor: string,
): Promise<RestoreAnswer | Refusal> {
  try {
    return await db.transaction(async (tx) => {
      await beginRestoring(
        tx,
        SAVED_TABLES.map(({ name }) => name),
      )
      requireEmpty(await contentsOf(tx))
      const { header, rows } = await fillTables(tx, masterKey, chunks)
      await proveSigningKeysOpen(tx, masterKey)
      await proveDataKeysOpen(tx, masterKey)
      await endQueue(tx, 'It had not begun when the backup was made that this server was restored from.')
      const { stacks, organizations, users } = await contentsOf(tx)
      await recordAudit(tx, {
        organizationId: null,
        actor,
        action: 'backup.restored',
        target: header.id,
        details: { madeAt: header.madeAt, rows },
      })
      return { madeAt: header.madeAt, rows, stacks, organizations, users }
    })
  } catch (error) {
    const refusal = refusalFor(error)
    if (refusal) return refusal
    throw error
  }
}

function requireEmpty({ organizations, users, stacks, pools, mints }: Contents): void {
  if (organizations <= 1 && users <= 1 && pools <= 1 && stacks === 0 && mints === 0) return
  const message =
    `This server is in use (organizations: ${organizations}, users: ${users}, stacks: ${stacks}). A backup is restored ` +
    'only into a server that was just started for the first time, on an empty data folder or database.'
  throw new RestoreRefused({ status: 409, reason: 'server_not_empty', message })
}

async function fillTables(
  tx: Queryable,
  masterKey: MasterKey,
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ header: BackupHeader; rows: number }> {
  const digest = createHash('sha256')
  let header: BackupHeader | undefined
  let filling: Filling | undefined
  let end: BackupEnd | undefined
  let rows = 0
  for await (const line of backupLines(chunks)) {
    const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8')
    if (end) throw damaged('something follows its end')
    if (!header) {
      header = readHeader(text, masterKey, await appliedMigrations(tx))
      for (const name of Object.keys(LEFT_OUT_TABLES)) await deleteAllRows(tx, name)
      for (const { name } of SAVED_TABLES.toReversed()) await deleteAllRows(tx, name)
    } else if (text.startsWith('T')) {
      await filling?.finish()
      filling = await fillTable(tx, parse(BackupTable, text))
    } else if (text.startsWith('R') && filling) {
      await filling.add(text.slice(1))
      rows += 1
    } else if (text.startsWith('E')) {
      await filling?.finish()
      end = parse(BackupEnd, text)
      requireUnaltered(end, { header, rows, sha256: digest.copy().digest(), masterKey })
    } else {
      throw damaged('it has a line of an unknown kind')
    }
    digest.update(line).update('\n')
  }
  if (!header) throw notABackup()
  if (!end) throw damaged('its end is missing')
  return { header, rows }
}

function readHeader(text: string, masterKey: MasterKey, applied: readonly string[]): BackupHeader {
  if (!text.startsWith('H')) throw notABackup()
  const header = parse(BackupHeader, text)
  const unknown = header.migrations.find((name) => !applied.includes(name))
  if (header.version > BACKUP_VERSION || unknown !== undefined) {
    const message =
      'The backup was made by a newer release of Daypass: restore it with that one, or a later one.'
    throw new RestoreRefused({ status: 409, reason: 'backup_too_new', message })
  }
  requireSealed(masterKey, header.masterKeyProof, PROOF_CONTEXT, Buffer.from(header.id))
  return header
}

/** The checksum finds what happened by itself, the seal what somebody did. */
function requireUnaltered(
  end: BackupEnd,
  found: { header: BackupHeader; rows: number; sha256: Buffer; masterKey: MasterKey },
): void {
  const { header, rows, sha256, masterKey } = found
  if (end.rows !== rows || end.sha256 !== sha256.toString('hex')) throw damaged('its checksum does not fit')
  requireSealed(masterKey, end.seal, sealContext(header.id), sha256)
}

/** @throws {MasterKeyError} when another master key made it, or somebody without any. */
function requireSealed(masterKey: MasterKey, sealed: string, context: string, expected: Buffer): void {
  if (!masterKey.unwrap(Buffer.from(sealed, 'base64'), context).equals(expected)) {
    throw damaged('its seal belongs to another one')
  }
}

interface Filling {
  readonly add: (row: string) => Promise<void>
  readonly finish: () => Promise<void>
}

const ROWS_AT_ONCE = 500
const CHARACTERS_AT_ONCE = 2_000_000

/** What the file says of names is looked up, never believed: they become part of statements. */
async function fillTable(tx: Queryable, { table, columns }: BackupTable): Promise<Filling> {
  const saved = SAVED_TABLES.find(({ name }) => name === table)
  if (!saved) throw damaged(`it has a table that no backup has`)
  const known = await savedColumns(tx, saved)
  if (columns.length === 0 || !columns.every((name) => known.has(name))) {
    throw damaged(`its table ${saved.name} has other columns than this release`)
  }
  let waiting: string[] = []
  let characters = 0
  const flush = async (): Promise<void> => {
    if (waiting.length > 0) await insertRows(tx, saved.name, columns, waiting)
    waiting = []
    characters = 0
  }
  return {
    async add(row) {
      waiting.push(row)
      characters += row.length
      if (waiting.length >= ROWS_AT_ONCE || characters >= CHARACTERS_AT_ONCE) await flush()
    },
    async finish() {
      await flush()
      for (const { name, isIdentity } of await columnsOf(tx, saved.name)) {
        if (isIdentity) await continueIdentity(tx, saved.name, name)
      }
    },
  }
}

function parse<Schema extends TSchema>(schema: Schema, line: string): Static<Schema> {
  let value: unknown
  try {
    value = JSON.parse(line.slice(1))
  } catch {
    throw damaged('one of its lines is not JSON')
  }
  if (!Check(schema, value)) throw damaged('one of its lines has another form')
  return value
}

function refusalFor(error: unknown): Refusal | undefined {
  if (error instanceof RestoreRefused) return error.refusal
  if (error instanceof MasterKeyError) {
    const message =
      `The master key of this server does not open the backup: ${error.message} Start the server with the master key ` +
      'that the backup was made under; below another one, a line of its own, it does as well.'
    return { status: 409, reason: 'other_master_key', message }
  }
  // An altered row may break a rule of the tables before the checksum is reached.
  if (isInflateError(error) || isDataError(error)) return damaged('it was altered or cut off').refusal
  return undefined
}

/** The errors of zlib: Z_DATA_ERROR, Z_BUF_ERROR (cut off) and so on. */
function isInflateError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^Z_/.test(String(error.code))
}

function damaged(why: string): RestoreRefused {
  const message = `The backup is damaged: ${why}. Nothing was restored; take another copy of the file.`
  return new RestoreRefused({ status: 400, reason: 'backup_damaged', message })
}

function notABackup(): RestoreRefused {
  const message = 'The body is not a backup: send the file that `daypass backup` wrote.'
  return new RestoreRefused({ status: 400, reason: 'not_a_backup', message })
}
