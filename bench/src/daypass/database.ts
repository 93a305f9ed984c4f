/** The PostgreSQL that Daypass brings along, as durable as it is for users, in a folder that goes with the benchmark. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, openDatabase } from '../../../server/src/db/database.ts'
import { startEmbeddedPostgres } from '../../../server/src/db/embedded.ts'

export interface BenchDatabase {
  readonly db: Database
  /** For the server's DATABASE_URL. */
  readonly url: string
  /** The process whose children are all others of PostgreSQL. */
  readonly postmasterPid: number
  readonly stop: () => Promise<void>
}

/** Runs on the cores of this process. */
export async function startBenchDatabase(): Promise<BenchDatabase> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'daypass-bench-'))
  const postgres = await startEmbeddedPostgres({ dataFolder, log: { info: () => {}, warn: () => {} } })
  const { folder, database, user } = postgres.connection
  const [pid] = (await readFile(join(folder, 'postmaster.pid'), 'utf8')).split('\n')
  const db = openDatabase(postgres.connection, { poolSize: 2 })
  return {
    db,
    url: `postgresql:///${database}?host=${encodeURIComponent(folder)}&user=${user}`,
    postmasterPid: Number(pid),
    stop: async () => {
      await db.close()
      await postgres.stop()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}
