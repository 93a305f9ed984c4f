/** The schedules of a stack: deployments that are asked for when it is time. */
import { queryOptions } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import type { components } from '../api/schema.d.ts'
import type { Operation } from '../deployments/deployment.ts'
import type { StackNames } from '../deployments/deployments.ts'
import { wordsOf } from './cron.ts'

export type Schedule = components['schemas']['ScheduledAction']

const REFRESH_MS = 15_000

export function schedulesQuery(names: StackNames) {
  return queryOptions({
    queryKey: ['schedules', names],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/stacks/{organization}/{project}/{stack}/deployments/schedules', {
          params: { path: names },
          signal,
        }),
      ).schedules,
    refetchInterval: REFRESH_MS,
  })
}

interface ScheduledRequest {
  readonly operation: Operation
  readonly operationContext?: {
    readonly options?: { readonly remediateIfDriftDetected?: boolean; readonly deleteAfterDestroy?: boolean }
  }
}

/** What it does, in a few words: "detect-drift, and undo it". */
export function whatOf({ definition }: Schedule): string {
  const { operation, operationContext } = definition.request as ScheduledRequest
  const { remediateIfDriftDetected, deleteAfterDestroy } = operationContext?.options ?? {}
  if (operation === 'detect-drift' && remediateIfDriftDetected) return 'detect-drift, and undo it'
  if (operation === 'destroy' && deleteAfterDestroy) return 'destroy, and remove the stack'
  return operation
}

/** When it does it: "every day at 04:00, Europe/Berlin"; a schedule for once tells its time elsewhere. */
export function whenOf({ scheduleCron, timeZone }: Schedule): string {
  if (scheduleCron === undefined) return 'once'
  return `${wordsOf(scheduleCron)}, ${timeZone}`
}
