/** One stack as the server tells it. */
import { queryOptions } from '@tanstack/react-query'
import { read } from '../api/client.ts'
import type { StackNames } from '../deployments/deployments.ts'
import { stackPath } from './path.ts'

export interface StackAnswer {
  readonly id: string
  readonly tags: Readonly<Record<string, string>>
  readonly version: number
}

export function stackQuery(names: StackNames) {
  return queryOptions({
    queryKey: ['stack', names],
    queryFn: ({ signal }) => read<StackAnswer>(stackPath(names), { signal }),
  })
}

export function outputsQuery(names: StackNames) {
  return queryOptions({
    queryKey: ['outputs', names],
    queryFn: async ({ signal }) => {
      const path = `${stackPath(names)}/outputs`
      const { outputs } = await read<{ outputs?: Record<string, unknown> }>(path, { signal })
      return outputs ?? {}
    },
  })
}
