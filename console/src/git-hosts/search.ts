/** What of a git host's page stands in its address. */
export interface GitHostSearch {
  /** The delivery that is open. */
  readonly delivery?: string
}

export function readGitHostSearch({ delivery }: Record<string, unknown>): GitHostSearch {
  return typeof delivery === 'string' && delivery !== '' ? { delivery } : {}
}
