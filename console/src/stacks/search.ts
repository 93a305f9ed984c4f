/** What of the list of stacks stands in its address. */
export interface StackListSearch {
  /** Words that the name of a stack or its project holds. */
  readonly search?: string
}

export function readStackListSearch({ search }: Record<string, unknown>): StackListSearch {
  return typeof search === 'string' && search !== '' ? { search } : {}
}
