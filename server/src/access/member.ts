/** Who belongs to an organization, and as what. Its last admin stays one: nobody could let anybody in again. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Queryable } from '../db/database.ts'
import { isUniqueViolation } from '../db/errors.ts'
import { deleteMember, findMember, hasOtherAdmin, holdOrganization, setRole } from './member.sql.ts'
import { insertMember } from './organization.sql.ts'
import type { Membership, Role } from './principal.ts'
import { findPerson } from './user.sql.ts'

export interface MemberChange {
  readonly membership: Membership
  readonly actor: string
  readonly login: string
}

/** Call it in a transaction. */
export async function addMember(
  tx: Queryable,
  { membership: { organizationId }, actor, login }: MemberChange,
  role: Role,
): Promise<Refusal | undefined> {
  const person = await findPerson(tx, login)
  if (person === undefined) return noSuchPerson(login)
  try {
    await insertMember(tx, { organizationId, userId: person.id, role })
  } catch (error) {
    if (isUniqueViolation(error, 'members_pkey')) return memberExists(login)
    throw error
  }
  await recordAudit(tx, { organizationId, actor, action: 'member.added', target: login, details: { role } })
  return undefined
}

/** Call it in a transaction. */
export async function changeRole(
  tx: Queryable,
  { membership: { organizationId }, actor, login }: MemberChange,
  role: Role,
): Promise<Refusal | undefined> {
  await holdOrganization(tx, organizationId)
  const member = await findMember(tx, organizationId, login)
  if (member === undefined) return noSuchMember(login)
  if (member.role === role) return undefined
  if (member.role === 'admin' && !(await hasOtherAdmin(tx, organizationId, member.userId))) return lastAdmin
  await setRole(tx, organizationId, member.userId, role)
  const details = { role, roleBefore: member.role }
  await recordAudit(tx, { organizationId, actor, action: 'member.role_changed', target: login, details })
  return undefined
}

/** Call it in a transaction. */
export async function removeMember(
  tx: Queryable,
  { membership: { organizationId }, actor, login }: MemberChange,
): Promise<Refusal | undefined> {
  await holdOrganization(tx, organizationId)
  const member = await findMember(tx, organizationId, login)
  if (member === undefined) return noSuchMember(login)
  if (member.role === 'admin' && !(await hasOtherAdmin(tx, organizationId, member.userId))) return lastAdmin
  await deleteMember(tx, organizationId, member.userId)
  const details = { role: member.role }
  await recordAudit(tx, { organizationId, actor, action: 'member.removed', target: login, details })
  return undefined
}

export const lastAdmin: Refusal = {
  status: 409,
  reason: 'last_admin',
  message: 'This is the last admin of the organization who can log in: make somebody else admin first.',
}

export function noSuchMember(login: string): Refusal {
  const message = `Not Found: ${JSON.stringify(login)} is no member of this organization.`
  return { status: 404, reason: 'member_not_found', message }
}

export function noSuchPerson(login: string): Refusal {
  const message = `Not Found: there is nobody with the login ${JSON.stringify(login)}; a site admin adds people.`
  return { status: 404, reason: 'user_not_found', message }
}

function memberExists(login: string): Refusal {
  const message = `${JSON.stringify(login)} is a member of this organization already.`
  return { status: 409, reason: 'member_exists', message }
}
