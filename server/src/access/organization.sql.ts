/** Organizations, people and who belongs where. */
import type { Queryable } from '../db/database.ts'
import type { Role } from './principal.ts'

export async function insertOrganization(
  tx: Queryable,
  organization: { id: string; name: string },
): Promise<void> {
  await tx.query('insert into organizations (id, name) values ($1, $2)', [organization.id, organization.name])
}

export async function anyOrganization(db: Queryable): Promise<boolean> {
  const { rowCount } = await db.query('select from organizations limit 1')
  return rowCount > 0
}

export interface NewUser {
  readonly id: string
  readonly login: string
  readonly name: string
  readonly siteAdmin: boolean
}

export async function insertUser(tx: Queryable, user: NewUser): Promise<void> {
  await tx.query('insert into users (id, login, name, site_admin) values ($1, $2, $3, $4)', [
    user.id,
    user.login,
    user.name,
    user.siteAdmin,
  ])
}

export async function findUserId(db: Queryable, login: string): Promise<string | undefined> {
  const { rows } = await db.query<{ id: string }>(
    "select id from users where login = $1 and kind = 'person'",
    [login],
  )
  return rows[0]?.id
}

/** The admin that the first start made. */
export async function findFirstSiteAdmin(db: Queryable): Promise<{ id: string; login: string } | undefined> {
  const { rows } = await db.query<{ id: string; login: string }>(
    'select id, login from users where site_admin and deactivated_at is null order by created_at, id limit 1',
  )
  return rows[0]
}

export async function insertMember(
  tx: Queryable,
  member: { organizationId: string; userId: string; role: Role },
): Promise<void> {
  await tx.query('insert into members (organization_id, user_id, role) values ($1, $2, $3)', [
    member.organizationId,
    member.userId,
    member.role,
  ])
}
