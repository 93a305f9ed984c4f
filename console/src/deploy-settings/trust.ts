/** What a stack's clouds have to trust, and what the server says of documents of theirs. */
import { queryOptions, useMutation } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import type { components } from '../api/schema.d.ts'
import type { StackNames } from '../deployments/deployments.ts'

export type StackTrust = components['schemas']['StackTrust']
export type ExplainedTrust = components['schemas']['ExplainedTrust']

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

export function useExplainTrust(names: StackNames) {
  return useMutation({
    mutationFn: async (documents: unknown[]) =>
      dataOf(
        await api.POST('/api/daypass/stacks/{organization}/{project}/{stack}/trust/explain', {
          params: { path: names },
          body: { documents },
        }),
      ),
  })
}
