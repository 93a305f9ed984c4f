/** The deployments of a stack as the server tells them, and what can be asked of them. */
import { queryOptions } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'

export interface StackNames {
  readonly organization: string
  readonly project: string
  readonly stack: string
}

/** Whether a runner has come online is no change of a deployment, which would be told. */
const WAITING_MS = 5_000
export const PAGE_SIZE = 25

export function deploymentsQuery(names: StackNames, page: number) {
  return queryOptions({
    queryKey: ['deployments', names, page],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/stacks/{organization}/{project}/{stack}/deployments', {
          params: { path: names, query: { page, pageSize: PAGE_SIZE } },
          signal,
        }),
      ),
    refetchInterval: ({ state }) =>
      state.data?.deployments.some(({ waitingFor }) => waitingFor) ? WAITING_MS : false,
  })
}

export function deploymentQuery(names: StackNames, version: number) {
  return queryOptions({
    queryKey: ['deployment', names, version],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/stacks/{organization}/{project}/{stack}/deployments/version/{version}', {
          params: { path: { ...names, version: String(version) } },
          signal,
        }),
      ),
    refetchInterval: ({ state }) => (state.data?.waitingFor ? WAITING_MS : false),
  })
}
