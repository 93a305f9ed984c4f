/** Who may do what. Pure, and closed: what no rule allows is refused. */
import type { Operation } from '@daypass/contract/job-protocol.ts'
import type { Membership, Principal } from './principal.ts'

/** What a rule needs to know of a stack. */
export interface StackPlace {
  readonly id: string
  readonly organizationId: string
}

/** The caller's own membership. None for a job: a stack token has no power over an organization. */
export function membershipIn(principal: Principal, organization: string): Membership | undefined {
  if (principal.kind !== 'user') return undefined
  return principal.memberships.find((membership) => membership.organization === organization)
}

/** Never true for a job, not even one that an admin asked for. */
export function isOrganizationAdmin(principal: Principal, organizationId: string): boolean {
  return principal.kind === 'user' && roleIn(principal.memberships, organizationId) === 'admin'
}

/**
 * The stack, its state, its secrets, its history. A job reads its own stack and, for stack references, those of its
 * organization that the person behind it may read: nothing of that person's other organizations.
 */
export function canReadStack(principal: Principal, stack: StackPlace): boolean {
  if (principal.kind === 'user') return roleIn(principal.memberships, stack.organizationId) !== undefined
  if (stack.id === principal.stackId) return true
  return stack.organizationId === principal.organizationId && canReadStack(principal.user, stack)
}

/** Dry runs, and encrypting or decrypting the stack's secrets: what a preview needs. A job: of its own stack only. */
export function canPreviewStack(principal: Principal, stack: StackPlace): boolean {
  if (principal.kind === 'user') return canReadStack(principal, stack)
  return stack.id === principal.stackId
}

/** Whatever changes the stack's state. A job: its own stack only, and not when its operation only looks. */
export function canWriteStack(principal: Principal, stack: StackPlace): boolean {
  if (principal.kind === 'user') return canReadStack(principal, stack)
  return stack.id === principal.stackId && !OPERATIONS_THAT_ONLY_LOOK.has(principal.operation)
}

/** What Pulumi calls stack admin. Whoever may write a stack may also delete it, so for people it is the same here. */
export function canAdministerStack(principal: Principal, stack: StackPlace): boolean {
  return principal.kind === 'user' && canWriteStack(principal, stack)
}

const OPERATIONS_THAT_ONLY_LOOK: ReadonlySet<Operation> = new Set(['preview', 'detect-drift'])

function roleIn(memberships: readonly Membership[], organizationId: string): Membership['role'] | undefined {
  return memberships.find((membership) => membership.organizationId === organizationId)?.role
}
