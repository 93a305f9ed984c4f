/** What of the page of tokens stands in its address. */
export interface TokensSearch {
  /** Absent: one's own. */
  readonly of?: 'organization' | 'team'
  readonly team?: string
}

export function readTokensSearch({ of, team }: Record<string, unknown>): TokensSearch {
  if (of === 'organization') return { of }
  if (of !== 'team') return {}
  return typeof team === 'string' && team !== '' ? { of, team } : { of }
}
