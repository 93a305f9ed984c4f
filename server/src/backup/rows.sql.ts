/** Tables as rows of JSON. PostgreSQL writes and reads every value itself: none passes through JavaScript's numbers. */
import type { Queryable } from '../db/database.ts'

export interface Column {
  readonly name: string
  readonly isIdentity: boolean
}

const COLUMNS = /* sql */ `
  select attname as name, attidentity <> '' as "isIdentity"
    from pg_attribute
   where attrelid = to_regclass($1) and attnum > 0 and not attisdropped and attgenerated = ''
   order by attnum`

/** None when there is no such table. */
export async function columnsOf(tx: Queryable, table: string): Promise<Column[]> {
  return (await tx.query<Column>(COLUMNS, [table])).rows
}

/** For a while of slow reading or writing on the other side of the network. */
const PATIENCE = `set local idle_in_transaction_session_timeout = '15min'`

/** What the whole transaction reads is one moment of the database. */
export async function beginReading(tx: Queryable): Promise<void> {
  await tx.query('set transaction isolation level repeatable read, read only')
  await tx.query(PATIENCE)
}

/** Nobody else restores meanwhile, and nobody else writes to these tables. */
export async function beginRestoring(tx: Queryable, tables: readonly string[]): Promise<void> {
  await tx.query(PATIENCE)
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('daypass restore', 0))`)
  await tx.query(`lock table ${tables.map(quoted).join(', ')} in share row exclusive mode`)
}

/** Rows are fetched a few at a time, more while they are small: one may be a megabyte, or many. */
const BYTES_AT_ONCE = 2 * 1024 * 1024
const MOST_AT_ONCE = 1_000

/** @param columns Of the table, by name, and the SQL expression that stands for each. */
export async function* rowsOf(
  tx: Queryable,
  table: string,
  columns: ReadonlyMap<string, string>,
): AsyncGenerator<string> {
  const selected = [...columns].map(([name, expression]) => `${expression} as ${quoted(name)}`).join(', ')
  await tx.query(/* sql */ `
    declare saved no scroll cursor for
    select row_to_json(r)::text as row from (select ${selected} from ${quoted(table)}) r`)
  let count = 1
  for (;;) {
    const { rows } = await tx.query<{ row: string }>(`fetch forward ${count} from saved`)
    let length = 0
    for (const { row } of rows) {
      length += row.length
      yield row
    }
    if (rows.length < count) break
    if (length < BYTES_AT_ONCE) count = Math.min(2 * count, MOST_AT_ONCE)
    else count = Math.max(1, Math.floor(count / 4))
  }
  await tx.query('close saved')
}

/** @param rows JSON texts of objects that have these columns. */
export async function insertRows(
  tx: Queryable,
  table: string,
  columns: readonly string[],
  rows: readonly string[],
): Promise<void> {
  const names = columns.map(quoted).join(', ')
  const text = /* sql */ `
    insert into ${quoted(table)} (${names}) overriding system value
    select ${names} from json_populate_recordset(null::${quoted(table)}, $1::json)`
  await tx.query(text, [`[${rows.join(',')}]`])
}

/** Numbers that the table gives out by itself go on after those that it holds. */
export async function continueIdentity(tx: Queryable, table: string, column: string): Promise<void> {
  const text = /* sql */ `
    select setval(pg_get_serial_sequence($1, $2), coalesce(max(${quoted(column)}), 1), max(${quoted(column)}) is not null)
      from ${quoted(table)}`
  await tx.query(text, [table, column])
}

export async function deleteAllRows(tx: Queryable, table: string): Promise<void> {
  await tx.query(`delete from ${quoted(table)}`)
}

const APPLIED = /* sql */ `select name from schema_migrations order by version`

export async function appliedMigrations(tx: Queryable): Promise<string[]> {
  return (await tx.query<{ name: string }>(APPLIED)).rows.map(({ name }) => name)
}

/** Whatever a person or a runner may have made since the first start. */
const CONTENTS = /* sql */ `
  select (select count(*) from organizations) as organizations, (select count(*) from users) as users,
         (select count(*) from stacks) as stacks, (select count(*) from pools) as pools,
         (select count(*) from mints) as mints`

export interface Contents {
  readonly organizations: number
  readonly users: number
  readonly stacks: number
  readonly pools: number
  readonly mints: number
}

export async function contentsOf(tx: Queryable): Promise<Contents> {
  const [row] = (await tx.query<Contents>(CONTENTS)).rows
  if (!row) throw new Error('A select without a table has no row.')
  return row
}

/** What had not begun, or had been taken and had not begun, would run again what has run since. */
const SKIP_QUEUE = /* sql */ `
  update deployments
     set status = 'skipped', lease_until = null, ended_at = now(), modified_at = now(), failure_code = 'restored',
         failure_message = $1
   where status in ('waiting', 'ready', 'accepted')`
const COUNT_RUNNING = /* sql */ `
  update organizations o
     set running_deployments = (select count(*) from deployments d where d.organization_id = o.id and d.status = 'running')`

/** Nothing of the queue is left but what was running; that ends with its lease, which has run out. */
export async function endQueue(tx: Queryable, message: string): Promise<void> {
  await tx.query(SKIP_QUEUE, [message])
  await tx.query(COUNT_RUNNING)
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
