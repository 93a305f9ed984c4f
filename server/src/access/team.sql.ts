/** Teams, who is in them, and what they were given of which stacks. */
import type { StackPermission } from '@daypass/contract/organizations.ts'
import type { Queryable } from '../db/database.ts'

export type TeamRole = 'member' | 'admin'

export interface TeamRow {
  readonly id: string
  readonly name: string
  readonly displayName: string
  readonly description: string
  readonly members: readonly {
    readonly login: string
    readonly name: string
    readonly email: string
    readonly role: TeamRole
  }[]
  readonly stacks: readonly {
    readonly project: string
    readonly name: string
    readonly permission: StackPermission
  }[]
}

/** A token of the team is in it too, and is nobody to list. */
const SELECT = /* sql */ `
  select t.id, t.name, t.display_name as "displayName", t.description,
         coalesce((
           select json_agg(json_build_object('login', u.login, 'name', u.name, 'email', u.email, 'role', tm.role)
                           order by u.login)
             from team_members tm join users u on u.id = tm.user_id and u.kind = 'person'
            where tm.team_id = t.id), '[]') as members,
         coalesce((
           select json_agg(json_build_object('project', s.project, 'name', s.name, 'permission', g.permission)
                           order by s.project, s.name)
             from team_stacks g join stacks s on s.id = g.stack_id
            where g.team_id = t.id), '[]') as stacks
    from teams t where t.organization_id = $1`

export async function listTeams(db: Queryable, organizationId: string): Promise<TeamRow[]> {
  return (await db.query<TeamRow>(`${SELECT} order by t.name`, [organizationId])).rows
}

export async function findTeam(
  db: Queryable,
  organizationId: string,
  name: string,
): Promise<TeamRow | undefined> {
  return (await db.query<TeamRow>(`${SELECT} and t.name = $2`, [organizationId, name])).rows[0]
}

export interface NewTeam {
  readonly id: string
  readonly organizationId: string
  readonly name: string
  readonly displayName: string
  readonly description: string
}

/** @returns False when the name is taken. */
export async function insertTeam(tx: Queryable, team: NewTeam): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into teams (id, organization_id, name, display_name, description) values ($1, $2, $3, $4, $5)
     on conflict (organization_id, name) do nothing`,
    [team.id, team.organizationId, team.name, team.displayName, team.description],
  )
  return rowCount > 0
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

export async function deleteTeamRow(tx: Queryable, teamId: string): Promise<void> {
  await tx.query('delete from teams where id = $1', [teamId])
}

export interface TeamMember {
  readonly organizationId: string
  readonly teamId: string
  readonly userId: string
  readonly role: TeamRole
}

/** Or changes the role. */
export async function putTeamMember(
  tx: Queryable,
  { organizationId, teamId, userId, role }: TeamMember,
): Promise<void> {
  await tx.query(
    `insert into team_members (organization_id, team_id, user_id, role) values ($1, $2, $3, $4)
     on conflict (team_id, user_id) do update set role = excluded.role`,
    [organizationId, teamId, userId, role],
  )
}

export async function deleteTeamMember(tx: Queryable, teamId: string, userId: string): Promise<boolean> {
  const { rowCount } = await tx.query('delete from team_members where team_id = $1 and user_id = $2', [
    teamId,
    userId,
  ])
  return rowCount > 0
}

export async function findStackId(
  tx: Queryable,
  organizationId: string,
  { project, name }: { readonly project: string; readonly name: string },
): Promise<string | undefined> {
  const text = 'select id from stacks where organization_id = $1 and project = $2 and name = $3 for key share'
  return (await tx.query<{ id: string }>(text, [organizationId, project, name])).rows[0]?.id
}

/** Or changes the permission. */
export async function putTeamStack(
  tx: Queryable,
  teamId: string,
  stackId: string,
  permission: StackPermission,
): Promise<void> {
  await tx.query(
    `insert into team_stacks (team_id, stack_id, permission) values ($1, $2, $3)
     on conflict (team_id, stack_id) do update set permission = excluded.permission`,
    [teamId, stackId, permission],
  )
}

export async function deleteTeamStack(tx: Queryable, teamId: string, stackId: string): Promise<boolean> {
  const { rowCount } = await tx.query('delete from team_stacks where team_id = $1 and stack_id = $2', [
    teamId,
    stackId,
  ])
  return rowCount > 0
}
