/** The teams of an organization. */
import { queryOptions } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import type { components } from '../api/schema.d.ts'

export type Team = components['schemas']['Team']
export type TeamMember = components['schemas']['TeamMemberInfo']
export type TeamStack = components['schemas']['TeamStackPermission']

/** Without their members and stacks. */
export function teamsQuery(organization: string) {
  return queryOptions({
    queryKey: ['teams', organization],
    queryFn: async ({ signal }) =>
      dataOf(await api.GET('/api/orgs/{organization}/teams', { params: { path: { organization } }, signal }))
        .teams,
  })
}

export function teamQuery(organization: string, team: string) {
  return queryOptions({
    queryKey: ['teams', organization, team],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/orgs/{organization}/teams/{team}', {
          params: { path: { organization, team } },
          signal,
        }),
      ),
  })
}
