/**
 * Brings a database to the tables of this release: numbered files, each applied once, in one transaction.
 *
 * An applied file is never edited: its checksum is kept, and a difference stops the start.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StartRefusal } from '../start-refusal.ts'
import type { Database, Queryable } from './database.ts'

interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

interface Applied {
  readonly version: number
  readonly name: string
  readonly checksum: string
}

/** Any number will do, as long as it is ours alone and never changes. */
const MIGRATION_LOCK = 7_227_400_001

/**
 * Applies what is missing. Two servers that start together are fine: one waits for the other.
 *
 * @param folder Holds `0001_name.sql`, `0002_name.sql`, … without a gap.
 * @returns How many files were applied.
 * @throws {StartRefusal} when an applied file was edited, or the database is newer than this release.
 */
export async function migrate(db: Database, folder: string): Promise<number> {
  const migrations = await readMigrations(folder)
  let appliedNow = 0
  for (const migration of await pendingOf(db, migrations)) {
    if (await apply(db, migration)) appliedNow += 1
  }
  return appliedNow
}

/** What keeps the database from serving this release, or undefined when nothing does. */
export async function migrationGap(db: Queryable, folder: string): Promise<string | undefined> {
  const migrations = await readMigrations(folder)
  const pending = notYet(migrations, await readApplied(db))
  const first = pending[0]
  return first && `Migration ${first.name} has not been applied.`
}

async function pendingOf(db: Database, migrations: readonly Migration[]): Promise<readonly Migration[]> {
  return db.transaction(async (tx) => {
    await takeLock(tx)
    await tx.query(/* sql */ `
      create table if not exists schema_migrations (
        version     integer primary key,
        name        text not null,
        checksum    text not null,
        applied_at  timestamptz not null default now()
      )`)
    return notYet(migrations, await readApplied(tx))
  })
}

async function apply(db: Database, migration: Migration): Promise<boolean> {
  return db.transaction(async (tx) => {
    await takeLock(tx)
    const { rowCount } = await tx.query('select from schema_migrations where version = $1', [
      migration.version,
    ])
    if (rowCount > 0) return false
    await tx.query(migration.sql)
    await tx.query('insert into schema_migrations (version, name, checksum) values ($1, $2, $3)', [
      migration.version,
      migration.name,
      migration.checksum,
    ])
    return true
  })
}

async function takeLock(tx: Queryable): Promise<void> {
  await tx.query('set local statement_timeout = 0')
  await tx.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
}

async function readApplied(db: Queryable): Promise<Applied[]> {
  const { rows } = await db.query<Applied>(
    'select version, name, checksum from schema_migrations order by version',
  )
  return rows
}

function notYet(migrations: readonly Migration[], applied: readonly Applied[]): readonly Migration[] {
  for (const row of applied) {
    const migration = migrations[row.version - 1]
    if (migration === undefined) {
      throw new StartRefusal(
        `The database is newer than this release of Daypass: it has migration ${row.name}, and this release ends at ` +
          `${migrations.at(-1)?.name ?? 'none'}. Start the newer release, or restore a backup made before it.`,
      )
    }
    if (migration.name !== row.name || migration.checksum !== row.checksum) {
      throw new StartRefusal(
        `Migration ${migration.name} was changed after it was applied to this database. Put the file back as it was ` +
          'released, and make the change in a new migration.',
      )
    }
  }
  const done = new Set(applied.map((row) => row.version))
  return migrations.filter((migration) => !done.has(migration.version))
}

async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const files = (await readdir(folder)).filter((file) => /^\d/.test(file)).sort()
  return Promise.all(
    files.map(async (file, index) => {
      const number = /^(\d{4})_[a-z0-9_]+\.sql$/.exec(file)?.[1]
      if (Number(number) !== index + 1) {
        throw new StartRefusal(
          `The migration ${file} should be number ${index + 1}: the files must count from 0001.`,
        )
      }
      const sql = await readFile(join(folder, file), 'utf8')
      const checksum = createHash('sha256').update(sql).digest('hex')
      return { version: index + 1, name: file, sql, checksum }
    }),
  )
}
