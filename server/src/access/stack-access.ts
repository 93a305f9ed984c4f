/** Who may do what with one stack: shown to those who see it, and decided by its admins. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Queryable } from '../db/database.ts'
import { canAdministerStack, canReadStack, membershipIn, type StackPlace } from './permission.ts'
import type { Principal } from './principal.ts'
import { findStackPlace } from './stack-place.ts'

export interface StackNames {
  readonly organization: string
  readonly project: string
  readonly stack: string
}

/** One that does not exist and one that the caller may not see get the same 404. */
export async function stackPlaceFor(
  db: Queryable,
  principal: Principal,
  names: StackNames,
  need: 'read' | 'admin',
): Promise<StackPlace | Refusal> {
  const membership = membershipIn(principal, names.organization)
  const place = membership && (await findStackPlace(db, membership.organizationId, names))
  if (place === undefined || !canReadStack(principal, place)) return noSuchStack(names)
  return need === 'read' || canAdministerStack(principal, place) ? place : stackAdminsOnly
}

function noSuchStack({ organization, project, stack }: StackNames): Refusal {
  return {
    status: 404,
    reason: 'stack_not_found',
    message: `Not Found: no stack named ${organization}/${project}/${stack} that you may see.`,
  }
}

const stackAdminsOnly: Refusal = {
  status: 403,
  reason: 'stack_admin_only',
  message: 'Forbidden: only an admin of the stack may say who may do what with it.',
}
