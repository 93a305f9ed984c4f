/** What was done to a stack: every update that may have written, newest first, in the two shapes that clients read. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { HistoryRow } from './history.sql.ts'

/** The CLI's own, flat. Times are Unix seconds. @see apitype.UpdateInfo */
export interface UpdateInfo {
  readonly kind: string
  readonly startTime: number
  /** 0 while it runs. */
  readonly endTime: number
  readonly message: string
  readonly environment: Readonly<Record<string, string>>
  readonly config: Readonly<Record<string, unknown>>
  readonly result: 'not-started' | 'in-progress' | 'succeeded' | 'failed'
  readonly version: number
  readonly resourceChanges?: Readonly<Record<string, number>>
  readonly resourceCount?: number
}

/** As Pulumi's service describes it. */
export interface FullUpdateInfo {
  readonly updateID: string
  readonly version: number
  readonly latestVersion: number
  readonly requestedBy: { readonly name: string; readonly githubLogin: string; readonly avatarUrl: string }
  readonly info: UpdateInfo
}

const RESULTS = {
  'not started': 'not-started',
  running: 'in-progress',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'failed',
} as const

export function infoFrom(row: HistoryRow): UpdateInfo {
  const { message, environment } = metadataFrom(row.metadata)
  return {
    kind: row.kind,
    startTime: unixSeconds(row.startedAt),
    endTime: unixSeconds(row.endedAt),
    message,
    environment,
    // Strings and truth values only: nothing that parsing could change.
    config: JSON.parse(row.config),
    result: RESULTS[row.status],
    version: row.version ?? row.latestVersion,
    ...(row.resourceChanges && { resourceChanges: row.resourceChanges }),
    ...(row.resourceCount !== null && { resourceCount: row.resourceCount }),
  }
}

export function fullInfoFrom(row: HistoryRow): FullUpdateInfo {
  return {
    updateID: row.id,
    version: row.version ?? row.latestVersion,
    latestVersion: row.latestVersion,
    requestedBy: { name: row.name ?? '', githubLogin: row.login ?? '', avatarUrl: '' },
    info: infoFrom(row),
  }
}

export function versionNotFound(version: number): Refusal {
  const message = `Not Found: this stack has no update with version ${version}.`
  return { status: 404, reason: 'version_not_found', message }
}

function metadataFrom(text: string): Pick<UpdateInfo, 'message' | 'environment'> {
  const { message, environment }: { message?: unknown; environment?: unknown } = JSON.parse(text)
  const entries = typeof environment === 'object' && environment !== null ? Object.entries(environment) : []
  const strings = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return { message: typeof message === 'string' ? message : '', environment: Object.fromEntries(strings) }
}

function unixSeconds(time: Date | null): number {
  return time ? Math.floor(time.getTime() / 1000) : 0
}
