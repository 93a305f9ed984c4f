/** What a stack's admin gives and takes away. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '../api/client.ts'
import type { StackNames } from '../deployments/deployments.ts'
import type { Permission } from './permission.ts'

function useRefresh() {
  const client = useQueryClient()
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['access'] }),
      client.invalidateQueries({ queryKey: ['teams'] }),
      client.invalidateQueries({ queryKey: ['permission'] }),
    ])
}

interface Given {
  /** A login, or the name of a team. */
  readonly to: string
  readonly permission: Permission
}

export function useGivePerson(names: StackNames) {
  return useMutation({
    mutationFn: async ({ to: login, permission }: Given) => {
      await api.PUT('/api/daypass/stacks/{organization}/{project}/{stack}/collaborators/{login}', {
        params: { path: { ...names, login } },
        body: { permission },
      })
    },
    onSuccess: useRefresh(),
  })
}

export function useTakeFromPerson(names: StackNames) {
  return useMutation({
    mutationFn: async (login: string) => {
      await api.DELETE('/api/stacks/{organization}/{project}/{stack}/collaborators/{login}', {
        params: { path: { ...names, login } },
      })
    },
    onSuccess: useRefresh(),
  })
}

/** None takes it away. */
export function useGiveTeam(names: StackNames) {
  return useMutation({
    mutationFn: async ({ to: team, permission }: Given) => {
      await api.PATCH('/api/console/stacks/{organization}/{project}/{stack}/teams/{team}', {
        params: { path: { ...names, team } },
        body: { permissions: permission },
      })
    },
    onSuccess: useRefresh(),
  })
}
