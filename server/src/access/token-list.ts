/** Lists of tokens in the shapes of Pulumi's API: searched, sorted, in pages. */
import type { AccessTokenInfo, ListTokensQuery, ListTokensResponse } from '@daypass/contract/access-tokens.ts'
import type { Queryable } from '../db/database.ts'
import { type ListedAccessToken, listAccessTokens, type TokenOwner } from './token-list.sql.ts'

const PAGE = 500

/** The continuation is how many came before: a list that somebody changes meanwhile may show one twice, or not at all. */
export async function tokenList(
  db: Queryable,
  owner: TokenOwner,
  query: ListTokensQuery,
): Promise<ListTokensResponse> {
  const { sortBy, sortDirection, maxResults, continuationToken = '' } = query
  const offset = /^[1-9][0-9]{0,8}$/.test(continuationToken) ? Number(continuationToken) : 0
  const limit = Math.min(maxResults || PAGE, PAGE)
  const rows = await listAccessTokens(db, owner, {
    sort: sortBy || 'created',
    ascending: sortDirection ? sortDirection === 'asc' : sortBy === 'name',
    search: query.search || query.filter || undefined,
    offset,
    limit: limit + 1,
  })
  return {
    tokens: rows.slice(0, limit).map(tokenAnswer),
    ...(rows.length > limit && { continuationToken: String(offset + limit) }),
  }
}

function tokenAnswer(token: ListedAccessToken): AccessTokenInfo {
  return {
    id: token.id,
    name: token.name,
    description: token.description,
    created: token.createdAt.toISOString(),
    lastUsed: unixSeconds(token.lastUsedAt),
    expires: unixSeconds(token.expiresAt),
    admin: token.admin,
    createdBy: token.createdBy,
    type: token.kind,
  }
}

function unixSeconds(time: Date | null): number {
  return time === null ? 0 : Math.floor(time.getTime() / 1000)
}
