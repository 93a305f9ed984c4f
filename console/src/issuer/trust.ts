/** What the server says that a stack's clouds must trust. */
import { queryOptions } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import type { components } from '../api/schema.d.ts'

export type StackTrust = components['schemas']['StackTrust']

/** @param place `project/stack` */
export function trustQuery(organization: string, place: string) {
  const [project = '', stack = ''] = place.split('/')
  return queryOptions({
    queryKey: ['trust', organization, project, stack],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/daypass/stacks/{organization}/{project}/{stack}/trust', {
          params: { path: { organization, project, stack } },
          signal,
        }),
      ),
  })
}
