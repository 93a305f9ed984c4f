/** Sessions of the web console: begun, found with the access token behind them, renewed and ended. */
import type { Queryable } from '../db/database.ts'
import { ACCESS_TOKEN_COLUMNS, ACCESS_TOKEN_COUNTS, type AccessTokenRow } from './access-token.sql.ts'

export interface ConsoleSessionRow extends AccessTokenRow {
  readonly sessionId: string
  readonly sessionExpiresAt: Date
}

const FIND = {
  name: 'console-session-find',
  text: /* sql */ `
    select s.id as "sessionId", s.expires_at as "sessionExpiresAt", ${ACCESS_TOKEN_COLUMNS}
      from console_sessions s join access_tokens t on t.id = s.access_token_id join users u on u.id = t.user_id
     where s.token_hash = $1 and s.expires_at > now() and ${ACCESS_TOKEN_COUNTS}`,
}

export async function findConsoleSession(
  db: Queryable,
  tokenHash: Buffer,
): Promise<ConsoleSessionRow | undefined> {
  return (await db.query<ConsoleSessionRow>(FIND, [tokenHash])).rows[0]
}

/** Those that are over go on this occasion. @returns When it ends unless it is used. */
export async function insertConsoleSession(
  tx: Queryable,
  session: {
    readonly id: string
    readonly accessTokenId: string
    readonly tokenHash: Buffer
    readonly seconds: number
  },
): Promise<Date> {
  await tx.query('delete from console_sessions where expires_at <= now()')
  const { rows } = await tx.query<{ expiresAt: Date }>(
    /* sql */ `
    insert into console_sessions (id, access_token_id, token_hash, expires_at)
    values ($1, $2, $3, now() + make_interval(secs => $4)) returning expires_at as "expiresAt"`,
    [session.id, session.accessTokenId, session.tokenHash, session.seconds],
  )
  if (!rows[0]) throw new Error('The session was not stored')
  return rows[0].expiresAt
}

const RENEW = {
  name: 'console-session-renew',
  text: /* sql */ `
    update console_sessions set expires_at = now() + make_interval(secs => $2)
     where id = $1 and expires_at > now() returning expires_at as "expiresAt"`,
}

/** Undefined: it was over meanwhile. */
export async function renewConsoleSession(
  db: Queryable,
  sessionId: string,
  seconds: number,
): Promise<Date | undefined> {
  return (await db.query<{ expiresAt: Date }>(RENEW, [sessionId, seconds])).rows[0]?.expiresAt
}

/** @returns Whether there was one. */
export async function deleteConsoleSession(tx: Queryable, sessionId: string): Promise<boolean> {
  return (await tx.query('delete from console_sessions where id = $1', [sessionId])).rowCount > 0
}
