/** The pools of an organization, the runners that were seen in them, and what waits for these. */
import { queryOptions } from '@tanstack/react-query'
import { api, dataOf, read } from '../api/client.ts'
import type { components } from '../api/schema.d.ts'

export type Pool = components['schemas']['AgentPool']
export type PoolDetail = components['schemas']['AgentPoolDetail']
export type Runner = components['schemas']['DeploymentAgent']
export type ListedDeployment = components['schemas']['ListedDeployment']

/** A runner's token; its value is known to the runner alone. */
export interface PoolToken {
  readonly id: string
  /** Made by an exchange of another issuer's token, for a runner without a stored one. */
  readonly ephemeral: boolean
  readonly createdAt: string
  readonly expiresAt: string | null
}

const EVERY_MS = 5_000
/** The most that the server gives in one answer; a count of so many is "100 or more". */
export const MOST_OPEN = 100

export function poolsQuery(organization: string) {
  return queryOptions({
    queryKey: ['pools', organization],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/orgs/{organization}/agent-pools', { params: { path: { organization } }, signal }),
      ).agentPools,
    refetchInterval: EVERY_MS,
  })
}

export function poolQuery(organization: string, poolId: string) {
  return queryOptions({
    queryKey: ['pools', organization, poolId],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/orgs/{organization}/agent-pools/{poolId}', {
          params: { path: { organization, poolId } },
          signal,
        }),
      ),
    refetchInterval: EVERY_MS,
  })
}

/** Deployments that wait or run, in stacks that the person may read. */
export function openDeploymentsQuery(organization: string) {
  return queryOptions({
    queryKey: ['deployments', organization, 'open'],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/orgs/{organization}/deployments', {
          params: {
            path: { organization },
            query: { status: ['not-started', 'accepted', 'running'], pageSize: MOST_OPEN, asc: true },
          },
          signal,
        }),
      ).deployments,
    refetchInterval: EVERY_MS,
  })
}

export function poolTokensQuery(organization: string, pool: string) {
  return queryOptions({
    queryKey: ['pool-tokens', organization, pool],
    queryFn: async ({ signal }) =>
      (await read<{ tokens: PoolToken[] }>(tokensPath(organization, pool), { signal })).tokens,
  })
}

/** @param token One of them. */
export function tokensPath(organization: string, pool: string, token?: string): string {
  const query = new URLSearchParams({ organization })
  const one = token === undefined ? '' : `/${encodeURIComponent(token)}`
  return `api/daypass/pools/${encodeURIComponent(pool)}/tokens${one}?${query}`
}

/** What starts a runner of a pool whose token is in a file. @param serverUrl without a slash at its end */
export function runnerCommand(serverUrl: string): string {
  return `npx daypass runner --server ${serverUrl} --pool-token-file ./pool-token`
}
