/** What a person asks of deployments; each answer is fetched anew afterwards. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import type { components } from '../api/schema.d.ts'
import type { StackNames } from './deployments.ts'

export type DeploymentRequest = components['schemas']['CreateDeploymentRequest']

/** As other clients of Pulumi's API say where a deployment was asked for. */
const FROM_CONSOLE = { 'x-pulumi-deployment-initiator': 'console' } as const

export function useRefresh() {
  const client = useQueryClient()
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['deployments'] }),
      client.invalidateQueries({ queryKey: ['deployment'] }),
    ])
}

export function useDeploy(names: StackNames) {
  return useMutation({
    mutationFn: async (request: DeploymentRequest) =>
      dataOf(
        await api.POST('/api/stacks/{organization}/{project}/{stack}/deployments', {
          params: { path: names },
          headers: FROM_CONSOLE,
          body: request,
        }),
      ),
    onSuccess: useRefresh(),
  })
}

export function useCancel(names: StackNames) {
  return useMutation({
    mutationFn: async (deploymentId: string) => {
      await api.POST('/api/stacks/{organization}/{project}/{stack}/deployments/{deploymentId}/cancel', {
        params: { path: { ...names, deploymentId } },
      })
    },
    onSuccess: useRefresh(),
  })
}
