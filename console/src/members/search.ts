/** What of the page of members stands in its address. */
export interface MembersSearch {
  /** Words that a login or a name holds. */
  readonly search?: string
}

export function readMembersSearch({ search }: Record<string, unknown>): MembersSearch {
  return typeof search === 'string' && search !== '' ? { search } : {}
}
