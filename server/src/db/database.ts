/**
 * The pool of connections to PostgreSQL, and transactions.
 *
 * Owns: how a statement reaches PostgreSQL and which JavaScript types come back. Does not own: any statement.
 */
import pg from 'pg'

/** A statement's text, or a named one, which each connection prepares once. A name belongs to one text. */
export type Statement = string | { readonly name: string; readonly text: string }

/** What runs statements: the pool, or one transaction. */
export interface Queryable {
  query<Row extends object = object>(
    statement: Statement,
    values?: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number }>
}

export interface Transaction extends Queryable {
  /**
   * Sends a statement together with the commit, after all others: for a row that many transactions wait for, which is
   * then locked no longer than the commit takes. When it fails, all of the transaction does.
   */
  withCommit(statement: Statement, values: readonly unknown[]): void
}

export interface Database extends Queryable {
  /** Runs `work` in one READ COMMITTED transaction: committed when it resolves, rolled back when it rejects. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** Of the pool, at this moment. */
  connections(): ConnectionCounts
  close(): Promise<void>
}

export interface ConnectionCounts {
  readonly total: number
  readonly idle: number
  /** Requests that wait for a connection. */
  readonly waiting: number
}

export type Connection =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'socket'; readonly folder: string; readonly database: string; readonly user: string }

export interface DatabaseOptions {
  /** Most connections held at a time; 10 by default. */
  readonly poolSize?: number
  /** Called when a connection that nobody was using broke; the pool opens another when it needs one. */
  readonly onIdleError?: (error: Error) => void
}

const STATEMENT_TIMEOUT_MS = 60_000
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000
const CONNECT_TIMEOUT_MS = 10_000

export function openDatabase(connection: Connection, options: DatabaseOptions = {}): Database {
  const pool = new pg.Pool({
    ...clientConfig(connection),
    max: options.poolSize ?? 10,
    // A statement need not wait for the answer to the one before it; see `inTransaction`.
    pipeline: true,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
  })
  // Without a listener, one broken idle connection would end the process.
  pool.on('error', (error) => options.onIdleError?.(error))
  return {
    query: (statement, values) => runOn(pool, statement, values),
    transaction: (work) => inTransaction(pool, work),
    connections: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: () => pool.end(),
  }
}

async function inTransaction<T>(pool: pg.Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  // The pool listens for errors of idle connections only.
  const ignore = (): void => {}
  client.on('error', ignore)
  let broken: Error | undefined
  try {
    const last: [Statement, readonly unknown[]][] = []
    const begun = client.query('begin')
    begun.catch(ignore)
    const result = await work({
      query: (statement, values) => runOn(client, statement, values),
      withCommit: (statement, values) => void last.push([statement, values]),
    })
    await begun
    // A transaction in which a statement has failed is rolled back by its commit, too.
    const sent = [
      ...last.map(([statement, values]) => runOn(client, statement, values)),
      client.query('commit'),
    ]
    await Promise.all(sent)
    return result
  } catch (error) {
    await client.query('rollback').catch((rollbackError: Error) => {
      broken = rollbackError
    })
    throw error
  } finally {
    client.off('error', ignore)
    client.release(broken)
  }
}

/**
 * Waits for statements of one transaction that were sent without waiting for each other. PostgreSQL runs them in the
 * order in which they were sent. When one fails, the others are waited for all the same: whoever would go on sending must
 * not do it on a connection that serves somebody else by then.
 */
export async function together(work: readonly (Promise<unknown> | undefined)[]): Promise<void> {
  const settled = await Promise.allSettled(work)
  const reasons = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  const cause = reasons.find((reason) => !isAfterFailure(reason)) ?? reasons[0]
  if (cause !== undefined) throw cause
}

/** `in_failed_sql_transaction`: the statement itself had no fault. */
function isAfterFailure(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '25P02'
}

async function runOn<Row extends object>(
  runner: pg.Pool | pg.PoolClient,
  statement: Statement,
  values: readonly unknown[] = [],
): Promise<{ rows: Row[]; rowCount: number }> {
  const text = typeof statement === 'string' ? { text: statement } : statement
  // Without values pg speaks the simple protocol, which allows several statements in a text: migrations need it.
  const query = values.length === 0 ? text : { ...text, values: [...values] }
  const result = await runner.query<Row & pg.QueryResultRow>(query)
  return { rows: result.rows, rowCount: result.rowCount ?? 0 }
}

/** Options of one client, shared by the pool and the LISTEN connection. */
export function clientConfig(connection: Connection): pg.ClientConfig {
  const common = {
    application_name: 'daypass',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types: { getTypeParser },
  }
  if (connection.kind === 'url') return { ...common, connectionString: connection.url }
  return {
    ...common,
    host: connection.folder,
    port: 5432,
    database: connection.database,
    user: connection.user,
  }
}

const INT8 = 20
const DATE = 1082

/** int8 becomes a number (our counts and versions stay below 2^53), a date stays text; the rest is pg's own choice. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') => {
  if (format !== 'binary') {
    if (oid === INT8) return safeInteger
    if (oid === DATE) return (value: string) => value
  }
  return pg.types.getTypeParser(oid, format as 'text')
}

function safeInteger(value: string): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new RangeError(`int8 ${value} does not fit a number`)
  return number
}
