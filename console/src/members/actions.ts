/** What an admin does with members and invitations. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import { sessionQuery } from '../session/session.ts'
import type { Role } from './members.ts'

function useRefresh() {
  const client = useQueryClient()
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['members'] }),
      client.invalidateQueries({ queryKey: ['invitations'] }),
      client.invalidateQueries({ queryKey: ['teams'] }),
      // It may be one's own role.
      client.invalidateQueries({ queryKey: sessionQuery.queryKey }),
    ])
}

export interface NewMember {
  readonly login: string
  readonly name: string
  readonly email: string
  readonly role: Role
}

export function useInvite(organization: string) {
  return useMutation({
    mutationFn: async (body: NewMember) =>
      dataOf(
        await api.POST('/api/daypass/orgs/{organization}/invitations', {
          params: { path: { organization } },
          body,
        }),
      ),
    onSuccess: useRefresh(),
  })
}

export function useTakeBackInvitation(organization: string, id: string) {
  return useMutation({
    mutationFn: async () => {
      await api.DELETE('/api/daypass/orgs/{organization}/invitations/{id}', {
        params: { path: { organization, id } },
      })
    },
    onSuccess: useRefresh(),
  })
}

export function useAddMember(organization: string) {
  return useMutation({
    mutationFn: async ({ login, role }: Pick<NewMember, 'login' | 'role'>) =>
      dataOf(
        await api.POST('/api/orgs/{organization}/members/{login}', {
          params: { path: { organization, login } },
          body: { role },
        }),
      ),
    onSuccess: useRefresh(),
  })
}

export function useChangeRole(organization: string, login: string) {
  return useMutation({
    mutationFn: async (role: Role) => {
      await api.PATCH('/api/orgs/{organization}/members/{login}', {
        params: { path: { organization, login } },
        body: { role },
      })
    },
    onSuccess: useRefresh(),
  })
}

export function useRemoveMember(organization: string, login: string) {
  return useMutation({
    mutationFn: async () => {
      await api.DELETE('/api/orgs/{organization}/members/{login}', {
        params: { path: { organization, login } },
      })
    },
    onSuccess: useRefresh(),
  })
}
