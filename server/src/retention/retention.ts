/**
 * Retention: what is old goes by itself, a little at a time.
 *
 * Owns: the rhythm, and that one server at a time does it. Does not own: what is old; each slice brings its walks
 * (`logs/retention.ts`, `deployments/retention.ts`, …). Every step is a transaction of its own, so a server that dies
 * loses one step, and the next sweep goes on where there is still something old.
 */
import type { Database, Queryable } from '../db/database.ts'
import { type Sweep, startSweep } from '../sweep.ts'

/** One way through everything of a kind, the oldest first. It is walked once. */
export interface Walk {
  /** In the log and in the metrics. */
  readonly what: 'states' | 'deployments' | 'logs' | 'events' | 'deliveries'
  /** A bounded piece of work. */
  step(tx: Queryable): Promise<Step>
}

export interface Step {
  readonly deleted: number
  /** Nothing old is left. */
  readonly isDone: boolean
}

export interface RetentionServices {
  readonly db: Database
  /** Anew for each sweep. */
  readonly walks: (now: Date) => readonly Walk[]
  readonly now: () => Date
  /** Told when something has gone. */
  readonly onDeleted: (what: Walk['what'], count: number) => void
  readonly log: {
    info(details: object, message: string): void
    error(details: object, message: string): void
  }
  /** Seconds between sweeps; only tests go faster. */
  readonly sweepSeconds?: number
}

/** Nobody waits for it. */
const SWEEP_SECONDS = 5 * 60

/** The end waits for the step in progress, not for the walk. */
export function startRetention(services: RetentionServices): Sweep {
  const { log, now, sweepSeconds = SWEEP_SECONDS } = services
  const stopping = new AbortController()
  const sweep = async (): Promise<void> => {
    try {
      await prune(services, services.walks(now()), stopping.signal)
    } catch (error) {
      if (isLockTimeout(error)) return
      log.error({ err: error }, 'The sweep for what is old failed; trying again.')
    }
  }
  const sweeps = startSweep(sweep, sweepSeconds)
  return {
    stop() {
      stopping.abort()
      return sweeps.stop()
    },
  }
}

/** All of it, unless another server is at it. */
export async function prune(
  { db, log, onDeleted }: Pick<RetentionServices, 'db' | 'log' | 'onDeleted'>,
  walks: readonly Walk[],
  signal?: AbortSignal,
): Promise<void> {
  for (const walk of walks) {
    let deleted = 0
    for (;;) {
      if (signal?.aborted) break
      const step = await db.transaction(async (tx) => ((await isOurs(tx)) ? walk.step(tx) : undefined))
      if (step === undefined) return
      deleted += step.deleted
      if (step.deleted > 0) onDeleted(walk.what, step.deleted)
      if (step.isDone) break
    }
    if (deleted > 0) log.info({ what: walk.what, deleted }, 'What was old has been deleted.')
    if (signal?.aborted) return
  }
}

/**
 * Until the end of the transaction. Whoever removes a stack meanwhile waits for the same rows in another order: we give
 * way, long before PostgreSQL would choose one of the two.
 */
const TRY_LOCK = {
  name: 'retention-try-lock',
  text: `select pg_try_advisory_xact_lock(hashtextextended('daypass retention', 0)) as held, set_config('lock_timeout', '100ms', true)`,
}

async function isOurs(tx: Queryable): Promise<boolean> {
  return (await tx.query<{ held: boolean }>(TRY_LOCK)).rows[0]?.held === true
}

/** PostgreSQL's 55P03: somebody works with what is old. The next sweep tries again. */
function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '55P03'
}

const DAY_MS = 24 * 60 * 60 * 1000

export function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * DAY_MS)
}
