/**
 * Old states go, if the installation says so; a stack's newest state never does, nor its history.
 *
 * Owns: which states are old. A state stays while one of the two rules keeps it: among the newest of its stack, or
 * young enough. What is gone is remembered as a version, because `export` of it would otherwise find an older state,
 * or none, and answer with that.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Database, Queryable } from '../db/database.ts'
import { deleteOldStates, pageOfStacks, selectPrunedTo } from './retention.sql.ts'

export interface StateRetention {
  /** Of each stack; undefined: as many as `keepDays` keeps. */
  readonly keepVersions: number | undefined
  /** Undefined: as many as `keepVersions` keeps. Both undefined: all. */
  readonly keepDays: number | undefined
}

export interface RetentionServices {
  readonly db: Database
  readonly retention: StateRetention
  readonly log: {
    info(details: object, message: string): void
    error(details: object, message: string): void
  }
  /** Seconds between sweeps; only tests go faster. */
  readonly sweepSeconds?: number
}

export interface RetentionSweep {
  /** Resolves when a sweep in progress has ended, which it does after its batch. */
  stop(): Promise<void>
}

/** Nobody waits for it, and a state may be 100 MB: few at a time, and seldom. */
const SWEEP_SECONDS = 5 * 60
const STACKS_AT_ONCE = 200
const STATES_AT_ONCE = 20

export function startRetentionSweep(services: RetentionServices): RetentionSweep {
  const { db, retention, log, sweepSeconds = SWEEP_SECONDS } = services
  if (keepsAll(retention)) return { stop: async () => {} }
  const stopping = new AbortController()
  let current = Promise.resolve()
  const sweep = async (): Promise<void> => {
    try {
      const deleted = await pruneStates(db, retention, stopping.signal)
      if (deleted > 0) log.info({ deleted }, 'Old states were deleted.')
    } catch (error) {
      log.error({ err: error }, 'The sweep for old states failed; trying again.')
    }
  }
  const timer = setInterval(() => {
    current = current.then(sweep)
  }, sweepSeconds * 1000)
  timer.unref()
  return {
    async stop() {
      stopping.abort()
      clearInterval(timer)
      await current
    },
  }
}

/** Deletes every state that no rule keeps, batch by batch. @returns How many. */
export async function pruneStates(
  db: Queryable,
  retention: StateRetention,
  signal?: AbortSignal,
): Promise<number> {
  if (keepsAll(retention)) return 0
  const { keepVersions = 1, keepDays = 0 } = retention
  let deleted = 0
  let last: string | undefined
  for (;;) {
    const stackIds = await pageOfStacks(db, last, STACKS_AT_ONCE)
    last = stackIds.at(-1)
    if (last === undefined) return deleted
    let batch: number
    do {
      if (signal?.aborted) return deleted
      batch = await deleteOldStates(db, { stackIds, keepVersions, keepDays, limit: STATES_AT_ONCE })
      deleted += batch
    } while (batch === STATES_AT_ONCE)
  }
}

/** Why a version's state is not to be had any more, or undefined when it is as it was. */
export async function refuseIfPruned(
  tx: Queryable,
  stackId: string,
  version: number,
): Promise<Refusal | undefined> {
  if (version === 0 || version > (await selectPrunedTo(tx, stackId))) return undefined
  const message = `Not Found: the state of version ${version} was deleted, as this server was told to do with old ones.`
  return { status: 404, reason: 'state_deleted', message }
}

function keepsAll({ keepVersions, keepDays }: StateRetention): boolean {
  return keepVersions === undefined && keepDays === undefined
}
