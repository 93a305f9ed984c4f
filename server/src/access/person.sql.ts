import type { Queryable } from '../db/database.ts'
import { USER_COLUMNS, type UserRow } from './access-token.sql.ts'

const FIND = {
  name: 'person-find',
  text: /* sql */ `select ${USER_COLUMNS} from users u where u.id = $1`,
}

export async function findPersonRow(tx: Queryable, userId: string): Promise<UserRow | undefined> {
  return (await tx.query<UserRow>(FIND, [userId])).rows[0]
}
