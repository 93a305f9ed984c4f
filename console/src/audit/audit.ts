/** The audit log of an organization, and the way from a token back to its deployment. */
import { queryOptions } from '@tanstack/react-query'
import { api, dataOf } from '../api/client.ts'
import type { components } from '../api/schema.d.ts'
import { filterOf } from './filter.ts'
import type { AuditSearch, TraceSearch } from './search.ts'

export type AuditEvent = components['schemas']['AuditLogEvent']

export function auditQuery(organization: string, search: AuditSearch) {
  return queryOptions({
    queryKey: ['audit', organization, search],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/orgs/{organization}/auditlogs/v2', {
          params: {
            path: { organization },
            query: { ...filterOf(search), ...(search.after && { continuationToken: search.after }) },
          },
          signal,
        }),
      ),
  })
}

export function auditEventTypesQuery(organization: string) {
  return queryOptions({
    queryKey: ['audit-event-types', organization],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/orgs/{organization}/auditlogs/event-types', {
          params: { path: { organization } },
          signal,
        }),
      ).eventTypes,
  })
}

export function traceQuery(organization: string, { of = '', at }: TraceSearch) {
  return queryOptions({
    queryKey: ['token-trace', organization, of, at],
    queryFn: async ({ signal }) =>
      dataOf(
        await api.GET('/api/daypass/orgs/{organization}/token-trace', {
          params: { path: { organization }, query: { of, ...(at && { at }) } },
          signal,
        }),
      ).deployments,
    enabled: of !== '',
  })
}
