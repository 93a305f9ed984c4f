/** The organization of a route under `/api/orgs/…`: one that the caller does not belong to is not there. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { membershipIn } from './permission.ts'
import type { Membership, Principal } from './principal.ts'

export function memberOf(principal: Principal, organization: string): Membership | Refusal {
  return membershipIn(principal, organization) ?? organizationNotFound(organization)
}

export function adminOf(principal: Principal, organization: string): Membership | Refusal {
  const membership = membershipIn(principal, organization)
  if (membership === undefined) return organizationNotFound(organization)
  return membership.role === 'admin' ? membership : ORGANIZATION_ADMIN_ONLY
}

function organizationNotFound(organization: string): Refusal {
  return {
    status: 404,
    reason: 'organization_not_found',
    message: `Not Found: no organization named ${JSON.stringify(organization)} that you are a member of.`,
  }
}

export const ORGANIZATION_ADMIN_ONLY: Refusal = {
  status: 403,
  reason: 'organization_admin_only',
  message: 'Only an admin of this organization may do this.',
}
