/** The deployments of a stack as the server tells them, and what can be asked of them. */
import { queryOptions } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import { isOver } from './deployment.ts'

export interface StackNames {
  readonly organization: string
  readonly project: string
  readonly stack: string
}

const LIVE_MS = 2_000
const QUIET_MS = 15_000
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
      state.data?.deployments.some(({ status }) => !isOver(status)) ? LIVE_MS : QUIET_MS,
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
    refetchInterval: ({ state }) => (state.data && isOver(state.data.status) ? false : LIVE_MS / 2),
  })
}
