// An empty embedded PostgreSQL that lives as long as the work with it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, openDatabase } from '../../server/src/db/database.ts'
import { startEmbeddedPostgres } from '../../server/src/db/embedded.ts'

const silent = { info: () => {}, warn: () => {} }

/** It is thrown away, so it need not survive a power cut. */
const NOT_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

export async function withFreshDatabase<T>(work: (db: Database) => Promise<T>): Promise<T> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'daypass-schema-'))
  try {
    const postgres = await startEmbeddedPostgres({ dataFolder, log: silent, settings: NOT_DURABLE })
    const db = openDatabase(postgres.connection)
    try {
      return await work(db)
    } finally {
      await db.close()
      await postgres.stop()
    }
  } finally {
    await rm(dataFolder, { recursive: true, force: true })
  }
}
