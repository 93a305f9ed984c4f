/** What an admin does with pools. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, dataOf, read } from '../api/client.ts'
import { tokensPath } from './pools.ts'

function useRefresh() {
  const client = useQueryClient()
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['pools'] }),
      client.invalidateQueries({ queryKey: ['pool-tokens'] }),
    ])
}

export interface PoolWords {
  readonly name: string
  readonly description: string
}

export function useMakePool(organization: string) {
  return useMutation({
    mutationFn: async (body: PoolWords) =>
      dataOf(
        await api.POST('/api/orgs/{organization}/agent-pools', { params: { path: { organization } }, body }),
      ),
    onSuccess: useRefresh(),
  })
}

export function useChangePool(organization: string, poolId: string) {
  return useMutation({
    mutationFn: async (body: PoolWords) =>
      dataOf(
        await api.PATCH('/api/orgs/{organization}/agent-pools/{poolId}', {
          params: { path: { organization, poolId } },
          body,
        }),
      ),
    onSuccess: useRefresh(),
  })
}

export function useDeletePool(organization: string, poolId: string) {
  return useMutation({
    mutationFn: async (force: boolean) => {
      await api.DELETE('/api/orgs/{organization}/agent-pools/{poolId}', {
        params: { path: { organization, poolId }, query: { force } },
      })
    },
    onSuccess: useRefresh(),
  })
}

/** @param poolId Empty: the installation's shared pool. */
export function useSetDefaultPool(organization: string) {
  return useMutation({
    mutationFn: async (poolId: string) => {
      await api.PATCH('/api/orgs/{organization}', {
        params: { path: { organization } },
        body: { setDefaultAgentPoolID: poolId },
      })
    },
    onSuccess: useRefresh(),
  })
}

export function useMakePoolToken(organization: string, pool: string) {
  return useMutation({
    mutationFn: () =>
      read<{ id: string; tokenValue: string }>(tokensPath(organization, pool), { method: 'POST' }),
    onSuccess: useRefresh(),
  })
}

export function useRevokePoolToken(organization: string, pool: string, id: string) {
  return useMutation({
    mutationFn: () => read(tokensPath(organization, pool, id), { method: 'DELETE' }),
    onSuccess: useRefresh(),
  })
}
