/** People of the installation. */
import type { Queryable } from '../db/database.ts'

export interface PersonRow {
  readonly id: string
  readonly login: string
  readonly name: string
  readonly email: string
  readonly siteAdmin: boolean
  readonly createdAt: Date
  readonly deactivatedAt: Date | null
}

const COLUMNS =
  'id, login, name, email, site_admin as "siteAdmin", created_at as "createdAt", deactivated_at as "deactivatedAt"'

export async function findPerson(db: Queryable, login: string): Promise<PersonRow | undefined> {
  const text = `select ${COLUMNS} from users where login = $1 and kind = 'person'`
  return (await db.query<PersonRow>(text, [login])).rows[0]
}

/** The same, held for the rest of the transaction. */
export async function holdPerson(tx: Queryable, login: string): Promise<PersonRow | undefined> {
  const text = `select ${COLUMNS} from users where login = $1 and kind = 'person' for no key update`
  return (await tx.query<PersonRow>(text, [login])).rows[0]
}

export async function listPeople(
  db: Queryable,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<PersonRow[]> {
  const text = `select ${COLUMNS} from users where kind = 'person' and login > $1 order by login limit $2`
  return (await db.query<PersonRow>(text, [after, limit])).rows
}

/** @returns False when the login is taken. */
export async function insertPerson(
  tx: Queryable,
  person: Pick<PersonRow, 'id' | 'login' | 'name' | 'email' | 'siteAdmin'>,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    'insert into users (id, login, name, email, site_admin) values ($1, $2, $3, $4, $5) on conflict do nothing',
    [person.id, person.login, person.name, person.email, person.siteAdmin],
  )
  return rowCount > 0
}

export async function setDeactivated(tx: Queryable, userId: string, isDeactivated: boolean): Promise<void> {
  await tx.query('update users set deactivated_at = case when $2 then now() end where id = $1', [
    userId,
    isDeactivated,
  ])
}

const ADMINISTERED = /* sql */ `
  select o.id, o.name from members m join organizations o on o.id = m.organization_id
   where m.user_id = $1 and m.role = 'admin'
   order by o.id
     for no key update of o`

/** The organizations whose admin the person is, held in one order. */
export async function holdAdministered(
  tx: Queryable,
  userId: string,
): Promise<readonly { readonly id: string; readonly name: string }[]> {
  return (await tx.query<{ id: string; name: string }>(ADMINISTERED, [userId])).rows
}

/** Waits for whoever else decides about admins of the installation. */
export async function hasOtherSiteAdmin(tx: Queryable, userId: string): Promise<boolean> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('daypass site admins', 0))`)
  const { rowCount } = await tx.query(
    'select from users where site_admin and deactivated_at is null and id <> $1 limit 1',
    [userId],
  )
  return rowCount > 0
}

export async function setDefaultOrganization(
  tx: Queryable,
  userId: string,
  organizationId: string,
): Promise<void> {
  await tx.query('update users set default_organization_id = $2 where id = $1', [userId, organizationId])
}
