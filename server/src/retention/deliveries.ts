/**
 * Old deliveries go, by age and by how many a webhook or a git host has. One that is still to be sent, or to be handled,
 * stays, however old.
 */
import { type DeliveryOwner, deleteByAge, deleteByCount, pageOfOwners } from './deliveries.sql.ts'
import { daysBefore, type Walk } from './retention.ts'

export interface DeliveryRetention {
  /** Undefined: for ever. */
  readonly keepDays: number | undefined
  /** Of each webhook; of a git host, which tells of many stacks, {@link HOST_FACTOR} times as many. Undefined: no limit. */
  readonly most: number | undefined
}

const OWNERS_AT_ONCE = 200
const HOST_FACTOR = 10

export function oldDeliveries({ keepDays, most }: DeliveryRetention, now: Date): Walk[] {
  return [
    ...(keepDays === undefined
      ? []
      : [olderThan('webhook', daysBefore(now, keepDays)), olderThan('git-host', daysBefore(now, keepDays))]),
    ...(most === undefined
      ? []
      : [beyondNewest('webhook', most), beyondNewest('git-host', most * HOST_FACTOR)]),
  ]
}

function olderThan(owner: DeliveryOwner, before: Date): Walk {
  let after = 0
  return {
    what: 'deliveries',
    async step(tx) {
      const { deleted, next } = await deleteByAge(tx, owner, { after, before })
      after = next ?? after
      return { deleted, isDone: next === null }
    },
  }
}

function beyondNewest(owner: DeliveryOwner, most: number): Walk {
  let ownerIds: readonly string[] = []
  let lastId: string | undefined
  return {
    what: 'deliveries',
    async step(tx) {
      if (ownerIds.length === 0) {
        ownerIds = await pageOfOwners(tx, owner, lastId, OWNERS_AT_ONCE)
        lastId = ownerIds.at(-1)
        if (ownerIds.length === 0) return { deleted: 0, isDone: true }
      }
      const deleted = await deleteByCount(tx, owner, { ownerIds, most })
      if (deleted === 0) ownerIds = []
      return { deleted, isDone: false }
    },
  }
}
