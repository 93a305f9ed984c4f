/** Who may do what. Pure, and closed: what no rule allows is refused. */
import type { Operation } from '@daypass/contract/job-protocol.ts'
import { STACK_PERMISSION, type StackPermission } from '@daypass/contract/organizations.ts'
import type { Membership, Principal, UserPrincipal } from './principal.ts'

/** What a rule needs to know of a stack. */
export interface StackPlace {
  readonly id: string
  readonly organizationId: string
  /** What the person of the call was given of it, by a team or as its creator. Absent: nothing. */
  readonly grant?: StackPermission
}

/** The caller's own membership. None for a job: a stack token has no power over an organization. */
export function membershipIn(principal: Principal, organization: string): Membership | undefined {
  if (principal.kind !== 'user') return undefined
  return principal.memberships.find((membership) => membership.organization === organization)
}

/** Never true for a job, not even one that an admin asked for. */
export function isOrganizationAdmin(principal: Principal, organizationId: string): boolean {
  return principal.kind === 'user' && membershipOf(principal, organizationId)?.role === 'admin'
}

/**
 * The stack, its state, its secrets, its history. A job reads its own stack and, for stack references, those of its
 * organization that the person behind it may read: nothing of that person's other organizations.
 */
export function canReadStack(principal: Principal, stack: StackPlace): boolean {
  if (principal.kind === 'user') return permissionOn(principal, stack) >= STACK_PERMISSION.read
  if (stack.id === principal.stackId) return true
  return stack.organizationId === principal.organizationId && canReadStack(principal.user, stack)
}

/**
 * Dry runs, and encrypting or decrypting the stack's secrets: what a preview needs. Whoever may read a stack may
 * preview it. A job: its own stack only.
 */
export function canPreviewStack(principal: Principal, stack: StackPlace): boolean {
  if (principal.kind === 'user') return canReadStack(principal, stack)
  return stack.id === principal.stackId
}

/** Whatever changes the stack's state. A job: its own stack only, and not when its operation only looks. */
export function canWriteStack(principal: Principal, stack: StackPlace): boolean {
  if (principal.kind === 'user') return permissionOn(principal, stack) >= STACK_PERMISSION.write
  return stack.id === principal.stackId && !OPERATIONS_THAT_ONLY_LOOK.has(principal.operation)
}

/** Its name, its end, who may do what with it. Never a job. */
export function canAdministerStack(principal: Principal, stack: StackPlace): boolean {
  return principal.kind === 'user' && permissionOn(principal, stack) >= STACK_PERMISSION.admin
}

/** An organization may keep the end of stacks to its admins. */
export function canDeleteStack(principal: Principal, stack: StackPlace): boolean {
  if (principal.kind !== 'user' || !canAdministerStack(principal, stack)) return false
  return membershipOf(principal, stack.organizationId)?.deletesStacks === true
}

const OPERATIONS_THAT_ONLY_LOOK: ReadonlySet<Operation> = new Set(['preview', 'detect-drift'])

/** The highest of what every member may, a team of the person may, and the stack's creator may. */
function permissionOn(user: UserPrincipal, stack: StackPlace): StackPermission {
  const membership = membershipOf(user, stack.organizationId)
  if (membership === undefined || membership.role === 'billing-manager') return STACK_PERMISSION.none
  if (membership.role === 'admin') return STACK_PERMISSION.admin
  const grant = stack.grant ?? STACK_PERMISSION.none
  return grant > membership.stackPermission ? grant : membership.stackPermission
}

function membershipOf(user: UserPrincipal, organizationId: string): Membership | undefined {
  return user.memberships.find((membership) => membership.organizationId === organizationId)
}
