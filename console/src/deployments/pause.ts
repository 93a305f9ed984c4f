/** Whether deployments are held back, of a stack or of a whole organization, and how that is changed. */
import { queryOptions, useMutation } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import { useRefresh } from './actions.ts'
import type { StackNames } from './deployments.ts'

/** What a person should know of a stack before asking for a deployment. */
export type Standing = Awaited<ReturnType<typeof readStanding>>

async function readStanding(names: StackNames, signal: AbortSignal) {
  const path = '/api/stacks/{organization}/{project}/{stack}/deployments/metadata'
  return dataOf(await api.GET(path, { params: { path: names }, signal }))
}

export function standingQuery(names: StackNames) {
  return queryOptions({
    queryKey: ['deployments', names, 'metadata'],
    queryFn: ({ signal }) => readStanding(names, signal),
  })
}

export function organizationStandingQuery(organization: string) {
  return queryOptions({
    queryKey: ['deployments', organization, 'metadata'],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/orgs/{organization}/deployments/metadata', {
          params: { path: { organization } },
          signal,
        }),
      ),
  })
}

export function usePause(names: StackNames) {
  return useMutation({
    mutationFn: async (isPaused: boolean) => {
      const params = { path: names }
      if (isPaused)
        await api.POST('/api/stacks/{organization}/{project}/{stack}/deployments/pause', { params })
      else await api.POST('/api/stacks/{organization}/{project}/{stack}/deployments/resume', { params })
    },
    onSuccess: useRefresh(),
  })
}

export function usePauseAll(organization: string) {
  return useMutation({
    mutationFn: async (isPaused: boolean) => {
      const params = { path: { organization } }
      if (isPaused) await api.POST('/api/orgs/{organization}/deployments/pause', { params })
      else await api.POST('/api/orgs/{organization}/deployments/resume', { params })
    },
    onSuccess: useRefresh(),
  })
}
