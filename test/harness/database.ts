/** A database of its own for a test: the migrated template, cloned. */
import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { type Connection, type Database, openDatabase } from '../../server/src/db/database.ts'
import { type Listener, openListener } from '../../server/src/db/listen.ts'

export interface TestDatabase {
  readonly db: Database
  readonly connection: Connection & { readonly kind: 'socket' }
  /** The same as a `DATABASE_URL` for a process of its own. */
  readonly url: string
  /** A LISTEN connection, closed by `drop`. */
  listen(): Promise<Listener>
  /** Closes what was opened and removes the database. */
  drop(): Promise<void>
}

/** About 50 ms. Call it in `beforeEach` or `beforeAll`, and `drop` in the matching `after…`. */
export async function createTestDatabase(
  options: { poolSize?: number; empty?: boolean } = {},
): Promise<TestDatabase> {
  const admin = inject('testPostgres')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const template = options.empty === true ? 'template0' : 'daypass'
  await asAdmin(`create database ${name} template ${template} owner daypass`)
  const connection = { ...admin, database: name, user: 'daypass' }
  const db = openDatabase(connection, { poolSize: options.poolSize ?? 10 })
  const listeners: Listener[] = []
  return {
    db,
    connection,
    url: `postgresql:///${name}?host=${encodeURIComponent(connection.folder)}&user=daypass`,
    async listen() {
      const listener = await openListener(connection, { warn: () => {} })
      listeners.push(listener)
      return listener
    },
    async drop() {
      await Promise.all(listeners.map((listener) => listener.close()))
      await db.close()
      await asAdmin(`drop database if exists ${name} with (force)`)
    },
  }
}

async function asAdmin(statement: string): Promise<void> {
  const db = openDatabase(inject('testPostgres'), { poolSize: 1 })
  try {
    await db.query(statement)
  } finally {
    await db.close()
  }
}
