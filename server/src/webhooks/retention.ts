/** Old deliveries go, by age and by how many a webhook has. One that is still to be sent stays, however old. */
import { daysBefore, type Walk } from '../retention/retention.ts'
import { deleteByAge, deleteByCount, pageOfWebhooks } from './retention.sql.ts'

export interface DeliveryRetention {
  /** Undefined: for ever. */
  readonly keepDays: number | undefined
  /** Of each webhook. Undefined: no limit. */
  readonly most: number | undefined
}

const WEBHOOKS_AT_ONCE = 200

export function oldDeliveries({ keepDays, most }: DeliveryRetention, now: Date): Walk[] {
  return [
    ...(keepDays === undefined ? [] : [createdBefore(daysBefore(now, keepDays))]),
    ...(most === undefined ? [] : [beyondNewest(most)]),
  ]
}

function createdBefore(time: Date): Walk {
  let after = 0
  return {
    what: 'deliveries',
    async step(tx) {
      const { deleted, next } = await deleteByAge(tx, { after, createdBefore: time })
      after = next ?? after
      return { deleted, isDone: next === null }
    },
  }
}

function beyondNewest(most: number): Walk {
  let webhookIds: readonly string[] = []
  let lastId: string | undefined
  return {
    what: 'deliveries',
    async step(tx) {
      if (webhookIds.length === 0) {
        webhookIds = await pageOfWebhooks(tx, lastId, WEBHOOKS_AT_ONCE)
        lastId = webhookIds.at(-1)
        if (webhookIds.length === 0) return { deleted: 0, isDone: true }
      }
      const deleted = await deleteByCount(tx, { webhookIds, most })
      if (deleted === 0) webhookIds = []
      return { deleted, isDone: false }
    },
  }
}
