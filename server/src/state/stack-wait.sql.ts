import type { Queryable } from '../db/database.ts'

const BEGIN = {
  name: 'stack-wait-begin',
  text: /* sql */ `
    update updates set waiting_since = coalesce(waiting_since, clock_timestamp())
     where id = $1 and status = 'not started'
    returning extract(epoch from waiting_since + make_interval(secs => $2) - clock_timestamp())::float8 as seconds`,
}

/** Begins the wait, or goes on with it. @returns For how many seconds more; 0 when it is over. */
export async function beginWaiting(tx: Queryable, updateId: string, longestSeconds: number): Promise<number> {
  const { rows } = await tx.query<{ seconds: number }>(BEGIN, [updateId, longestSeconds])
  return Math.max(0, rows[0]?.seconds ?? 0)
}

/** It will not start any more: it is as if it had only been created. */
export async function giveUpWaiting(tx: Queryable, updateId: string): Promise<void> {
  await tx.query('update updates set waiting_since = null where id = $1', [updateId])
}
