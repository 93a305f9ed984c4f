/** What a stack is made of, as the server lists it: no property of a resource, and so no secret. */
import { queryOptions } from '@tanstack/react-query'
import { read } from '../api/client.ts'
import type { StackNames } from '../deployments/deployments.ts'
import { stackPath } from '../stack/path.ts'

export interface Resource {
  /** What the provider calls it; absent for components. */
  readonly id?: string
  readonly type: string
  readonly urn: string
  /** Of a provider, and not a component that only holds others. */
  readonly custom: boolean
  /** An old one that waits to be deleted. */
  readonly delete: boolean
  readonly dependencies: readonly string[]
  readonly parent?: string
  readonly protect?: boolean
  readonly external?: boolean
}

/** With its properties; secrets are ciphertexts. */
export interface WholeResource extends Resource {
  readonly inputs?: Readonly<Record<string, unknown>>
  readonly outputs?: Readonly<Record<string, unknown>>
}

export function resourcesQuery(names: StackNames) {
  return queryOptions({
    queryKey: ['resources', names],
    queryFn: async ({ signal }) => {
      const path = `${stackPath(names)}/resources/latest`
      const { resources } = await read<{ resources: { resource: Resource }[] }>(path, { signal })
      return resources.map(({ resource }) => resource)
    },
    // A large stack's list is large.
    staleTime: 30_000,
  })
}

export function resourceQuery(names: StackNames, urn: string) {
  return queryOptions({
    queryKey: ['resource', names, urn],
    queryFn: async ({ signal }) => {
      const path = `${stackPath(names)}/resources/latest/${encodeURIComponent(urn)}`
      return (await read<{ resource: { resource: WholeResource } }>(path, { signal })).resource.resource
    },
  })
}
