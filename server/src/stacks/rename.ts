/**
 * A stack under another name, or in another organization. It stays the same stack: its keys, history and settings hang
 * on its id. The name that it gives up is retired, for a cloud's trust policy may still name it.
 *
 * Its deployments get cloud credentials under its name, and only organization admins decide about those. So a stack
 * with an `oidc` block is renamed by admins, and the admins of both organizations must agree to a transfer.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import { memberOf } from '../access/organization.ts'
import { mayCreateStack, mayTransferStack } from '../access/organization-rule.ts'
import { isOrganizationAdmin } from '../access/permission.ts'
import { actorOf, type Membership, type UserPrincipal } from '../access/principal.ts'
import { takeFromEverybody } from '../access/team.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database, Queryable } from '../db/database.ts'
import { isUniqueViolation } from '../db/errors.ts'
import { isRefusal } from '../refuse.ts'
import { retireNameOf } from './delete.sql.ts'
import { holdIdleStack } from './held.ts'
import {
  hasIdentity,
  isNameTaken,
  moveDeploymentRows,
  moveStackRow,
  type NewPlace,
  takeTrustOf,
  unfinishedDeployment,
} from './rename.sql.ts'
import { loadStackFor, type Stack, type StackNames, type StateOfStacks } from './stack.ts'

export interface RenameServices {
  readonly db: Database
  readonly state: StateOfStacks
}

/** Project and name that the stack is to have. @returns Undefined when it has them. */
export async function renameStack(
  { db, state }: RenameServices,
  principal: UserPrincipal,
  names: StackNames,
  to: { readonly project: string; readonly name: string },
): Promise<Refusal | undefined> {
  return refusingTakenName({ ...to, organization: names.organization }, () =>
    db.transaction(async (tx) => {
      const stack = await loadStackFor(tx, principal, names, 'admin')
      if (isRefusal(stack)) return stack
      const { id, organizationId } = stack
      const place = { organizationId, ...to }
      if (await isNameTaken(tx, place)) return nameTaken({ ...to, organization: stack.organization })
      const held = await holdIdleStack(tx, stack, state)
      if (held) return held
      if (!isOrganizationAdmin(principal, organizationId) && (await hasIdentity(tx, id))) return adminsOnly
      const refusal = await state.rename(tx, {
        stackId: id,
        from: { project: stack.project, stack: stack.name },
        to: { project: to.project, stack: to.name },
        requestedBy: principal.userId,
      })
      if (refusal) return refusal
      const given = `${stack.organization}/${to.project}/${to.name}`
      await move(tx, principal, stack, { place, action: 'stack.renamed', details: { to: given } })
      return undefined
    }),
  )
}

/** To another organization, under the same project and name. @returns Undefined when it is there. */
export async function transferStack(
  { db, state }: RenameServices,
  principal: UserPrincipal,
  names: StackNames,
  toOrganization: string,
): Promise<Refusal | undefined> {
  return refusingTakenName({ project: names.project, name: names.stack, organization: toOrganization }, () =>
    db.transaction(async (tx) => {
      const stack = await loadStackFor(tx, principal, names, 'admin')
      if (isRefusal(stack)) return stack
      const destination = memberOf(principal, toOrganization)
      if (isRefusal(destination)) return destination
      const { organizationId } = destination
      const ruled = await whyNotTransfer(tx, principal, stack, destination)
      if (ruled) return ruled
      const place = { organizationId, project: stack.project, name: stack.name }
      if (await isNameTaken(tx, place)) return nameTaken({ ...place, organization: toOrganization })
      const held = await holdIdleStack(tx, stack, state)
      if (held) return held
      const waiting = await unfinishedDeployment(tx, stack.id)
      if (waiting !== undefined) return deploymentWaits(waiting)
      const details = { from: stack.organization, to: toOrganization }
      await takeFromEverybody(tx, stack.id)
      await takeTrustOf(tx, stack.id)
      await move(tx, principal, stack, { place, action: 'stack.transferred', details })
      await moveDeploymentRows(tx, stack.id, organizationId)
      const target = `${toOrganization}/${stack.project}/${stack.name}`
      await recordAudit(tx, {
        organizationId,
        actor: actorOf(principal),
        action: 'stack.received',
        target,
        details,
      })
      return undefined
    }),
  )
}

async function move(
  tx: Queryable,
  principal: UserPrincipal,
  stack: Stack,
  to: {
    readonly place: NewPlace
    readonly action: string
    readonly details: Readonly<Record<string, string>>
  },
): Promise<void> {
  await retireNameOf(tx, stack.id)
  await moveStackRow(tx, stack.id, to.place)
  const { organizationId } = stack
  const target = `${stack.organization}/${stack.project}/${stack.name}`
  const { action, details } = to
  await recordAudit(tx, { organizationId, actor: actorOf(principal), action, target, details })
}

interface FullName {
  readonly organization: string
  readonly project: string
  readonly name: string
}

/** Somebody else may take the name between the question and the answer. */
async function refusingTakenName(
  name: FullName,
  work: () => Promise<Refusal | undefined>,
): Promise<Refusal | undefined> {
  try {
    return await work()
  } catch (error) {
    if (isUniqueViolation(error, 'stacks_organization_id_project_name_key')) return nameTaken(name)
    throw error
  }
}

function nameTaken({ organization, project, name }: FullName): Refusal {
  return {
    status: 409,
    reason: 'stack_exists',
    message: `Conflict: Stack ${organization}/${project}/${name} already exists.`,
  }
}

/**
 * An admin of both organizations may. Where the first lets its members, whoever administers the stack may take it to an
 * organization in which they may make stacks, unless its deployments get cloud credentials under its name.
 */
async function whyNotTransfer(
  tx: Queryable,
  principal: UserPrincipal,
  stack: Stack,
  destination: Membership,
): Promise<Refusal | undefined> {
  if (isOrganizationAdmin(principal, stack.organizationId) && destination.role === 'admin') return undefined
  const letsMembers = await mayTransferStack(tx, stack.organizationId)
  if (!letsMembers || (await hasIdentity(tx, stack.id))) return adminsOfBothOnly
  return mayCreateStack(tx, destination)
}

function deploymentWaits(version: number): Refusal {
  return {
    status: 409,
    reason: 'deployment_waiting',
    message: `Conflict: Deployment ${version} of this stack has not run yet: cancel it, or wait until it has ended.`,
  }
}

const adminsOnly: Refusal = {
  status: 403,
  reason: 'oidc_admin_only',
  message:
    'Forbidden: deployments of this stack get cloud credentials under its name (operationContext.oidc), so only an organization admin may rename it.',
}

const adminsOfBothOnly: Refusal = {
  status: 403,
  reason: 'organization_admin_only',
  message: 'Forbidden: only an admin of both organizations may move a stack from one to the other.',
}
