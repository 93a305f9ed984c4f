/**
 * What is shown of an organization is read again when the server says that it changed, instead of now and then. One
 * stream serves all pages of a tab.
 */
import type { OrganizationChange } from '@daypass/contract/log-stream.ts'
import type { QueryClient } from '@tanstack/react-query'
import { isOfChange, reachOf } from './changes.ts'
import { followStream } from './stream.ts'

/** As long as the server cannot be followed, what is shown is read again so often. */
const BLIND_MS = 15_000
/** Lists of everything are long, and in a large organization something always changes. */
const LISTS_MS = 3_000

/** @returns What ends it. */
export function followOrganization(organization: string, client: QueryClient): () => void {
  const gone = new AbortController()
  let blind: ReturnType<typeof setInterval> | undefined
  let lists: ReturnType<typeof setTimeout> | undefined
  let isFirst = true

  const readAgain = (changes: readonly OrganizationChange[]) => {
    if (changes.length === 0) return
    void client.invalidateQueries({
      predicate: ({ queryKey }) =>
        reachOf(queryKey, organization) === 'stack' && changes.some((change) => isOfChange(queryKey, change)),
    })
    // The first time all of them were read just now.
    if (!isFirst) lists ??= setTimeout(readListsAgain, LISTS_MS)
    isFirst = false
  }
  const readListsAgain = () => {
    lists = undefined
    void client.invalidateQueries({
      predicate: ({ queryKey }) => reachOf(queryKey, organization) === 'organization',
    })
  }

  void followStream({
    path: `api/daypass/orgs/${encodeURIComponent(organization)}/events`,
    onEvents: (events) =>
      readAgain(
        events.flatMap(({ event, data }) => (event === 'changed' ? [data as OrganizationChange] : [])),
      ),
    onState: (state) => {
      clearInterval(blind)
      // A session that ended anywhere shows the sign-in page everywhere.
      if (state.is === 'refused' && state.status === 401) client.setQueryData(['session'], null)
      else if (state.is !== 'open') blind = setInterval(() => readAgain([{ what: 'everything' }]), BLIND_MS)
    },
    signal: gone.signal,
  })
  return () => {
    clearInterval(blind)
    clearTimeout(lists)
    gone.abort()
  }
}
