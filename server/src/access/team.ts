/** Teams: who sees and who administers one, and what it is given of stacks that come and go. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Queryable } from '../db/database.ts'
import { isRefusal } from '../refuse.ts'
import { memberOf } from './organization.ts'
import { STACK_PERMISSION } from './permission.ts'
import type { Membership, Principal, UserPrincipal } from './principal.ts'
import { personOf } from './principal.ts'
import { findTeam, grantStack, grantStackAtLeast, revokeEverybody, type Team, teamIdsOf } from './team.sql.ts'

export interface TeamOfCaller {
  readonly membership: Membership
  readonly team: Team
}

/** Members of the organization see its teams. */
export async function teamSeenBy(
  db: Queryable,
  principal: Principal,
  organization: string,
  name: string,
): Promise<TeamOfCaller | Refusal> {
  const membership = memberOf(principal, organization)
  if (isRefusal(membership)) return membership
  const team = await findTeam(db, membership.organizationId, name, personOf(principal).userId)
  return team ? { membership, team } : noSuchTeam(name)
}

/** Its own admins, and those of the organization. */
export async function teamAdministeredBy(
  db: Queryable,
  principal: Principal,
  organization: string,
  name: string,
): Promise<TeamOfCaller | Refusal> {
  const found = await teamSeenBy(db, principal, organization, name)
  return isRefusal(found) || isTeamAdmin(found) ? found : teamAdminsOnly
}

export function isTeamAdmin({ membership, team }: TeamOfCaller): boolean {
  return membership.role === 'admin' || team.userRole === 'admin'
}

/** Whoever makes a stack administers it: with a team's token, the team does. */
export async function giveToMaker(
  tx: Queryable,
  maker: UserPrincipal,
  { organizationId, teams = [] }: Membership,
  stackId: string,
): Promise<void> {
  const [teamId] = maker.service?.kind === 'team' ? teams : []
  if (teamId !== undefined) await grantStack(tx, { organizationId, teamId }, stackId, STACK_PERMISSION.admin)
}

/** Ids of teams; a refusal when one of them is none of the organization. */
export async function teamsNamed(
  tx: Queryable,
  organizationId: string,
  names: readonly string[],
): Promise<readonly string[] | Refusal> {
  const known = await teamIdsOf(tx, organizationId, names)
  const missing = names.find((name) => !known.has(name))
  return missing === undefined ? [...known.values()] : noSuchTeam(missing)
}

/** As `pulumi stack init --teams` says: they may read and update it. What the maker's own team has stays. */
export async function giveToTeams(
  tx: Queryable,
  { organizationId, stackId }: { readonly organizationId: string; readonly stackId: string },
  teamIds: readonly string[],
): Promise<void> {
  for (const teamId of teamIds) {
    await grantStackAtLeast(tx, { organizationId, teamId }, stackId, STACK_PERMISSION.write)
  }
}

/** Before a stack goes to another organization. */
export async function takeFromEverybody(tx: Queryable, stackId: string): Promise<void> {
  await revokeEverybody(tx, stackId)
}

function noSuchTeam(name: string): Refusal {
  return {
    status: 404,
    reason: 'team_not_found',
    message: `Not Found: this organization has no team "${name.slice(0, 100)}".`,
  }
}

export const teamAdminsOnly: Refusal = {
  status: 403,
  reason: 'team_admin_only',
  message: 'Only an admin of this team or of its organization may do this.',
}
