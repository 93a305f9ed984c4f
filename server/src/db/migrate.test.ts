import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts'
import { migrate, migrationGap } from './migrate.ts'

const MIGRATIONS = join(import.meta.dirname, '../../migrations')

let database: TestDatabase
let folder: string
beforeEach(async () => {
  database = await createTestDatabase({ empty: true })
  folder = await mkdtemp(join(tmpdir(), 'daypass-migrations-'))
  await cp(MIGRATIONS, folder, { recursive: true })
})
afterEach(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

const numbered = async (): Promise<string[]> =>
  (await readdir(folder)).filter((file) => /^\d/.test(file)).sort()

test('each file is applied once', async () => {
  const count = (await numbered()).length
  expect(await migrate(database.db, folder)).toBe(count)
  expect(await migrate(database.db, folder)).toBe(0)
  expect(await migrationGap(database.db, folder)).toBeUndefined()
  await writeFile(
    join(folder, `${String(count + 1).padStart(4, '0')}_more.sql`),
    'create table more (n integer);',
  )
  expect(await migrationGap(database.db, folder)).toMatch(/_more\.sql has not been applied/)
  expect(await migrate(database.db, folder)).toBe(1)
})

test('servers that start together apply each file once between them', async () => {
  const counts = await Promise.all(Array.from({ length: 5 }, () => migrate(database.db, folder)))
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe((await numbered()).length)
})

test('a file that fails leaves nothing of itself, and what came before it stays', async () => {
  const next = `${String((await numbered()).length + 1).padStart(4, '0')}_broken.sql`
  await writeFile(join(folder, next), 'create table half (n integer); select 1 / 0;')
  await expect(migrate(database.db, folder)).rejects.toThrow('division by zero')
  expect((await database.db.query("select to_regclass('half') as half")).rows).toEqual([{ half: null }])
  expect((await database.db.query('select from organizations')).rowCount).toBe(0)
})

test('a file that was edited after it was applied stops the start', async () => {
  await migrate(database.db, folder)
  const file = join(folder, '0001_access.sql')
  await writeFile(file, `${await readFile(file, 'utf8')}\n-- a word more`)
  await expect(migrate(database.db, folder)).rejects.toThrow(
    /^Migration 0001_access\.sql was changed after it was applied/,
  )
})

test('a database that is newer than the release stops the start', async () => {
  await migrate(database.db, folder)
  const last = (await numbered()).at(-1) ?? ''
  await rm(join(folder, last))
  await expect(migrate(database.db, folder)).rejects.toThrow(
    /^The database is newer than this release of Daypass/,
  )
})

test('a gap in the numbers stops the start', async () => {
  await rm(join(folder, '0002_stacks.sql'))
  await expect(migrate(database.db, folder)).rejects.toThrow(/should be number 2/)
})
