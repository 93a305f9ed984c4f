/** Who belongs to an organization. Tokens that act for it or its teams are among the rows, and never listed. */
import type { Queryable } from '../db/database.ts'
import type { Role } from './principal.ts'

export interface MemberRow {
  readonly userId: string
  readonly login: string
  readonly name: string
  readonly email: string
  readonly role: Role
  readonly createdAt: Date
  readonly deactivated: boolean
  readonly teams: readonly string[]
}

const COLUMNS = /* sql */ `
  u.id as "userId", u.login, u.name, u.email, m.role, m.created_at as "createdAt",
  u.deactivated_at is not null as deactivated,
  coalesce((select json_agg(t.name order by t.name) from team_members tm join teams t on t.id = tm.team_id
             where tm.user_id = u.id and tm.organization_id = m.organization_id), '[]') as teams`
const TABLES = `members m join users u on u.id = m.user_id and u.kind = 'person'`

/** In the order of logins. @param after The last login of the page before. */
export async function listMembers(
  db: Queryable,
  organizationId: string,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<MemberRow[]> {
  const text = `select ${COLUMNS} from ${TABLES} where m.organization_id = $1 and u.login > $2 order by u.login limit $3`
  return (await db.query<MemberRow>(text, [organizationId, after, limit])).rows
}

export async function findMember(
  db: Queryable,
  organizationId: string,
  login: string,
): Promise<MemberRow | undefined> {
  const text = `select ${COLUMNS} from ${TABLES} where m.organization_id = $1 and u.login = $2`
  return (await db.query<MemberRow>(text, [organizationId, login])).rows[0]
}

/** Whoever changes who its admins are waits here, so that the last one stays. */
export async function holdOrganization(tx: Queryable, organizationId: string): Promise<void> {
  await tx.query('select from organizations where id = $1 for no key update', [organizationId])
}

const OTHER_ADMIN = /* sql */ `
  select from members m join users u on u.id = m.user_id
   where m.organization_id = $1 and m.user_id <> $2 and m.role = 'admin'
     and u.kind = 'person' and u.deactivated_at is null
   limit 1`

/** Whether somebody else, a person who can log in, is its admin. */
export async function hasOtherAdmin(tx: Queryable, organizationId: string, userId: string): Promise<boolean> {
  return (await tx.query(OTHER_ADMIN, [organizationId, userId])).rowCount > 0
}

export async function setRole(
  tx: Queryable,
  organizationId: string,
  userId: string,
  role: Role,
): Promise<void> {
  await tx.query('update members set role = $3 where organization_id = $1 and user_id = $2', [
    organizationId,
    userId,
    role,
  ])
}

export async function deleteMember(tx: Queryable, organizationId: string, userId: string): Promise<void> {
  await tx.query('delete from members where organization_id = $1 and user_id = $2', [organizationId, userId])
}
