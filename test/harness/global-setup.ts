/** One PostgreSQL for a run of the tests, and a migrated template that each test clones. Gone when the run ends. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { type Connection, openDatabase } from '../../server/src/db/database.ts'
import { startEmbeddedPostgres } from '../../server/src/db/embedded.ts'
import { migrate } from '../../server/src/db/migrate.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** As superuser, to the database `postgres` of the run's PostgreSQL. */
    testPostgres: Connection & { kind: 'socket' }
  }
}

export const TEMPLATE_DATABASE = 'daypass'

/** What tests do not need, and pay for in time: to survive the loss of power. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '300',
  autovacuum: 'off',
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'daypass-test-'))
  const quiet = { info: () => {}, warn: () => {} }
  const postgres = await startEmbeddedPostgres({ dataFolder: folder, log: quiet, settings: SETTINGS })
  const template = openDatabase(postgres.connection)
  await migrate(template, join(import.meta.dirname, '../../server/migrations'))
  await template.close()
  project.provide('testPostgres', { ...postgres.connection, database: 'postgres', user: 'postgres' })
  return async () => {
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
