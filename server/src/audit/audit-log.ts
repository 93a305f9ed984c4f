/**
 * The audit log as it is read: in the shapes of Pulumi's API, whose readers are programs that another service wrote the
 * words for.
 *
 * Owns: those shapes, and what a reader may ask for. Does not own: what is recorded, nor who may read it.
 */
import type { AuditEventType, AuditLogEvent } from '@daypass/contract/audit-log.ts'
import type { Queryable } from '../db/database.ts'
import { type AuditFilter, type AuditRow, listAudit } from './audit-log.sql.ts'

export interface AskedFilter {
  readonly eventType?: string
  readonly eventFilter?: string
  readonly user?: string
  readonly userFilter?: string
  readonly continuationToken?: string
}

export interface AskedTimes {
  /** Seconds since 1970; 0 is not given. */
  readonly from?: number | undefined
  readonly until?: number | undefined
}

/** An empty text is not given: generated clients send one. */
export function readFilter(
  organizationId: string | null,
  { eventType, eventFilter, user, userFilter, continuationToken }: AskedFilter,
  { from, until }: AskedTimes,
): AuditFilter {
  return {
    organizationId,
    from: from ? new Date(from * 1000) : undefined,
    // With the whole of its second.
    before: until ? new Date((until + 1) * 1000) : undefined,
    action: eventType || eventFilter || undefined,
    who: user || userFilter || undefined,
    olderThanSeq: continuationToken ? Number(continuationToken) : undefined,
  }
}

export interface AuditPage {
  readonly events: readonly AuditLogEvent[]
  /** Undefined: this was the last page. */
  readonly continuationToken: string | undefined
}

export async function readPage(db: Queryable, filter: AuditFilter, size: number): Promise<AuditPage> {
  const rows = await listAudit(db, filter, size + 1)
  const page = rows.slice(0, size)
  const last = rows.length > size ? page.at(-1) : undefined
  return { events: page.map(auditEvent), continuationToken: last && String(last.seq) }
}

function auditEvent({ at, actor, name, email, action, target, details }: AuditRow): AuditLogEvent {
  const login = /^user:(\S+)/.exec(actor)?.[1] ?? actor
  return {
    timestamp: Math.floor(at.getTime() / 1000),
    sourceIP: '',
    event: action,
    description: `${inWords(action)}: ${target}`,
    user: { name: name || login, githubLogin: login, avatarUrl: '', ...(email && { email }) },
    actorName: actor,
    details: { target, ...details },
  }
}

export function eventType(action: string): AuditEventType {
  return {
    event: action,
    displayName: inWords(action),
    description: `${inWords(action)}.`,
    requiresOrgAdmin: false,
    requiresStackAdmin: false,
    authenticationFailure: false,
    deprecated: false,
  }
}

/** `member.role_changed` is "Member role changed". */
export function inWords(action: string): string {
  const words = action.replaceAll(/[._]/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
