/** The stacks of an organization that the person may read. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { read } from '../api/client.ts'

export interface ListedStack {
  readonly orgName: string
  readonly projectName: string
  readonly stackName: string
  readonly resourceCount?: number
  /** Unix seconds; 0 while an update is under way; absent where there was none. */
  readonly lastUpdate?: number
  /** Of the latest update; absent where there was none. */
  readonly lastResult?: 'in-progress' | 'succeeded' | 'failed'
  readonly deploymentsPaused: boolean
  /** By the latest look that succeeded, unless what it found was put right. */
  readonly driftDetected: boolean
  readonly tags: Readonly<Record<string, string>>
}

interface StackPage {
  readonly stacks: readonly ListedStack[]
  readonly continuationToken: string | null
}

/** The server's largest page. The first one is on the screen while the others come. */
const PAGE_SIZE = 500
const STALE_AFTER_MS = 30_000

async function readPage(organization: string, token: string, signal: AbortSignal): Promise<StackPage> {
  const query = new URLSearchParams({ organization, maxResults: String(PAGE_SIZE) })
  if (token) query.set('continuationToken', token)
  return read(`api/user/stacks?${query}`, { signal })
}

/** All of them, page by page, for a list that shows what it has. */
export function stackPagesQuery(organization: string) {
  return infiniteQueryOptions({
    queryKey: ['stacks', organization, 'pages'],
    queryFn: ({ pageParam, signal }) => readPage(organization, pageParam, signal),
    initialPageParam: '',
    getNextPageParam: ({ continuationToken }) => continuationToken,
    select: ({ pages }) => pages.flatMap(({ stacks }) => stacks),
    staleTime: STALE_AFTER_MS,
  })
}

/** All of them at once, for who has to choose among them. */
export function stacksQuery(organization: string) {
  return queryOptions({
    queryKey: ['stacks', organization],
    queryFn: async ({ signal }) => {
      const all: ListedStack[] = []
      let token: string | null = ''
      while (token !== null) {
        const page: StackPage = await readPage(organization, token, signal)
        all.push(...page.stacks)
        token = page.continuationToken
      }
      return all
    },
    staleTime: STALE_AFTER_MS,
  })
}
