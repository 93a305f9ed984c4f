/** What of the list of stacks stands in its address. */
export const STATES = [
  { state: 'failed', label: 'Failed' },
  { state: 'succeeded', label: 'Succeeded' },
  { state: 'in-progress', label: 'Updating now' },
  { state: 'drifted', label: 'Drifted' },
  { state: 'paused', label: 'Deployments paused' },
  { state: 'never', label: 'Never updated' },
] as const

export type StackState = (typeof STATES)[number]['state']

export interface StackListSearch {
  /** Words that the name of a stack, its project or a tag holds. */
  readonly search?: string | undefined
  readonly state?: StackState | undefined
}

export function readStackListSearch({ search, state }: Record<string, unknown>): StackListSearch {
  const known = STATES.find((one) => one.state === state)
  return {
    ...(typeof search === 'string' && search !== '' && { search }),
    ...(known && { state: known.state }),
  }
}
