/** What an organization allows, as its members may read it. */
import { queryOptions } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import type { components } from '../api/schema.d.ts'

export type Organization = components['schemas']['Organization']

export function organizationQuery(organization: string) {
  return queryOptions({
    queryKey: ['organization', organization],
    queryFn: async ({ signal }) =>
      dataOf(await api.GET('/api/orgs/{organization}', { params: { path: { organization } }, signal })),
  })
}
