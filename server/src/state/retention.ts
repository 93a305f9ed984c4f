/**
 * Old states go, if the installation says so; a stack's newest state never does, nor its history.
 *
 * Owns: which states are old. A state stays while one of the two rules keeps it: among the newest of its stack, or
 * young enough. What is gone is remembered as a version, because `export` of it would otherwise find an older state,
 * or none, and answer with that.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Queryable } from '../db/database.ts'
import type { Walk } from '../retention/retention.ts'
import { pageOfStackIds } from '../stacks/stack.ts'
import { deleteOldStates, selectPrunedTo } from './retention.sql.ts'

export interface StateRetention {
  /** Of each stack; undefined: as many as `keepDays` keeps. */
  readonly keepVersions: number | undefined
  /** Undefined: as many as `keepVersions` keeps. Both undefined: all. */
  readonly keepDays: number | undefined
}

/** A state may be 100 MB: few at a time. */
const STACKS_AT_ONCE = 200
const STATES_AT_ONCE = 20

export function oldStates({ keepVersions, keepDays }: StateRetention): Walk[] {
  if (keepVersions === undefined && keepDays === undefined) return []
  let stackIds: readonly string[] = []
  let lastId: string | undefined
  const walk: Walk = {
    what: 'states',
    async step(tx) {
      if (stackIds.length === 0) {
        stackIds = await pageOfStackIds(tx, lastId, STACKS_AT_ONCE)
        lastId = stackIds.at(-1)
        if (stackIds.length === 0) return { deleted: 0, isDone: true }
      }
      const rules = { keepVersions: keepVersions ?? 1, keepDays: keepDays ?? 0 }
      const deleted = await deleteOldStates(tx, { stackIds, ...rules, limit: STATES_AT_ONCE })
      if (deleted < STATES_AT_ONCE) stackIds = []
      return { deleted, isDone: false }
    },
  }
  return [walk]
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
