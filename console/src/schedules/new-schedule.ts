/** A schedule as a person fills it in, and as the server takes it. */
import type { components } from '../api/schema.d.ts'
import type { Operation } from '../deployments/deployment.ts'

type Schemas = components['schemas']

export type NewSchedule =
  | { readonly kind: 'raw'; readonly body: Schemas['CreateScheduledDeploymentRequest'] }
  | { readonly kind: 'drift'; readonly body: Schemas['CreateScheduledDriftDeploymentRequest'] }
  | { readonly kind: 'ttl'; readonly body: Schemas['CreateScheduledTTLDeploymentRequest'] }

export interface Filled {
  readonly kind: NewSchedule['kind']
  readonly operation: Operation
  readonly isOnce: boolean
  readonly cron: string
  readonly timeZone: string
  /** As a browser's field for date and time has it, in the person's own time: `2030-12-31T23:59`. */
  readonly at: string
  /** Undo drift that was found. */
  readonly remediates: boolean
  /** Remove the stack after the destroy. */
  readonly removesStack: boolean
}

export function newFilled(timeZone: string): Filled {
  return {
    kind: 'raw',
    operation: 'update',
    isOnce: false,
    cron: '0 4 * * *',
    timeZone,
    at: '',
    remediates: false,
    removesStack: false,
  }
}

/** What is wrong is for the server to say; here is only what it cannot see. */
export function requestOf(filled: Filled): NewSchedule {
  const { kind, operation, isOnce, cron, timeZone, at, remediates, removesStack } = filled
  const recurring = { scheduleCron: cron.trim(), timeZone: timeZone.trim() }
  switch (kind) {
    case 'raw': {
      const request = { operation, inheritSettings: true }
      return { kind, body: { ...(isOnce ? { scheduleOnce: momentOf(at) } : recurring), request } }
    }
    case 'drift':
      return { kind, body: { ...recurring, autoRemediate: remediates } }
    case 'ttl':
      return { kind, body: { timestamp: momentOf(at), deleteAfterDestroy: removesStack } }
  }
}

/** With the person's offset, so that the server knows which moment is meant. */
function momentOf(local: string): string {
  return new Date(local).toISOString()
}
