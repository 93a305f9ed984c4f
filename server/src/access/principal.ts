/**
 * Who is calling: a person, or the `pulumi` of a running deployment on behalf of the person who asked for it.
 *
 * This folder owns organizations, people, their tokens, and the pools that runners claim from. It does not own what
 * a job's supervisor may do (jobs) nor a single update's lease (state).
 */
import type { Operation } from '@daypass/contract/job-protocol.ts'

export type Role = 'admin' | 'member'

export interface Membership {
  readonly organizationId: string
  readonly organization: string
  readonly role: Role
}

/** A person or a program with an access token. */
export interface UserPrincipal {
  readonly kind: 'user'
  readonly userId: string
  readonly login: string
  readonly name: string
  readonly email: string
  /** May make organizations and shared pools. Says nothing about what is inside an organization. */
  readonly siteAdmin: boolean
  /** The oldest first. */
  readonly memberships: readonly Membership[]
}

/** A stack token, held by a job's `pulumi` while the job's lease lives. */
export interface DeploymentPrincipal {
  readonly kind: 'deployment'
  readonly deploymentId: string
  readonly stackId: string
  readonly organizationId: string
  readonly operation: Operation
  /** The claim that the token belongs to: a write is refused when the deployment has been claimed again. */
  readonly fencing: number
  /** Who asked for the deployment. */
  readonly user: UserPrincipal
}

export type Principal = UserPrincipal | DeploymentPrincipal

/** The person behind the call: what audit records and updates name. */
export function personOf(principal: Principal): UserPrincipal {
  return principal.kind === 'user' ? principal : principal.user
}

/** The organizations that the call may see: all of a person's, and of a job's only its own, if its person is a member. */
export function visibleMemberships(principal: Principal): readonly Membership[] {
  if (principal.kind === 'user') return principal.memberships
  return principal.user.memberships.filter(
    ({ organizationId }) => organizationId === principal.organizationId,
  )
}

/** For audit records: `user:alice`, or `deployment:<id>` for what a job's `pulumi` did. */
export function actorOf(principal: Principal): string {
  return principal.kind === 'user' ? `user:${principal.login}` : `deployment:${principal.deploymentId}`
}
