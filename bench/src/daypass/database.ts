/** The PostgreSQL that Daypass brings along, as durable as it is for users, in a folder that goes with the benchmark. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, openDatabase } from '../../../server/src/db/database.ts'
import { startEmbeddedPostgres } from '../../../server/src/db/embedded.ts'

export interface BenchDatabase {
  readonly db: Database
  /** For the server's DATABASE_URL. */
  readonly url: string
  readonly stop: () => Promise<void>
}

/** Runs on the cores of this process. */
export async function startBenchDatabase(): Promise<BenchDatabase> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'daypass-bench-'))
  const postgres = await startEmbeddedPostgres({ dataFolder, log: { info: () => {}, warn: () => {} } })
  const { folder, database, user } = postgres.connection
  const db = openDatabase(postgres.connection, { poolSize: 2 })
  return {
    db,
    url: `postgresql:///${database}?host=${encodeURIComponent(folder)}&user=${user}`,
    stop: async () => {
      await db.close()
      await postgres.stop()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}
