/** How long runners worked for an organization, by day and by stack, and what its deployments may take. */
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api, dataOf, read } from '../api/client.ts'
import type { components } from '../api/schema.d.ts'

export type DailyUsage = components['schemas']['UsageRecord']
export type Limits = components['schemas']['DeploymentLimits']

export interface MonthlyUsage {
  readonly month: string
  readonly deployments: number
  readonly runnerSeconds: number
  readonly stacks: readonly {
    readonly stackId: string
    readonly project: string
    readonly stack: string
    readonly deployments: number
    readonly runnerSeconds: number
  }[]
}

export const CHART_DAYS = 30

export function dailyUsageQuery(organization: string) {
  return queryOptions({
    queryKey: ['usage', organization, 'daily'],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/orgs/{organization}/deployments/usagereport', {
          params: { path: { organization }, query: { lookbackDays: CHART_DAYS - 1 } },
          signal,
        }),
      ),
  })
}

/** Below the base path. */
export function monthPath(organization: string, month: string, format: 'json' | 'csv'): string {
  return `api/daypass/orgs/${encodeURIComponent(organization)}/usage?${new URLSearchParams({ month, format })}`
}

export function monthlyUsageQuery(organization: string, month: string) {
  return queryOptions({
    queryKey: ['usage', organization, month],
    queryFn: ({ signal }) => read<MonthlyUsage>(monthPath(organization, month, 'json'), { signal }),
  })
}

export function limitsQuery(organization: string) {
  return queryOptions({
    queryKey: ['deployment-limits', organization],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/daypass/orgs/{organization}/deployment-limits', {
          params: { path: { organization } },
          signal,
        }),
      ),
  })
}

export function useChangeLimits(organization: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (body: Limits) =>
      dataOf(
        await api.PATCH('/api/daypass/orgs/{organization}/deployment-limits', {
          params: { path: { organization } },
          body,
        }),
      ),
    onSuccess: (limits) => client.setQueryData(limitsQuery(organization).queryKey, limits),
  })
}
