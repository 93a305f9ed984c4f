/** The single actions of `PATCH …/teams/{name}`: those that a request names are done together, or none. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { UpdateTeamRequest } from '@daypass/contract/organizations.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Queryable } from '../db/database.ts'
import { isRefusal } from '../refuse.ts'
import { findMember } from './member.sql.ts'
import { STACK_PERMISSION, type StackPermission } from './permission.ts'
import { actorOf, type Principal } from './principal.ts'
import { stackPlaceFor } from './stack-access.ts'
import {
  deleteTeamMember,
  describeTeam,
  grantStack,
  insertTeamMember,
  revokeStack,
  setTeamRole,
} from './team.sql.ts'
import { isTeamAdmin, type TeamOfCaller, teamAdminsOnly } from './team.ts'

type Action = 'add' | 'remove' | 'promote' | 'demote'

export async function updateTeam(
  tx: Queryable,
  principal: Principal,
  found: TeamOfCaller,
  request: UpdateTeamRequest,
): Promise<Refusal | undefined> {
  const { newDisplayName, newDescription, memberAction, member } = request
  if (typeof newDisplayName === 'string' || typeof newDescription === 'string') {
    const refusal = await describe(tx, principal, found, request)
    if (refusal) return refusal
  }
  if (memberAction) {
    const refusal = await changeMember(tx, principal, found, { action: memberAction, login: member ?? '' })
    if (refusal) return refusal
  }
  for (const grant of [request.addStackPermission, request.editStackPermission]) {
    const refusal = grant && (await changeGrant(tx, principal, found, { ...grant }))
    if (refusal) return refusal
  }
  if (request.removeStack) {
    return changeGrant(tx, principal, found, { ...request.removeStack, permission: STACK_PERMISSION.none })
  }
  return undefined
}

async function describe(
  tx: Queryable,
  principal: Principal,
  found: TeamOfCaller,
  { newDisplayName, newDescription }: UpdateTeamRequest,
): Promise<Refusal | undefined> {
  if (!isTeamAdmin(found)) return teamAdminsOnly
  const { id, displayName, description } = found.team
  const words = { displayName: newDisplayName ?? displayName, description: newDescription ?? description }
  await describeTeam(tx, id, words)
  await note(tx, principal, found, 'team.described', { ...words })
  return undefined
}

async function changeMember(
  tx: Queryable,
  principal: Principal,
  found: TeamOfCaller,
  { action, login }: { readonly action: Action; readonly login: string },
): Promise<Refusal | undefined> {
  const { membership, team } = found
  const leaves =
    action === 'remove' && principal.kind === 'user' && !principal.service && principal.login === login
  if (!isTeamAdmin(found) && !leaves) return teamAdminsOnly
  const { organizationId } = membership
  const person = await findMember(tx, organizationId, login)
  if (person === undefined) return noSuchMember(login)
  const place = { organizationId, teamId: team.id }
  const done =
    action === 'add'
      ? await insertTeamMember(tx, place, person.userId, 'member')
      : action === 'remove'
        ? await deleteTeamMember(tx, team.id, person.userId)
        : await setTeamRole(tx, team.id, person.userId, action === 'promote' ? 'admin' : 'member')
  if (!done) return action === 'add' ? undefined : notInTeam(login)
  await note(tx, principal, found, PAST[action], { login })
  return undefined
}

const PAST: Readonly<Record<Action, string>> = {
  add: 'team.member_added',
  remove: 'team.member_removed',
  promote: 'team.member_promoted',
  demote: 'team.member_demoted',
}

/** Who administers a stack says who else may do what with it; the team's own admins have no say in that. */
export async function changeGrant(
  tx: Queryable,
  principal: Principal,
  found: TeamOfCaller,
  grant: { readonly projectName: string; readonly stackName: string; readonly permission: StackPermission },
): Promise<Refusal | undefined> {
  const { projectName: project, stackName: stack, permission } = grant
  const { organizationId, organization } = found.membership
  const place = await stackPlaceFor(tx, principal, { organization, project, stack }, 'admin')
  if (isRefusal(place)) return place
  const target = `${organization}/${project}/${stack}`
  if (permission === STACK_PERMISSION.none) {
    if (!(await revokeStack(tx, found.team.id, place.id))) return undefined
    await note(tx, principal, found, 'team.stack_removed', { stack: target })
    return undefined
  }
  await grantStack(tx, { organizationId, teamId: found.team.id }, place.id, permission)
  await note(tx, principal, found, 'team.stack_granted', { stack: target, permission })
  return undefined
}

async function note(
  tx: Queryable,
  principal: Principal,
  { membership: { organizationId }, team }: TeamOfCaller,
  action: string,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  await recordAudit(tx, { organizationId, actor: actorOf(principal), action, target: team.name, details })
}

function noSuchMember(login: string): Refusal {
  return {
    status: 404,
    reason: 'member_not_found',
    message: `Not Found: this organization has no member "${login}"; the field "member" of the body is a login.`,
  }
}

function notInTeam(login: string): Refusal {
  return { status: 404, reason: 'member_not_found', message: `Not Found: "${login}" is not in this team.` }
}
