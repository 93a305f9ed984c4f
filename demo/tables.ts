/** Every row of every table, as text, with binary columns decoded, for the search. */
import { inflated, type Place } from './secret-search.ts'

/** What the search needs of a database connection. */
export interface Rows {
  readonly query: (text: string) => Promise<{ rows: Record<string, unknown>[] }>
}

export async function* tablesOf(database: Rows): AsyncIterable<Place> {
  const { rows: tables } = await database.query(
    `select quote_ident(tablename) as name from pg_tables where schemaname = 'public' order by 1`,
  )
  for (const { name } of tables) {
    const { rows } = await database.query(`select * from ${String(name)}`)
    const parts = rows.flatMap((row) => Object.values(row).map(bytesOf))
    yield { name: `table ${String(name)}`, bytes: Buffer.concat(parts) }
  }
}

function bytesOf(value: unknown): Buffer {
  if (Buffer.isBuffer(value))
    return Buffer.concat([value, Buffer.from('\n'), inflated(value), Buffer.from('\n')])
  return Buffer.from(`${typeof value === 'string' ? value : JSON.stringify(value)}\n`)
}
