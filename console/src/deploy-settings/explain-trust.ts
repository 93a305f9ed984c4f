/** What the server says of documents of a cloud. */
import { useMutation } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import type { components } from '../api/schema.d.ts'
import type { StackNames } from '../deployments/deployments.ts'

export type ExplainedTrust = components['schemas']['ExplainedTrust']

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
