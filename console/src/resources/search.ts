/** What of the resources of a stack stands in its address. */
export interface OverviewSearch {
  /** Words that a resource has. */
  readonly search?: string | undefined
  /** Absent: the tree. */
  readonly view?: 'graph' | undefined
  /** The URN of the one that is open. */
  readonly resource?: string | undefined
}

export function readOverviewSearch({ search, view, resource }: Record<string, unknown>): OverviewSearch {
  return {
    ...(typeof search === 'string' && search !== '' && { search }),
    ...(view === 'graph' && { view }),
    ...(typeof resource === 'string' && resource !== '' && { resource }),
  }
}
