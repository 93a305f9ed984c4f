/** What an installation uses that nobody uses: memory of the server and the runner, and looks at the database. */
import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Database } from '../../../server/src/db/database.ts'
import { holdBelow, type Verdict } from '../bench.ts'

const run = promisify(execFile)

const SERVER_LIMIT_MEGABYTES = 150
const RUNNER_LIMIT_MEGABYTES = 100
/** Until what a start has to do is done. */
const SETTLE_MILLISECONDS = 5000
const WATCHED_SECONDS = 20
const LOOK_MILLISECONDS = 50
const SHORTEST_SECONDS = 5

export async function measureIdle(parts: {
  readonly db: Database
  readonly serverPid: number
  readonly runnerPid: number
}): Promise<Verdict[]> {
  const { db, serverPid, runnerPid } = parts
  await sleep(SETTLE_MILLISECONDS)
  const seconds = shortestRepetition(await watchStatements(db))
  return [
    {
      name: 'idle-database-polling',
      ours: seconds === undefined ? 'never' : `every ${seconds.toFixed(1)} s`,
      peer: `every ${SHORTEST_SECONDS} s`,
      ratio: seconds === undefined ? 'never' : (seconds / SHORTEST_SECONDS).toFixed(2),
      goal: `>= ${SHORTEST_SECONDS} s`,
      reached: seconds === undefined || seconds >= SHORTEST_SECONDS,
    },
    await memory('server', serverPid, SERVER_LIMIT_MEGABYTES),
    await memory('runner', runnerPid, RUNNER_LIMIT_MEGABYTES),
  ]
}

const RECENT = /* sql */ `
  select query, extract(epoch from query_start)::float8 as at
    from pg_stat_activity
   where datname = current_database() and pid <> pg_backend_pid() and query_start > now() - interval '1 s'`

/** When each statement was begun, in seconds. */
async function watchStatements(db: Database): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const begun = new Map<string, Set<number>>()
  const end = performance.now() + WATCHED_SECONDS * 1000
  while (performance.now() < end) {
    for (const { query, at } of (await db.query<{ query: string; at: number }>(RECENT)).rows) {
      begun.set(query, (begun.get(query) ?? new Set()).add(at))
    }
    await sleep(LOOK_MILLISECONDS)
  }
  return begun
}

/** The shortest time between two beginnings of the same statement; undefined when none was repeated. */
export function shortestRepetition(begun: ReadonlyMap<string, ReadonlySet<number>>): number | undefined {
  const gaps = [...begun.values()].flatMap((times) => {
    const sorted = [...times].sort((a, b) => a - b)
    return sorted.slice(1).map((time, index) => time - (sorted[index] ?? time))
  })
  return gaps.length === 0 ? undefined : Math.min(...gaps)
}

/** Resident memory, as `ps` says it. */
async function memory(whose: string, pid: number, limit: number): Promise<Verdict> {
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)])
  return holdBelow(`idle-${whose}-memory`, { value: Number(stdout.trim()) / 1024, limit, unit: 'MB' })
}
