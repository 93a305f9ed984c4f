/** What of the list of updates stands in its address. */
export interface UpdateListSearch {
  /** From 1; absent for the first. */
  readonly page?: number
}

export function readUpdateListSearch({ page }: Record<string, unknown>): UpdateListSearch {
  return typeof page === 'number' && Number.isInteger(page) && page > 1 ? { page } : {}
}
