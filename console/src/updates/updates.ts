/** What was done to a stack, update by update, as the server tells it. */
import { queryOptions } from '@tanstack/react-query'
import { read } from '../api/client.ts'
import type { StackNames } from '../deployments/deployments.ts'
import { stackPath } from '../stack/path.ts'

export interface UpdateInfo {
  readonly kind: string
  /** Unix seconds. */
  readonly startTime: number
  /** 0 while it runs. */
  readonly endTime: number
  readonly message: string
  readonly environment: Readonly<Record<string, string>>
  readonly config: Readonly<Record<string, ConfigValue>>
  readonly result: 'not-started' | 'in-progress' | 'succeeded' | 'failed'
  readonly resourceChanges?: Readonly<Record<string, number>>
  readonly resourceCount?: number
}

/** Secret ones come as ciphertexts. */
export interface ConfigValue {
  readonly string: string
  readonly secret: boolean
  readonly object: boolean
}

export interface Update {
  readonly updateID: string
  readonly version: number
  readonly latestVersion: number
  readonly requestedBy: { readonly name: string; readonly githubLogin: string }
  readonly info: UpdateInfo
}

interface UpdatePage {
  readonly updates: readonly Update[]
  readonly total: number
}

const LIVE_MS = 2_000
export const PAGE_SIZE = 25

export function isRunning({ info }: Update): boolean {
  return info.result === 'in-progress'
}

export function updatesQuery(names: StackNames, page: number) {
  return queryOptions({
    queryKey: ['updates', names, page],
    queryFn: ({ signal }) => {
      const query = { 'output-type': 'service', page: String(page), pageSize: String(PAGE_SIZE) }
      return read<UpdatePage>(`${stackPath(names)}/updates?${new URLSearchParams(query)}`, { signal })
    },
    refetchInterval: ({ state }) => (state.data?.updates.some(isRunning) ? LIVE_MS : false),
  })
}

export function updateQuery(names: StackNames, version: string) {
  return queryOptions({
    queryKey: ['update', names, version],
    queryFn: ({ signal }) =>
      read<Update>(`${stackPath(names)}/updates/${encodeURIComponent(version)}`, { signal }),
    refetchInterval: ({ state }) => (state.data && isRunning(state.data) ? LIVE_MS : false),
  })
}

export function previewQuery(names: StackNames, id: string) {
  return queryOptions({
    queryKey: ['preview', names, id],
    queryFn: ({ signal }) =>
      read<Update>(`${stackPath(names)}/previews/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: ({ state }) => (state.data && isRunning(state.data) ? LIVE_MS : false),
  })
}
