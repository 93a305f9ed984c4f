/** Audit records in the shapes of Pulumi's API, whose readers are programs that another service wrote the words for. */
import type { AuditLogEvent } from '@daypass/contract/audit-log.ts'
import type { AuditRow } from './audit-log.sql.ts'

export function auditEvent({ at, actor, name, email, action, target, details }: AuditRow): AuditLogEvent {
  const login = /^user:(\S+)/.exec(actor)?.[1] ?? actor
  return {
    timestamp: Math.floor(at.getTime() / 1000),
    sourceIP: '',
    event: action,
    description: `${inWords(action)}: ${target}`,
    user: { name: name || login, githubLogin: login, avatarUrl: '', ...(email && { email }) },
    actorName: actor,
    details: { ...details },
  }
}

export function eventType(action: string) {
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
function inWords(action: string): string {
  const words = action.replaceAll(/[._]/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Every action is one of its kind, so the part before the dot sorts them. */
export const ACTIONS_OF_EVERY_ORGANIZATION: readonly string[] = [
  'auth_policy.changed',
  'member.added',
  'member.removed',
  'member.role_changed',
  'oidc_issuer.changed',
  'oidc_issuer.deleted',
  'oidc_issuer.registered',
  'organization.created',
  'organization.settings_changed',
  'organization_token.created',
  'organization_token.revoked',
  'stack.created',
  'stack.deleted',
  'stack.renamed',
  'team.created',
  'team.deleted',
  'team_token.created',
  'team_token.revoked',
  'token.exchanged',
]
