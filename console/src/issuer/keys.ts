/** The issuer's keys, and what came of publishing them: for admins of the installation. */
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'

const QUIET_MS = 15_000

export const keysQuery = queryOptions({
  queryKey: ['issuer-keys'],
  queryFn: async ({ signal }) => dataOf(await api.GET('/api/daypass/issuer/keys', { signal })),
  refetchInterval: QUIET_MS,
})

export function useRotate() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async () => dataOf(await api.POST('/api/daypass/issuer/keys/rotate')),
    onSuccess: (status) => client.setQueryData(keysQuery.queryKey, status),
  })
}

export function useRevoke(kid: string) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async () =>
      dataOf(await api.POST('/api/daypass/issuer/keys/{kid}/revoke', { params: { path: { kid } } })),
    onSuccess: (status) => client.setQueryData(keysQuery.queryKey, status),
  })
}

/** Writes to the mirror and looks there, now. */
export function usePublish() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => api.POST('/api/daypass/issuer/publication'),
    onSuccess: () => client.invalidateQueries({ queryKey: keysQuery.queryKey }),
  })
}
