/** What the server says that a stack's clouds must trust. */
import { queryOptions } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import type { components } from '../api/schema.d.ts'
import type { StackNames } from '../deployments/deployments.ts'

export type StackTrust = components['schemas']['StackTrust']

export function trustQuery(names: StackNames) {
  return queryOptions({
    queryKey: ['trust', names],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/daypass/stacks/{organization}/{project}/{stack}/trust', {
          params: { path: names },
          signal,
        }),
      ),
  })
}
