/** Who may do what. Pure, and closed: what no rule allows is refused. */
import type { Operation } from '@daypass/contract/job-protocol.ts'
import { type Membership, type Principal, type UserPrincipal, visibleMemberships } from './principal.ts'

/** As Pulumi's API numbers them; each includes those before it. */
export const STACK_PERMISSION = { none: 0, read: 101, write: 102, admin: 103 } as const
export type StackPermission = (typeof STACK_PERMISSION)[keyof typeof STACK_PERMISSION]

export interface StackGrant {
  /** Id of a user or a team. */
  readonly holderId: string
  readonly permission: StackPermission
}

/** What a rule needs to know of a stack. */
export interface StackPlace {
  readonly id: string
  readonly organizationId: string
  /** What every member of the organization may do with its stacks. */
  readonly defaultPermission: StackPermission
  /** What users and teams were given of it, and that whoever made it administers it. */
  readonly grants: readonly StackGrant[]
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

/** The most of what the organization gives its members, and of what the user and their teams were given. */
export function stackPermission(user: UserPrincipal, stack: StackPlace): StackPermission {
  const membership = membershipOf(user, stack.organizationId)
  if (membership === undefined || membership.role === 'billing-manager') return STACK_PERMISSION.none
  if (membership.role === 'admin') return STACK_PERMISSION.admin
  const holders = new Set([user.userId, ...(membership.teams ?? [])])
  const granted = stack.grants
    .filter(({ holderId }) => holders.has(holderId))
    .map(({ permission }) => permission)
  const byDefault = membership.role === 'member' ? stack.defaultPermission : STACK_PERMISSION.none
  return Math.max(byDefault, ...granted) as StackPermission
}

/**
 * The stack, its state, its secrets, its history. A job reads its own stack and, for stack references, those of its
 * organization that the person behind it may read: nothing of that person's other organizations.
 */
export function canReadStack(principal: Principal, stack: StackPlace): boolean {
  if (principal.kind === 'user') return stackPermission(principal, stack) >= STACK_PERMISSION.read
  if (stack.id === principal.stackId) return true
  return stack.organizationId === principal.organizationId && canReadStack(principal.user, stack)
}

/** Dry runs, and encrypting the stack's secrets: what a preview needs. A job: of its own stack only. */
export function canPreviewStack(principal: Principal, stack: StackPlace): boolean {
  if (principal.kind === 'user') return stackPermission(principal, stack) >= STACK_PERMISSION.write
  return stack.id === principal.stackId
}

/** Whatever changes the stack's state. A job: its own stack only, and not when its operation only looks. */
export function canWriteStack(principal: Principal, stack: StackPlace): boolean {
  if (principal.kind === 'user') return stackPermission(principal, stack) >= STACK_PERMISSION.write
  return stack.id === principal.stackId && !OPERATIONS_THAT_ONLY_LOOK.has(principal.operation)
}

/** Delete, rename, transfer, and who else may do what with it. Never a job. */
export function canAdministerStack(principal: Principal, stack: StackPlace): boolean {
  return principal.kind === 'user' && stackPermission(principal, stack) >= STACK_PERMISSION.admin
}

/**
 * {@link canReadStack} for lists: the stacks of these organizations whose default permission is at least `least`, and
 * those of which the user or a team of theirs was given anything. A job's own stack is not among them unless its person
 * may read it.
 */
export interface ReadableStacks {
  readonly organizations: readonly { readonly organizationId: string; readonly least: number }[]
  /** Ids of the user and of their teams. */
  readonly holders: readonly string[]
  /** Every stack of each: nothing about a single one needs to be looked at. */
  readonly isEverything: boolean
}

const ABOVE_EVERY_PERMISSION = 999
const LEAST: Readonly<Record<Membership['role'], number>> = {
  admin: STACK_PERMISSION.none,
  member: STACK_PERMISSION.read,
  none: ABOVE_EVERY_PERMISSION,
  'billing-manager': ABOVE_EVERY_PERMISSION,
}

export function readableStacks(principal: Principal, organization?: string): ReadableStacks {
  const user = principal.kind === 'user' ? principal : principal.user
  const memberships = visibleMemberships(principal).filter(
    (one) => one.role !== 'billing-manager' && (organization ?? one.organization) === one.organization,
  )
  return {
    organizations: memberships.map(({ organizationId, role }) => ({ organizationId, least: LEAST[role] })),
    holders:
      memberships.length === 0 ? [] : [user.userId, ...memberships.flatMap(({ teams }) => teams ?? [])],
    isEverything: memberships.length > 0 && memberships.every(({ role }) => role === 'admin'),
  }
}

/** Closed: in an organization that is not among them, nothing is readable by default. */
export function leastIn({ organizations }: ReadableStacks, organizationId: string): number {
  return organizations.find((one) => one.organizationId === organizationId)?.least ?? ABOVE_EVERY_PERMISSION
}

const OPERATIONS_THAT_ONLY_LOOK: ReadonlySet<Operation> = new Set(['preview', 'detect-drift'])

function membershipOf(user: UserPrincipal, organizationId: string): Membership | undefined {
  return user.memberships.find((membership) => membership.organizationId === organizationId)
}
