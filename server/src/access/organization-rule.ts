/** What an organization lets those do with stacks who are not its admins: read in the transaction of the act. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Queryable } from '../db/database.ts'
import { findOrganizationSettings } from './organization.sql.ts'
import { isOrganizationAdmin, STACK_PERMISSION } from './permission.ts'
import type { Membership, Principal } from './principal.ts'

/** A team's token may, for its team. */
export async function mayCreateStack(
  tx: Queryable,
  { organizationId, role, teams = [] }: Membership,
): Promise<Refusal | undefined> {
  if (role === 'admin') return undefined
  if (role === 'billing-manager' || (role === 'none' && teams.length === 0)) return noStacks('make')
  const settings = await findOrganizationSettings(tx, organizationId)
  return settings?.membersCreateStacks === true ? undefined : noStacks('make')
}

/** Of somebody who administers the stack. */
export async function mayDeleteStack(
  tx: Queryable,
  principal: Principal,
  organizationId: string,
): Promise<Refusal | undefined> {
  if (isOrganizationAdmin(principal, organizationId)) return undefined
  const settings = await findOrganizationSettings(tx, organizationId)
  return settings?.membersDeleteStacks === true ? undefined : noStacks('delete')
}

export async function mayTransferStack(tx: Queryable, organizationId: string): Promise<boolean> {
  return (await findOrganizationSettings(tx, organizationId))?.membersTransferStacks === true
}

/** Whether somebody may read whichever stack of the organization, without that anybody gave it to them. */
export async function readsByDefault(db: Queryable, { organizationId, role }: Membership): Promise<boolean> {
  if (role !== 'member') return role === 'admin'
  const settings = await findOrganizationSettings(db, organizationId)
  return (settings?.defaultStackPermission ?? STACK_PERMISSION.none) >= STACK_PERMISSION.read
}

function noStacks(verb: 'make' | 'delete'): Refusal {
  return {
    status: 403,
    reason: 'organization_admin_only',
    message: `Forbidden: only an admin of this organization may ${verb} stacks.`,
  }
}
