/** The git hosts of an organization, and what they have sent. */
import { queryOptions } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'

const LIVE_MS = 3_000
const QUIET_MS = 15_000

export interface HostNames {
  readonly organization: string
  readonly host: string
}

export function gitHostsQuery(organization: string) {
  return queryOptions({
    queryKey: ['git-hosts', organization],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/daypass/orgs/{organization}/git-hosts', {
          params: { path: { organization } },
          signal,
        }),
      ).gitHosts,
    refetchInterval: QUIET_MS,
  })
}

export function gitHostQuery(names: HostNames) {
  return queryOptions({
    queryKey: ['git-hosts', names.organization, names.host],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/daypass/orgs/{organization}/git-hosts/{host}', {
          params: { path: names },
          signal,
        }),
      ),
    refetchInterval: QUIET_MS,
  })
}

export function gitDeliveriesQuery(names: HostNames) {
  return queryOptions({
    queryKey: ['git-hosts', names.organization, names.host, 'deliveries'],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/daypass/orgs/{organization}/git-hosts/{host}/deliveries', {
          params: { path: names },
          signal,
        }),
      ).deliveries,
    refetchInterval: ({ state }) => (state.data?.some((one) => one.state === 'waiting') ? LIVE_MS : QUIET_MS),
  })
}

/** With what was sent, as it came. */
export function gitDeliveryQuery(names: HostNames, delivery: string) {
  return queryOptions({
    queryKey: ['git-hosts', names.organization, names.host, 'deliveries', delivery],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/daypass/orgs/{organization}/git-hosts/{host}/deliveries/{delivery}', {
          params: { path: { ...names, delivery } },
          signal,
        }),
      ),
  })
}
