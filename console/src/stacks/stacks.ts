/** The stacks of an organization that the person may read. */
import { queryOptions } from '@tanstack/react-query'
import { read } from '../api/client.ts'

export interface ListedStack {
  readonly orgName: string
  readonly projectName: string
  readonly stackName: string
  readonly resourceCount?: number
  /** Unix seconds; 0 while an update is under way; absent where there was none. */
  readonly lastUpdate?: number
}

export function stacksQuery(organization: string) {
  return queryOptions({
    queryKey: ['stacks', organization],
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({ organization, maxResults: '100000' })
      const { stacks } = await read<{ stacks: ListedStack[] }>(`api/user/stacks?${query}`, { signal })
      return stacks
    },
  })
}
