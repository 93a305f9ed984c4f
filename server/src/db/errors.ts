/** What a failed statement means, from PostgreSQL's error codes. @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
import pg from 'pg'

const UNIQUE_VIOLATION = '23505'
const FOREIGN_KEY_VIOLATION = '23503'
const CHECK_VIOLATION = '23514'
const LOCK_NOT_AVAILABLE = '55P03'

/** Another row has the key. @param constraint The name of the constraint or unique index, when only one will do. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return hasCode(error, UNIQUE_VIOLATION, constraint)
}

/** The row that this one points at is gone, or is still pointed at. */
export function isForeignKeyViolation(error: unknown, constraint?: string): boolean {
  return hasCode(error, FOREIGN_KEY_VIOLATION, constraint)
}

export function isCheckViolation(error: unknown, constraint?: string): boolean {
  return hasCode(error, CHECK_VIOLATION, constraint)
}

/** A value is not of its column's type, or a row breaks a rule of its table: PostgreSQL's classes 22 and 23. */
export function isDataError(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^2[23]/.test(error.code ?? '')
}

/** `for update nowait` met a lock. */
export function isLockNotAvailable(error: unknown): boolean {
  return hasCode(error, LOCK_NOT_AVAILABLE)
}

/** The statement never ran or its fate is unknown, because the database cannot be reached or is going down. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) {
    const code = error.code ?? ''
    // Class 08: connection; 57P01 to 57P03: shut down, crashed, starting; 53300: too many connections.
    return code.startsWith('08') || /^57P0[123]$/.test(code) || code === '53300'
  }
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return NETWORK_CODES.has(code) || DRIVER_SENTENCES.some((sentence) => error.message.startsWith(sentence))
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
])
/** The driver gives these no code. */
const DRIVER_SENTENCES = [
  'Connection terminated',
  'Client has encountered a connection error',
  'timeout exceeded when trying to connect',
  'timeout expired',
]

function hasCode(error: unknown, code: string, constraint?: string): boolean {
  if (!(error instanceof pg.DatabaseError) || error.code !== code) return false
  return constraint === undefined || error.constraint === constraint
}
