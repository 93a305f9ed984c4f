/** What the person may do with a stack; the server decides again with each request. */
import { queryOptions, useQuery } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import type { StackNames } from '../deployments/deployments.ts'

export function permissionQuery(names: StackNames) {
  return queryOptions({
    queryKey: ['permission', names],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/daypass/stacks/{organization}/{project}/{stack}/permission', {
          params: { path: names },
          signal,
        }),
      ).permission,
    staleTime: 60_000,
  })
}

/** Undefined while it is not known. */
export function useStackPermission({ organization, project, stack }: StackNames) {
  const { data } = useQuery(permissionQuery({ organization, project, stack }))
  return data === undefined ? undefined : { canWrite: data >= 102, isAdmin: data === 103 }
}
