/**
 * Old deployments go, by age and by how many a stack has.
 *
 * Never one that has not ended, and never the last of a stack: of each operation and outcome the last one stays. What
 * stands elsewhere stays too: usage, audit, issued tokens, and the updates in the stack's history.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import { daysBefore, type Walk } from '../retention/retention.ts'
import { pageOfStackIds } from '../stacks/stack.ts'
import { deleteByAge, deleteByCount, deleteRemovedStack } from './retention.sql.ts'

export interface DeploymentRetention {
  /** Undefined: for ever. */
  readonly keepDays: number | undefined
  /** Of each stack. Undefined: no limit. */
  readonly most: number | undefined
}

const STACKS_AT_ONCE = 200

export function oldDeployments({ keepDays, most }: DeploymentRetention, now: Date): Walk[] {
  const before = keepDays === undefined ? undefined : daysBefore(now, keepDays)
  return [
    ...(before === undefined ? [] : [endedBefore(before), ofStacksRemovedBefore(before)]),
    ...(most === undefined ? [] : [beyondNewest(most)]),
  ]
}

function endedBefore(time: Date): Walk {
  let after = 0
  return {
    what: 'deployments',
    async step(tx) {
      const { deleted, next } = await deleteByAge(tx, { after, endedBefore: time })
      after = next ?? after
      return { deleted, isDone: next === null }
    },
  }
}

function ofStacksRemovedBefore(time: Date): Walk {
  return {
    what: 'deployments',
    async step(tx) {
      const wasOne = await deleteRemovedStack(tx, time)
      return { deleted: wasOne ? 1 : 0, isDone: !wasOne }
    },
  }
}

function beyondNewest(most: number): Walk {
  let stackIds: readonly string[] = []
  let lastId: string | undefined
  return {
    what: 'deployments',
    async step(tx) {
      if (stackIds.length === 0) {
        stackIds = await pageOfStackIds(tx, lastId, STACKS_AT_ONCE)
        lastId = stackIds.at(-1)
        if (stackIds.length === 0) return { deleted: 0, isDone: true }
      }
      const deleted = await deleteByCount(tx, { stackIds, most })
      if (deleted === 0) stackIds = []
      return { deleted, isDone: false }
    },
  }
}

/** For one that there was, by its number. */
export function deploymentDeleted(version: string): Refusal {
  return {
    status: 404,
    reason: 'deployment_deleted',
    message: `Not Found: deployment ${version} was deleted, as this server does with old ones.`,
  }
}
