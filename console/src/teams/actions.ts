/** What admins of a team or of its organization do with it. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import type { components } from '../api/schema.d.ts'

type Change = Pick<
  components['schemas']['UpdateTeamRequest'],
  | 'newDisplayName'
  | 'newDescription'
  | 'memberAction'
  | 'member'
  | 'addStackPermission'
  | 'editStackPermission'
  | 'removeStack'
>

export interface TeamWords {
  readonly name: string
  readonly displayName: string
  readonly description: string
}

function useRefresh() {
  const client = useQueryClient()
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['teams'] }),
      client.invalidateQueries({ queryKey: ['permission'] }),
      client.invalidateQueries({ queryKey: ['members'] }),
      client.invalidateQueries({ queryKey: ['access'] }),
    ])
}

export function useMakeTeam(organization: string) {
  return useMutation({
    mutationFn: async (body: TeamWords) =>
      dataOf(
        await api.POST('/api/orgs/{organization}/teams/pulumi', { params: { path: { organization } }, body }),
      ),
    onSuccess: useRefresh(),
  })
}

/** Words, a member, or a stack: what the request names is done together, or not at all. */
export function useChangeTeam(organization: string, team: string) {
  return useMutation({
    mutationFn: async (body: Change) => {
      await api.PATCH('/api/orgs/{organization}/teams/{team}', {
        params: { path: { organization, team } },
        body,
      })
    },
    onSuccess: useRefresh(),
  })
}

export function useDeleteTeam(organization: string, team: string) {
  return useMutation({
    mutationFn: async () => {
      await api.DELETE('/api/orgs/{organization}/teams/{team}', { params: { path: { organization, team } } })
    },
    onSuccess: useRefresh(),
  })
}
