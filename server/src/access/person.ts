/** A person by id, with the rights of this moment: for what is done in somebody's name while nobody calls. */
import type { Queryable } from '../db/database.ts'
import { findPersonRow } from './person.sql.ts'
import type { UserPrincipal } from './principal.ts'

export async function findPerson(tx: Queryable, userId: string): Promise<UserPrincipal | undefined> {
  const row = await findPersonRow(tx, userId)
  return row && { kind: 'user', ...row }
}
