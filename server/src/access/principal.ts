/**
 * Who is calling: a person, a token of an organization or a team, or the `pulumi` of a running deployment on behalf of
 * whoever asked for it.
 *
 * This folder owns organizations, people, teams, their tokens, logins by other issuers' tokens (oidc), who may do what with
 * which stack, and the pools that
 * runners claim from. It does not own what a job's supervisor may do (jobs) nor a single update's lease (state).
 */
import type { Operation } from '@daypass/contract/job-protocol.ts'

/** `none`: belongs there, and may do there what its teams may. */
export type Role = 'admin' | 'member' | 'billing-manager' | 'none'

export interface Membership {
  readonly organizationId: string
  readonly organization: string
  readonly role: Role
  /** Ids of the organization's teams that it is in; absent: of none. */
  readonly teams?: readonly string[]
}

/**
 * Whoever holds an access token. The token of an organization or a team acts as a user that is there for it alone, so
 * that it can stand wherever a person can.
 */
export interface UserPrincipal {
  readonly kind: 'user'
  readonly userId: string
  readonly login: string
  readonly name: string
  readonly email: string
  /** May make organizations, people and shared pools. Says nothing about what is inside an organization. */
  readonly siteAdmin: boolean
  /** Its default organization first, then the oldest. */
  readonly memberships: readonly Membership[]
  /** Set for an organization's or a team's token: no person. */
  readonly service?: ServiceIdentity
  /** Set for a person whose token an organization's issuer vouched for: it counts in that organization alone. */
  readonly vouchedBy?: { readonly issuer: string }
}

export interface ServiceIdentity {
  readonly kind: 'organization' | 'team'
  /** The token's. */
  readonly name: string
  readonly organization: string
  readonly team: string | undefined
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

/** The user behind the call: what audit records and updates name. */
export function personOf(principal: Principal): UserPrincipal {
  return principal.kind === 'user' ? principal : principal.user
}

/** A token that may do for a person whatever the person may: neither a program's, nor one that counts in one organization. */
export function isPersonThemselves(user: UserPrincipal): boolean {
  return user.service === undefined && user.vouchedBy === undefined
}

/** The organizations that the call may see: all of a person's, and of a job's only its own, if its person is a member. */
export function visibleMemberships(principal: Principal): readonly Membership[] {
  if (principal.kind === 'user') return principal.memberships
  return principal.user.memberships.filter(
    ({ organizationId }) => organizationId === principal.organizationId,
  )
}

/**
 * For audit records: `user:alice`; `user:alice (issuer github)` when that issuer said that it is she; the login of an
 * organization's or team's token, which says what it is (`token:acme/ci`); `deployment:<id>` for what a job's `pulumi` did.
 */
export function actorOf(principal: Principal): string {
  if (principal.kind === 'deployment') return `deployment:${principal.deploymentId}`
  const { service, login, vouchedBy } = principal
  if (service !== undefined) return login
  return vouchedBy === undefined ? `user:${login}` : `user:${login} (issuer ${vouchedBy.issuer})`
}
