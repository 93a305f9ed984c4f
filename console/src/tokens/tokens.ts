/** Access tokens: one's own, and those of an organization or of a team, which belong to nobody. */
import { queryOptions } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import type { components } from '../api/schema.d.ts'

export type Token = components['schemas']['AccessToken']

export type TokenOwner =
  | { readonly kind: 'personal' }
  | { readonly kind: 'organization'; readonly organization: string }
  | { readonly kind: 'team'; readonly organization: string; readonly team: string }

export function tokensQuery(owner: TokenOwner) {
  return queryOptions({
    queryKey: ['tokens', owner],
    queryFn: async ({ signal }) => {
      const tokens: Token[] = []
      let next: string | undefined
      do {
        const page = await tokensAfter(owner, next, signal)
        tokens.push(...page.tokens)
        next = page.continuationToken
      } while (next)
      return tokens
    },
  })
}

async function tokensAfter(owner: TokenOwner, after: string | undefined, signal: AbortSignal) {
  const query = { sortBy: 'created', ...(after && { continuationToken: after }) } as const
  if (owner.kind === 'personal')
    return dataOf(await api.GET('/api/user/tokens', { params: { query }, signal }))
  const { organization } = owner
  if (owner.kind === 'organization') {
    const params = { path: { organization }, query }
    return dataOf(await api.GET('/api/orgs/{organization}/tokens', { params, signal }))
  }
  const params = { path: { organization, team: owner.team }, query }
  return dataOf(await api.GET('/api/orgs/{organization}/teams/{team}/tokens', { params, signal }))
}

/** What people call it: a personal one has no name. */
export function nameOf({ name, description, id }: Pick<Token, 'name' | 'description' | 'id'>): string {
  return name || description || id.slice(0, 8)
}
