/** Permissions of single people on a stack: given by the stack's admins to members of its organization. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Queryable } from '../db/database.ts'
import { isRefusal } from '../refuse.ts'
import { deleteCollaborator, setCollaborator } from './collaborator.sql.ts'
import { findMember } from './member.sql.ts'
import { STACK_PERMISSION, type StackPermission } from './permission.ts'
import { actorOf, type Principal } from './principal.ts'
import { type StackNames, stackPlaceFor } from './stack-access.ts'

/** @param permission None: what the person was given is taken away. */
export async function changeCollaborator(
  tx: Queryable,
  principal: Principal,
  { login, organization, project, stack }: StackNames & { readonly login: string },
  permission: StackPermission,
): Promise<Refusal | undefined> {
  const place = await stackPlaceFor(tx, principal, { organization, project, stack }, 'admin')
  if (isRefusal(place)) return place
  const { id: stackId, organizationId } = place
  const member = await findMember(tx, organizationId, login)
  if (member === undefined || member.role === 'billing-manager') return noCollaborator(login)
  const isTaken = permission === STACK_PERMISSION.none
  if (isTaken) {
    if (!(await deleteCollaborator(tx, stackId, member.userId))) return undefined
  } else {
    await setCollaborator(tx, { organizationId, stackId, userId: member.userId }, permission)
  }
  await recordAudit(tx, {
    organizationId,
    actor: actorOf(principal),
    action: isTaken ? 'stack.collaborator_removed' : 'stack.collaborator_set',
    target: `${organization}/${project}/${stack}`,
    details: { login, ...(!isTaken && { permission }) },
  })
  return undefined
}

function noCollaborator(login: string): Refusal {
  return {
    status: 404,
    reason: 'member_not_found',
    message: `Not Found: this organization has no admin or member "${login}".`,
  }
}
