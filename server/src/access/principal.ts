/**
 * Who is calling: a person, a token that acts for an organization or a team, or the `pulumi` of a running deployment on
 * behalf of the one who asked for it.
 *
 * This folder owns organizations, people, teams, their tokens, and the pools that runners claim from. It does not own
 * what a job's supervisor may do (jobs) nor a single update's lease (state).
 */
import type { Operation } from '@daypass/contract/job-protocol.ts'
import type { OrganizationRole, StackPermission } from '@daypass/contract/organizations.ts'

export type Role = OrganizationRole

export interface Membership {
  readonly organizationId: string
  readonly organization: string
  readonly role: Role
  /** What the organization lets every member do with each stack; of a team's token none. */
  readonly stackPermission: StackPermission
  readonly createsStacks: boolean
  /** Of the stacks that they administer. */
  readonly deletesStacks: boolean
}

/** A person or a program with an access token. */
export interface UserPrincipal {
  readonly kind: 'user'
  readonly userId: string
  /** Of a token that acts for itself: `acme:ci`, of a team `acme/ops:ci`. */
  readonly login: string
  readonly name: string
  readonly email: string
  /** May make organizations, people and shared pools. Says nothing about what is inside an organization. */
  readonly siteAdmin: boolean
  /** The person's default first, then the oldest. */
  readonly memberships: readonly Membership[]
  /** Absent: a person. */
  readonly service?: Service
  /** The token was given for one of another issuer: it reaches one organization, and makes no tokens. */
  readonly exchanged?: true
}

/** A token that acts for an organization or a team, not for a person. */
export interface Service {
  readonly kind: 'organization' | 'team'
  readonly token: string
  /** Empty for an organization's. */
  readonly team: string
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

/** For audit records: `user:alice`, `token:acme:ci`, or `deployment:<id>` for what a job's `pulumi` did. */
export function actorOf(principal: Principal): string {
  if (principal.kind === 'deployment') return `deployment:${principal.deploymentId}`
  return `${principal.service ? 'token' : 'user'}:${principal.login}`
}
