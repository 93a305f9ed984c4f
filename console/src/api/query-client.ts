/** What the console remembers of the server's answers, and when it asks again. */
import { QueryCache, QueryClient } from '@tanstack/react-query'
import { isRefusal } from './refusal.ts'

const STALE_AFTER_MS = 5_000
const MOST_RETRIES = 2

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // A session that ended anywhere shows the sign-in page everywhere.
    onError: (error, query) => {
      if (isRefusal(error, 401) && query.queryKey[0] !== 'session') {
        queryClient.setQueryData(['session'], null)
      }
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: STALE_AFTER_MS,
      // A refusal stays one; a server that is away may come back.
      retry: (failures, error) =>
        failures < MOST_RETRIES && (!isRefusal(error) || error.status === 0 || error.status >= 500),
    },
  },
})
