/** The flags that say what is old. Everything has a limit of age and one of size; 0 takes a limit away. */
import type { DeploymentRetention } from './deployments/retention.ts'
import type { LogRetention } from './logs/retention.ts'
import type { DeliveryRetention } from './retention/deliveries.ts'
import { StartRefusal } from './start-refusal.ts'
import type { EventRetention } from './state/event-retention.ts'

export interface RetentionConfig {
  readonly deploymentRetention: DeploymentRetention
  readonly logRetention: LogRetention
  readonly eventRetention: EventRetention
  readonly deliveryRetention: DeliveryRetention
}

export const RETENTION_OPTIONS = {
  'keep-deployment-days': { type: 'string' },
  'most-deployments': { type: 'string' },
  'keep-log-days': { type: 'string' },
  'most-logs-mb': { type: 'string' },
  'keep-event-days': { type: 'string' },
  'most-events-mb': { type: 'string' },
  'keep-delivery-days': { type: 'string' },
  'most-deliveries': { type: 'string' },
} as const

export const RETENTION_HELP = `  --keep-deployment-days <n> delete deployments that ended longer ago (365; 0: never); the last of a stack stay
  --most-deployments <n>     and those beyond the newest n of a stack (10000; 0: no limit)
  --keep-log-days <n>        delete the logs of deployments that ended longer ago (90; 0: never)
  --most-logs-mb <n>         and an organization's oldest beyond so much of them (20000; 0: no limit)
  --keep-event-days <n>      delete the events of updates that ended longer ago (90; 0: never)
  --most-events-mb <n>       and an organization's oldest beyond so much of them (20000; 0: no limit)
  --keep-delivery-days <n>   delete deliveries of webhooks and git hosts that are older (30; 0: never)
  --most-deliveries <n>      and those beyond the newest n of a webhook, 10 n of a git host (1000; 0: no limit)
`

type Flag = keyof typeof RETENTION_OPTIONS

/** @throws {StartRefusal} */
export function readRetention(given: Readonly<Partial<Record<Flag, string>>>): RetentionConfig {
  const read = (flag: Flag, limit: { readonly standard: number; readonly maximum: number }) =>
    readLimit(flag, given[flag], limit)
  const days = (flag: Flag, standard: number) => read(flag, { standard, maximum: 36_500 })
  const count = (flag: Flag, standard: number) => read(flag, { standard, maximum: 999_999 })
  const bytes = (flag: Flag, standard: number): number | undefined => {
    const megabytes = count(flag, standard)
    return megabytes && megabytes * 1024 * 1024
  }
  return {
    deploymentRetention: {
      keepDays: days('keep-deployment-days', 365),
      most: count('most-deployments', 10_000),
    },
    logRetention: { keepDays: days('keep-log-days', 90), mostBytes: bytes('most-logs-mb', 20_000) },
    eventRetention: { keepDays: days('keep-event-days', 90), mostBytes: bytes('most-events-mb', 20_000) },
    deliveryRetention: { keepDays: days('keep-delivery-days', 30), most: count('most-deliveries', 1000) },
  }
}

/** Undefined, for 0: no limit. */
function readLimit(
  flag: Flag,
  given: string | undefined,
  { standard, maximum }: { readonly standard: number; readonly maximum: number },
): number | undefined {
  if (given === undefined) return standard
  const value = Number(given)
  if (/^\d{1,6}$/.test(given) && value <= maximum) return value === 0 ? undefined : value
  throw new StartRefusal(
    `--${flag} must be a number from 0 to ${maximum}, where 0 is no limit, not ${JSON.stringify(given)}.`,
  )
}
