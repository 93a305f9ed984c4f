/** Runners as they were seen. */
import type { Queryable } from '../db/database.ts'
import { LISTED_HOURS } from './pool.ts'

export interface SeenRunner {
  readonly poolId: string
  readonly name: string
  readonly hostname: string
  readonly pid: string
  readonly version: string
  readonly platform: string
  readonly ip: string
}

const SEEN = {
  name: 'runner-seen',
  text: /* sql */ `
    insert into pool_runners (pool_id, name, hostname, pid, version, platform, ip, last_seen_at)
    values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())
    on conflict (pool_id, name, hostname, pid) do update
       set version = excluded.version, platform = excluded.platform, ip = excluded.ip,
           last_seen_at = excluded.last_seen_at
    returning (xmax = 0) as "isNew"`,
}
/** Where runners come and go with new names and numbers; one row stays, so that a pool knows when it had a runner. */
const FORGET_OTHERS = {
  name: 'forget-runners',
  text: /* sql */ `
    delete from pool_runners where pool_id = $1 and last_seen_at < now() - interval '${LISTED_HOURS} hours'`,
}

export async function saveRunner(db: Queryable, runner: SeenRunner): Promise<void> {
  const { rows } = await db.query<{ isNew: boolean }>(SEEN, [
    runner.poolId,
    runner.name,
    runner.hostname,
    runner.pid,
    runner.version,
    runner.platform,
    runner.ip,
  ])
  if (rows[0]?.isNew === true) await db.query(FORGET_OTHERS, [runner.poolId])
}
