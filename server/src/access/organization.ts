/** Whether the caller may speak of an organization at all, and administer it. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { membershipIn } from './permission.ts'
import type { Membership, Principal } from './principal.ts'

/**
 * The caller's membership. One that does not exist and one that the caller does not belong to get the same 404, so that
 * nobody can ask which names exist.
 */
export function memberOf(principal: Principal, organization: string): Membership | Refusal {
  return membershipIn(principal, organization) ?? organizationNotFound(organization)
}

export function adminOf(principal: Principal, organization: string): Membership | Refusal {
  const membership = membershipIn(principal, organization)
  if (membership === undefined) return organizationNotFound(organization)
  return membership.role === 'admin' ? membership : adminsOnly
}

export function organizationNotFound(organization: string): Refusal {
  return {
    status: 404,
    reason: 'organization_not_found',
    message: `Not Found: no organization named ${organization.slice(0, 100)} that you are a member of.`,
  }
}

export const adminsOnly: Refusal = {
  status: 403,
  reason: 'organization_admin_only',
  message: 'Only an admin of this organization may do this.',
}
