/**
 * Old logs go, by age and by how much an organization has; the steps and how they ended stay with their deployment.
 *
 * The log of a stack's last deployment stays, and so does that of a deployment which has not ended. What is gone is
 * remembered: who asks for it is told so, and is not answered with nothing.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import { daysBefore, type Walk } from '../retention/retention.ts'
import { deleteOldLogs, type Excess, organizationsBeyond } from './retention.sql.ts'

export interface LogRetention {
  /** Undefined: for ever. */
  readonly keepDays: number | undefined
  /** Of the logs of an organization together, as text. Undefined: no limit. */
  readonly mostBytes: number | undefined
}

/** In one step; one log may have up to this. */
const BYTES_AT_ONCE = 64 * 1024 * 1024

export function oldLogs({ keepDays, mostBytes }: LogRetention, now: Date): Walk[] {
  return [
    ...(keepDays === undefined ? [] : [logsBefore(daysBefore(now, keepDays))]),
    ...(mostBytes === undefined ? [] : [logsBeyond(mostBytes, now)]),
  ]
}

function logsBefore(endedBefore: Date): Walk {
  let after = 0
  return {
    what: 'logs',
    async step(tx) {
      const { deleted, next } = await deleteOldLogs(tx, { after, endedBefore, mostBytes: BYTES_AT_ONCE })
      after = next ?? after
      return { deleted, isDone: next === null }
    },
  }
}

/** Organization by organization, so that none can drive out the logs of another. */
function logsBeyond(mostBytes: number, now: Date): Walk {
  let left: Excess[] | undefined
  let after = 0
  return {
    what: 'logs',
    async step(tx) {
      left ??= [...(await organizationsBeyond(tx, mostBytes))]
      const [first, ...others] = left
      if (first === undefined) return { deleted: 0, isDone: true }
      const { organizationId, excess } = first
      const piece = { after, endedBefore: now, mostBytes: Math.min(excess, BYTES_AT_ONCE), organizationId }
      const { deleted, bytes, next } = await deleteOldLogs(tx, piece)
      const isFreed = next === null || excess <= bytes
      after = isFreed ? 0 : next
      left = isFreed ? others : [{ organizationId, excess: excess - bytes }, ...others]
      return { deleted, isDone: left.length === 0 }
    },
  }
}

export function logDeleted(at: Date): Refusal {
  const day = at.toISOString().slice(0, 'YYYY-MM-DD'.length)
  return {
    status: 404,
    reason: 'log_deleted',
    message: `Not Found: the log of this deployment was deleted on ${day}, as this server does with old ones.`,
  }
}
