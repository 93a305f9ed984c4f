/** Who belongs to an organization. That it keeps an admin is the tables' own rule. */
import type { Queryable } from '../db/database.ts'
import type { Role } from './principal.ts'

export type MemberRole = Exclude<Role, 'none'>

/** @returns False for somebody who is one already. */
export async function insertMember(
  tx: Queryable,
  member: { organizationId: string; userId: string; role: MemberRole },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    'insert into members (organization_id, user_id, role) values ($1, $2, $3) on conflict do nothing',
    [member.organizationId, member.userId, member.role],
  )
  return rowCount > 0
}

export interface Member {
  readonly userId: string
  readonly login: string
  readonly name: string
  readonly email: string
  readonly role: MemberRole
  readonly createdAt: Date
  readonly deactivated: boolean
  readonly teams: readonly string[]
}

const SELECT = /* sql */ `
  select u.id as "userId", u.login, u.name, u.email, m.role, m.created_at as "createdAt",
         u.deactivated_at is not null as deactivated,
         array(select t.name from team_members tm join teams t on t.id = tm.team_id
                where tm.organization_id = m.organization_id and tm.user_id = m.user_id order by t.name) as teams
    from members m join users u on u.id = m.user_id
   where m.organization_id = $1`

export async function findMember(
  db: Queryable,
  organizationId: string,
  login: string,
): Promise<Member | undefined> {
  return (await db.query<Member>(`${SELECT} and u.login = $2`, [organizationId, login])).rows[0]
}

export async function listMembers(
  db: Queryable,
  organizationId: string,
  page: { readonly after: string; readonly limit: number; readonly includeDeactivated: boolean },
): Promise<Member[]> {
  const text = `${SELECT} and u.login > $2 and ($3 or u.deactivated_at is null) order by u.login limit $4`
  const values = [organizationId, page.after, page.includeDeactivated, page.limit]
  return (await db.query<Member>(text, values)).rows
}

export async function setRole(
  tx: Queryable,
  organizationId: string,
  userId: string,
  role: MemberRole,
): Promise<void> {
  await tx.query('update members set role = $3 where organization_id = $1 and user_id = $2', [
    organizationId,
    userId,
    role,
  ])
}

/** Their teams go with it, what they were given of stacks, and their tokens that count in this organization alone. */
export async function deleteMember(tx: Queryable, organizationId: string, userId: string): Promise<boolean> {
  const { rowCount } = await tx.query('delete from members where organization_id = $1 and user_id = $2', [
    organizationId,
    userId,
  ])
  await tx.query('update stacks set created_by = null where organization_id = $1 and created_by = $2', [
    organizationId,
    userId,
  ])
  await tx.query(
    `update access_tokens set revoked_at = now()
      where user_id = $2 and organization_id = $1 and kind = 'personal' and revoked_at is null`,
    [organizationId, userId],
  )
  return rowCount > 0
}
