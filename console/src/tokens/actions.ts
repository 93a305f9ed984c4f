/** Making and revoking tokens. The value of a new one is in the answer, and nowhere after that. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import type { TokenOwner } from './tokens.ts'

export interface NewTokenWords {
  /** Unused for a personal one. */
  readonly name: string
  readonly description: string
  /** Seconds since 1970; 0: never. */
  readonly expires: number
  /** Of an organization's token alone. */
  readonly admin: boolean
}

function useRefresh() {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: ['tokens'] })
}

export function useMakeToken(owner: TokenOwner) {
  return useMutation({
    mutationFn: (words: NewTokenWords) => makeToken(owner, words),
    onSuccess: useRefresh(),
  })
}

async function makeToken(owner: TokenOwner, { name, description, expires, admin }: NewTokenWords) {
  if (owner.kind === 'personal')
    return dataOf(await api.POST('/api/user/tokens', { body: { description, expires } }))
  const { organization } = owner
  if (owner.kind === 'organization') {
    const params = { path: { organization } }
    const body = { name, description, expires, admin }
    return dataOf(await api.POST('/api/orgs/{organization}/tokens', { params, body }))
  }
  const params = { path: { organization, team: owner.team } }
  const body = { name, description, expires }
  return dataOf(await api.POST('/api/orgs/{organization}/teams/{team}/tokens', { params, body }))
}

export function useRevokeToken(owner: TokenOwner, id: string) {
  return useMutation({ mutationFn: () => revokeToken(owner, id), onSuccess: useRefresh() })
}

async function revokeToken(owner: TokenOwner, id: string): Promise<void> {
  if (owner.kind === 'personal') {
    await api.DELETE('/api/user/tokens/{id}', { params: { path: { id } } })
  } else if (owner.kind === 'organization') {
    const { organization } = owner
    await api.DELETE('/api/orgs/{organization}/tokens/{id}', { params: { path: { organization, id } } })
  } else {
    const { organization, team } = owner
    await api.DELETE('/api/orgs/{organization}/teams/{team}/tokens/{id}', {
      params: { path: { organization, team, id } },
    })
  }
}
