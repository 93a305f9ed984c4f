/** People, and the users that organizations' and teams' tokens act as. */
import type { Queryable } from '../db/database.ts'
import { USER_COLUMNS, type UserRow } from './access-token.sql.ts'

const FIND_USER = {
  name: 'user-find',
  text: /* sql */ `
    select ${USER_COLUMNS},
           u.kind = 'person' or u.issuer_id is not null or exists (
             select from access_tokens t
              where t.user_id = u.id and t.revoked_at is null and (t.expires_at is null or t.expires_at > now())
           ) as "isThere"
      from users u where u.id = $1`,
}

export interface ActingUserRow extends UserRow {
  /** False for a user that was made for one token alone, once that token has ended. */
  readonly isThere: boolean
}

export async function findUserRow(tx: Queryable, userId: string): Promise<ActingUserRow | undefined> {
  return (await tx.query<ActingUserRow>(FIND_USER, [userId])).rows[0]
}

export interface NewUser {
  readonly id: string
  readonly login: string
  readonly name: string
  readonly email?: string
  readonly siteAdmin: boolean
}

export async function insertUser(tx: Queryable, user: NewUser): Promise<void> {
  await tx.query('insert into users (id, login, name, email, site_admin) values ($1, $2, $3, $4, $5)', [
    user.id,
    user.login,
    user.name,
    user.email ?? '',
    user.siteAdmin,
  ])
}

export interface NewServiceUser {
  readonly id: string
  readonly kind: 'organization' | 'team'
  readonly login: string
  readonly name: string
  readonly organizationId: string
  readonly teamId: string | undefined
  readonly role: 'admin' | 'member' | 'none'
}

const INSERT_SERVICE = /* sql */ `
  insert into users (id, kind, login, name, organization_id, team_id, token_role) values ($1, $2, $3, $4, $5, $6, $7)`

export async function insertServiceUser(tx: Queryable, user: NewServiceUser): Promise<void> {
  const { id, kind, login, name, organizationId, teamId, role } = user
  await tx.query(INSERT_SERVICE, [id, kind, login, name, organizationId, teamId ?? null, role])
}

export interface Person {
  readonly id: string
  readonly login: string
  readonly name: string
  readonly email: string
  readonly siteAdmin: boolean
  readonly createdAt: Date
  readonly deactivatedAt: Date | null
}

const COLUMNS = /* sql */ `
  id, login, name, email, site_admin as "siteAdmin", created_at as "createdAt", deactivated_at as "deactivatedAt"`

export async function findPerson(db: Queryable, login: string): Promise<Person | undefined> {
  const { rows } = await db.query<Person>(
    `select ${COLUMNS} from users where login = $1 and kind = 'person'`,
    [login],
  )
  return rows[0]
}

export async function listPeople(
  db: Queryable,
  page: { readonly after: string; readonly limit: number },
): Promise<Person[]> {
  const { rows } = await db.query<Person>(
    `select ${COLUMNS} from users where kind = 'person' and login > $1 order by login limit $2`,
    [page.after, page.limit],
  )
  return rows
}

/** @returns Whether that changed anything. Throws what the last admin's constraint says. */
export async function setDeactivated(tx: Queryable, userId: string, deactivated: boolean): Promise<boolean> {
  const { rowCount } = await tx.query(
    /* sql */ `
    update users set deactivated_at = case when $2 then now() end
     where id = $1 and (deactivated_at is not null) <> $2`,
    [userId, deactivated],
  )
  return rowCount > 0
}

/** The admin that the first start made, or the next one who is still there. */
export async function findFirstSiteAdmin(db: Queryable): Promise<{ id: string; login: string } | undefined> {
  const { rows } = await db.query<{ id: string; login: string }>(
    'select id, login from users where site_admin and deactivated_at is null order by created_at, id limit 1',
  )
  return rows[0]
}

export async function setDefaultOrganization(
  tx: Queryable,
  userId: string,
  organizationId: string,
): Promise<void> {
  await tx.query('update users set default_organization_id = $2 where id = $1', [userId, organizationId])
}
