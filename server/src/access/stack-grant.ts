/**
 * What of a stack was given to somebody by a team or because they made it, as a part of the statements in which other
 * slices read stacks: asked afresh each time, so that a grant that was taken away is gone at once.
 */
import { STACK_PERMISSION } from '@daypass/contract/organizations.ts'
import { type Principal, visibleMemberships } from './principal.ts'

/** An expression about the stack `s`. @param user A parameter: the user's id. */
export function grantSql(user: '$1' | '$4' | '$9'): string {
  return /* sql */ `greatest(
    case when s.created_by = ${user}::uuid then ${STACK_PERMISSION.admin} else ${STACK_PERMISSION.none} end,
    coalesce((
      select max(g.permission) from team_stacks g join team_members t on t.team_id = g.team_id
       where g.stack_id = s.id and t.user_id = ${user}::uuid and t.organization_id = s.organization_id
    ), ${STACK_PERMISSION.none}))`
}

/** In which organizations somebody reads every stack, and in which only those that were given. */
export interface ReadableOrganizations {
  readonly all: readonly string[]
  readonly given: readonly string[]
}

export function readableOrganizations(principal: Principal): ReadableOrganizations {
  const memberships = visibleMemberships(principal).filter(({ role }) => role !== 'billing-manager')
  const readsAll = memberships.filter(
    ({ role, stackPermission }) => role === 'admin' || stackPermission >= STACK_PERMISSION.read,
  )
  const given = memberships.filter((membership) => !readsAll.includes(membership))
  const ids = (some: typeof memberships) => some.map(({ organizationId }) => organizationId)
  return { all: ids(readsAll), given: ids(given) }
}
