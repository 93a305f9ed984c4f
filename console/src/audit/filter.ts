/** What is asked of the audit log, as the server takes it. */
import type { AuditSearch } from './search.ts'

export interface AuditFilter {
  readonly eventType?: string
  readonly user?: string
  /** Seconds since 1970, both with the whole of them. */
  readonly startTime?: number
  readonly endTime?: number
}

/** Days are those of the person's own clock. */
export function filterOf({ event, user, from, to }: AuditSearch): AuditFilter {
  return {
    ...(event && { eventType: event }),
    ...(user && { user }),
    ...(from && { startTime: secondsOf(from, '00:00:00') }),
    ...(to && { endTime: secondsOf(to, '23:59:59') }),
  }
}

/** Without a zone, a time is of the clock here; what is no day is no limit. */
function secondsOf(day: string, time: string): number {
  return Math.floor(new Date(`${day}T${time}`).getTime() / 1000) || 0
}

/** Below the base path. */
export function exportPath(organization: string, search: AuditSearch, format: 'csv' | 'jsonl'): string {
  const asked = Object.entries({ ...filterOf(search), format }).map(([name, value]) => [name, String(value)])
  return `api/orgs/${encodeURIComponent(organization)}/auditlogs/v2/export?${new URLSearchParams(asked)}`
}
