/**
 * Teams: members of an organization who are given stacks together.
 *
 * A request to change a team names one action. Who belongs to it its own admins decide too; what it is given of which
 * stacks only admins of the organization do.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import {
  STACK_PERMISSION,
  type StackPermission,
  type UpdateTeamRequest,
} from '@daypass/contract/organizations.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Queryable } from '../db/database.ts'
import { findMember } from './member.sql.ts'
import { noSuchMember } from './member.ts'
import { ORGANIZATION_ADMIN_ONLY } from './organization-scope.ts'
import type { Membership } from './principal.ts'
import {
  deleteTeamMember,
  deleteTeamStack,
  describeTeam,
  findStackId,
  putTeamMember,
  putTeamStack,
  type TeamRow,
} from './team.sql.ts'

export type TeamAction =
  | { readonly kind: 'describe'; readonly displayName: string | null; readonly description: string | null }
  | { readonly kind: 'add' | 'remove' | 'promote' | 'demote'; readonly login: string }
  | { readonly kind: 'stack'; readonly stack: StackName; readonly permission: StackPermission }

interface StackName {
  readonly project: string
  readonly name: string
}

/** The one action of a request. */
export function teamActionOf(request: UpdateTeamRequest): TeamAction | Refusal {
  const { newDisplayName, newDescription, memberAction, member } = request
  const actions: TeamAction[] = []
  if (typeof newDisplayName === 'string' || typeof newDescription === 'string') {
    actions.push({
      kind: 'describe',
      displayName: newDisplayName ?? null,
      description: newDescription ?? null,
    })
  }
  if (memberAction) {
    if (!member) return badAction('The field "member" of the body is missing: whom "memberAction" is about.')
    actions.push({ kind: memberAction, login: member })
  }
  for (const grant of [request.addStackPermission, request.editStackPermission]) {
    if (!grant) continue
    const { permission, projectName: project, stackName: name } = grant
    actions.push({ kind: 'stack', stack: { project, name }, permission })
  }
  if (request.removeStack) {
    const { projectName: project, stackName: name } = request.removeStack
    actions.push({ kind: 'stack', stack: { project, name }, permission: STACK_PERMISSION.none })
  }
  const [action, ...others] = actions
  if (action === undefined || others.length > 0)
    return badAction('The body must name exactly one change to the team.')
  return action
}

export interface TeamChange {
  readonly team: TeamRow
  readonly membership: Membership
  readonly actor: string
  /** The caller's. */
  readonly login: string
}

/** Call it in a transaction. */
export async function changeTeam(
  tx: Queryable,
  change: TeamChange,
  action: TeamAction,
): Promise<Refusal | undefined> {
  const { team, membership, login } = change
  const isAdmin = membership.role === 'admin'
  const isTeamAdmin = team.members.some((member) => member.login === login && member.role === 'admin')
  if (!isAdmin && (action.kind === 'stack' || !isTeamAdmin)) return ORGANIZATION_ADMIN_ONLY
  switch (action.kind) {
    case 'describe': {
      const displayName = action.displayName ?? team.displayName
      const description = action.description ?? team.description
      await describeTeam(tx, team.id, { displayName, description })
      return note(tx, change, 'team.changed', { displayName, description })
    }
    case 'stack':
      return changeStack(tx, change, action.stack, action.permission)
    default:
      return changeMember(tx, change, action.kind, action.login)
  }
}

async function changeMember(
  tx: Queryable,
  change: TeamChange,
  action: 'add' | 'remove' | 'promote' | 'demote',
  login: string,
): Promise<Refusal | undefined> {
  const { team, membership } = change
  const { organizationId } = membership
  const member = await findMember(tx, organizationId, login)
  if (member === undefined) return noSuchMember(login)
  const { userId } = member
  if (action === 'remove') {
    if (!(await deleteTeamMember(tx, team.id, userId))) return notInTeam(login)
    return note(tx, change, 'team.member_removed', { login })
  }
  const isIn = team.members.some((one) => one.login === login)
  if (action === 'add' && isIn) return undefined
  if (action !== 'add' && !isIn) return notInTeam(login)
  const role = action === 'promote' ? 'admin' : 'member'
  await putTeamMember(tx, { organizationId, teamId: team.id, userId, role })
  return note(tx, change, action === 'add' ? 'team.member_added' : 'team.role_changed', { login, role })
}

async function changeStack(
  tx: Queryable,
  change: TeamChange,
  stack: StackName,
  permission: StackPermission,
): Promise<Refusal | undefined> {
  const { team, membership } = change
  const stackId = await findStackId(tx, membership.organizationId, stack)
  if (stackId === undefined) return noSuchStack(stack)
  const details = { stack: `${membership.organization}/${stack.project}/${stack.name}`, permission }
  if (permission === STACK_PERMISSION.none) await deleteTeamStack(tx, team.id, stackId)
  else await putTeamStack(tx, team.id, stackId, permission)
  return note(tx, change, 'team.stack_permission_changed', details)
}

async function note(
  tx: Queryable,
  { team, membership, actor }: TeamChange,
  action: string,
  details: Readonly<Record<string, unknown>>,
): Promise<undefined> {
  const { organizationId } = membership
  await recordAudit(tx, { organizationId, actor, action, target: team.name, details })
  return undefined
}

const badAction = (message: string): Refusal => ({ status: 400, reason: 'invalid_request', message })

function notInTeam(login: string): Refusal {
  return { status: 404, reason: 'member_not_found', message: `${JSON.stringify(login)} is not in this team.` }
}

function noSuchStack({ project, name }: StackName): Refusal {
  return { status: 404, reason: 'stack_not_found', message: `There is no stack ${project}/${name} here.` }
}
