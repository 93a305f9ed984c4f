/** What is asked of git hosts; what they show is fetched anew afterwards. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import type { components } from '../api/schema.d.ts'
import type { HostNames } from './git-hosts.ts'

function useRefresh({ organization }: Pick<HostNames, 'organization'>, exact = false) {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: ['git-hosts', organization], exact })
}

export function useTestHost(names: HostNames) {
  return useMutation({
    mutationFn: async () =>
      dataOf(
        await api.POST('/api/daypass/orgs/{organization}/git-hosts/{host}/test', { params: { path: names } }),
      ),
    onSuccess: useRefresh(names),
  })
}

/** The answer shows the secret this once; it is kept nowhere but in this mutation, until that is reset. */
export function useNewSecret(names: HostNames) {
  return useMutation({
    mutationFn: async () =>
      dataOf(
        await api.PATCH('/api/daypass/orgs/{organization}/git-hosts/{host}', {
          params: { path: names },
          body: { newWebhookSecret: true },
        }),
      ),
    gcTime: 0,
    onSuccess: useRefresh(names),
  })
}

export function useDisconnect(names: HostNames) {
  return useMutation({
    mutationFn: () =>
      api.DELETE('/api/daypass/orgs/{organization}/git-hosts/{host}', { params: { path: names } }),
    // Its own page is left; asking for it again would only be refused.
    onSuccess: useRefresh(names, true),
  })
}

export function useRedeliver(names: HostNames) {
  return useMutation({
    mutationFn: async (delivery: string) =>
      dataOf(
        await api.POST('/api/daypass/orgs/{organization}/git-hosts/{host}/deliveries/{delivery}/redeliver', {
          params: { path: { ...names, delivery } },
        }),
      ),
    onSuccess: useRefresh(names),
  })
}

export function useApprove(names: HostNames) {
  return useMutation({
    mutationFn: async (body: components['schemas']['ApprovePullRequestRequest']) =>
      dataOf(
        await api.POST('/api/daypass/orgs/{organization}/git-hosts/{host}/approvals', {
          params: { path: names },
          body,
        }),
      ),
    onSuccess: useRefresh(names),
  })
}
