/** Teams, who is in them, and what they may do with which stacks. */
import type { Queryable } from '../db/database.ts'
import { leastIn, type ReadableStacks, type StackPermission } from './permission.ts'
import { isReadable } from './stack-place.ts'

export interface Team {
  readonly id: string
  readonly name: string
  readonly displayName: string
  readonly description: string
  /** The caller's in it. */
  readonly userRole: 'member' | 'admin' | 'none'
}

const SELECT = /* sql */ `
  select t.id, t.name, t.display_name as "displayName", t.description, coalesce(m.role, 'none') as "userRole"
    from teams t left join team_members m on m.team_id = t.id and m.user_id = $2
   where t.organization_id = $1`

export async function listTeams(db: Queryable, organizationId: string, userId: string): Promise<Team[]> {
  return (await db.query<Team>(`${SELECT} order by t.name`, [organizationId, userId])).rows
}

export async function findTeam(
  db: Queryable,
  organizationId: string,
  name: string,
  userId: string,
): Promise<Team | undefined> {
  return (await db.query<Team>(`${SELECT} and t.name = $3`, [organizationId, userId, name])).rows[0]
}

export async function insertTeam(
  tx: Queryable,
  team: { id: string; organizationId: string; name: string; displayName: string; description: string },
): Promise<void> {
  const { id, organizationId, name, displayName, description } = team
  await tx.query(
    'insert into teams (id, organization_id, name, display_name, description) values ($1, $2, $3, $4, $5)',
    [id, organizationId, name, displayName, description],
  )
}

export async function describeTeam(
  tx: Queryable,
  teamId: string,
  { displayName, description }: { readonly displayName: string; readonly description: string },
): Promise<void> {
  await tx.query('update teams set display_name = $2, description = $3 where id = $1', [
    teamId,
    displayName,
    description,
  ])
}

/** The users that its tokens act as stay, for old records name them, and have no rights any more. */
export async function deleteTeamRow(tx: Queryable, teamId: string): Promise<void> {
  await tx.query(
    /* sql */ `
    update users
       set deactivated_at = coalesce(deactivated_at, now()),
           -- Under a name that a later team of the same name does not get.
           login = case when issuer_id is null then login else login || '.' || left(id::text, 8) end
     where team_id = $1`,
    [teamId],
  )
  await tx.query('delete from teams where id = $1', [teamId])
}

export interface TeamMember {
  readonly login: string
  readonly name: string
  readonly role: 'member' | 'admin'
}

export async function listTeamMembers(db: Queryable, teamId: string): Promise<TeamMember[]> {
  const { rows } = await db.query<TeamMember>(
    /* sql */ `
    select u.login, u.name, m.role from team_members m join users u on u.id = m.user_id
     where m.team_id = $1 order by u.login`,
    [teamId],
  )
  return rows
}

export interface TeamPlace {
  readonly organizationId: string
  readonly teamId: string
}

/** @returns Whether that changed anything. */
export async function insertTeamMember(
  tx: Queryable,
  { organizationId, teamId }: TeamPlace,
  userId: string,
  role: 'member' | 'admin',
): Promise<boolean> {
  const { rowCount } = await tx.query(
    /* sql */ `
    insert into team_members (organization_id, team_id, user_id, role) values ($1, $2, $3, $4) on conflict do nothing`,
    [organizationId, teamId, userId, role],
  )
  return rowCount > 0
}

export async function setTeamRole(
  tx: Queryable,
  teamId: string,
  userId: string,
  role: 'member' | 'admin',
): Promise<boolean> {
  const text = 'update team_members set role = $3 where team_id = $1 and user_id = $2'
  return (await tx.query(text, [teamId, userId, role])).rowCount > 0
}

export async function deleteTeamMember(tx: Queryable, teamId: string, userId: string): Promise<boolean> {
  const text = 'delete from team_members where team_id = $1 and user_id = $2'
  return (await tx.query(text, [teamId, userId])).rowCount > 0
}

export interface TeamStack {
  readonly project: string
  readonly stack: string
  readonly permission: StackPermission
}

/** Of those that the caller may read. */
export async function listTeamStacks(
  db: Queryable,
  { organizationId, teamId }: TeamPlace,
  readable: ReadableStacks,
): Promise<TeamStack[]> {
  const { rows } = await db.query<TeamStack>(
    /* sql */ `
    select s.project, s.name as stack, given.permission
      from team_stacks given join stacks s on s.id = given.stack_id join organizations o on o.id = s.organization_id
     where given.team_id = $1
       and ${isReadable('$2', '$3::uuid[]')}
     order by s.project, s.name`,
    [teamId, leastIn(readable, organizationId), readable.holders],
  )
  return rows
}

export interface TeamOfStack extends Pick<Team, 'name' | 'displayName' | 'description'> {
  readonly permission: StackPermission
  readonly isMember: boolean
}

export async function listTeamsOfStack(
  db: Queryable,
  stackId: string,
  userId: string,
): Promise<TeamOfStack[]> {
  const { rows } = await db.query<TeamOfStack>(
    /* sql */ `
    select t.name, t.display_name as "displayName", t.description, g.permission,
           exists (select from team_members m where m.team_id = t.id and m.user_id = $2) as "isMember"
      from team_stacks g join teams t on t.id = g.team_id where g.stack_id = $1 order by t.name`,
    [stackId, userId],
  )
  return rows
}

/** Added or changed. */
export async function grantStack(
  tx: Queryable,
  { organizationId, teamId }: TeamPlace,
  stackId: string,
  permission: StackPermission,
): Promise<void> {
  await tx.query(
    /* sql */ `
    insert into team_stacks (organization_id, team_id, stack_id, permission) values ($1, $2, $3, $4)
    on conflict (stack_id, team_id) do update set permission = excluded.permission`,
    [organizationId, teamId, stackId, permission],
  )
}

/** Added, or raised to it. */
export async function grantStackAtLeast(
  tx: Queryable,
  { organizationId, teamId }: TeamPlace,
  stackId: string,
  permission: StackPermission,
): Promise<void> {
  await tx.query(
    /* sql */ `
    insert into team_stacks (organization_id, team_id, stack_id, permission) values ($1, $2, $3, $4)
    on conflict (stack_id, team_id) do update set permission = greatest(team_stacks.permission, excluded.permission)`,
    [organizationId, teamId, stackId, permission],
  )
}

/** By their names; those that are not there are left out. */
export async function teamIdsOf(
  db: Queryable,
  organizationId: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (names.length === 0) return new Map()
  const { rows } = await db.query<{ name: string; id: string }>(
    'select name, id from teams where organization_id = $1 and name = any ($2)',
    [organizationId, names],
  )
  return new Map(rows.map(({ name, id }) => [name, id]))
}

/** @returns Whether there was one. */
export async function revokeStack(tx: Queryable, teamId: string, stackId: string): Promise<boolean> {
  const text = 'delete from team_stacks where team_id = $1 and stack_id = $2'
  return (await tx.query(text, [teamId, stackId])).rowCount > 0
}

/** What the organization gave: a stack that goes to another one leaves it. */
export async function revokeEverybody(tx: Queryable, stackId: string): Promise<void> {
  await tx.query('delete from team_stacks where stack_id = $1', [stackId])
  await tx.query('delete from stack_collaborators where stack_id = $1', [stackId])
  await tx.query('update stacks set created_by = null where id = $1', [stackId])
}
