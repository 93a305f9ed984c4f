/** A PostgreSQL of the test's own, as durable as an operator's, that may be killed and started again. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, openDatabase } from '../../server/src/db/database.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../server/src/db/embedded.ts'
import { postmasterOf } from './lifecycle.ts'

export interface DurablePostgres {
  /** A `DATABASE_URL`. */
  readonly url: string
  readonly db: Database
  /** SIGKILL of its main process; the others end when they see it. */
  readonly kill: () => Promise<void>
  readonly start: () => Promise<void>
  readonly remove: () => Promise<void>
}

const QUIET = { info: () => {}, warn: () => {} }

/** About 2 s. Unlike the one that tests share it syncs: what was committed must be there after a kill. */
export async function durablePostgres(): Promise<DurablePostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'daypass-durable-'))
  const start = (): Promise<EmbeddedPostgres> => startEmbeddedPostgres({ dataFolder: folder, log: QUIET })
  let running = await start()
  const { connection } = running
  const db = openDatabase(connection, { poolSize: 1 })
  return {
    url: `postgresql:///${connection.database}?host=${encodeURIComponent(connection.folder)}&user=${connection.user}`,
    db,
    async kill() {
      process.kill(await postmasterOf(folder), 'SIGKILL')
      await running.lost
    },
    async start() {
      await running.stop()
      running = await start()
    },
    async remove() {
      await db.close()
      await running.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** SIGKILL to one of the processes that serve the server; one that is busy when there is one. `db` holds one connection. */
export async function killBackend(db: Database, random: () => number): Promise<void> {
  const { rows } = await db.query<{ pid: number; busy: boolean }>(/* sql */ `
    select pid, state <> 'idle' as busy from pg_stat_activity
     where backend_type = 'client backend' and pid <> pg_backend_pid() order by pid`)
  const busy = rows.filter((row) => row.busy)
  const among = busy.length > 0 ? busy : rows
  const victim = among[Math.floor(random() * among.length)]
  if (victim === undefined) throw new Error('No process of PostgreSQL serves the server.')
  process.kill(victim.pid, 'SIGKILL')
}

const RECOVERY_MS = 60_000

/** While it recovers from a crash it turns everybody away. */
export async function untilItAnswers(db: Database): Promise<void> {
  for (const end = Date.now() + RECOVERY_MS; ; await sleep(50)) {
    const error = await db.query('select 1').then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (error === undefined) return
    if (Date.now() > end) throw error
  }
}
